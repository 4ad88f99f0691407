/* 留痕: every act, also a refused one, in the order of its chain. Nobody's name of the public stands here. */
import { useState } from 'preact/hooks';
import { momentWords } from '../base/day';
import { staffApi } from './api';
import { DeskPage } from './desk';
import { Pager, State, useLoad } from './load';
import { b } from './words';

export function AuditDesk() {
  const [page, setPage] = useState(1);
  const list = useLoad(() => staffApi.audit(page), page);
  return (
    <DeskPage current="audit" title={b('desk.audit')}>
      <main id="main" class="wrap" tabIndex={-1}>
        <div class="head"><h1>{b('audit.title', { n: list.value?.total ?? 0 })}</h1></div>
        <State of={list}>{(value) => <>
          <div class="wide-ok" tabIndex={0} role="region" aria-label={b('desk.audit')}><table class="table"><thead><tr>{(['at', 'actor', 'op', 'result', 'object', 'place'] as const).map((column) => <th scope="col">{b(`audit.col.${column}`)}</th>)}</tr></thead>
            <tbody>{value.entries.map((item) => (
              <tr><td class="nb">{momentWords(item.at)}</td><td>{item.name || item.actor}</td><td>{item.op}</td><td class={item.result === 'ok' ? '' : 'err'}>{item.result}{item.repeats > 1 ? ` ×${item.repeats}` : ''}</td>
                <td class="mut s14">{item.object.slice(0, 12)}</td><td class="mut s14">{item.lane}/{item.seq}</td></tr>))}</tbody></table></div>
          <Pager page={page} total={value.total} size={50} onPage={setPage} /></>}</State>
      </main>
    </DeskPage>
  );
}
