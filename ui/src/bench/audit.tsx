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
          <div class="wide-ok"><table class="table cards"><thead><tr>{(['at', 'actor', 'op', 'result', 'object', 'place'] as const).map((column) => <th scope="col">{b(`audit.col.${column}`)}</th>)}</tr></thead>
            <tbody>{value.entries.map((item) => (
              <tr><td class="nb">{momentWords(item.at)}</td><td>{item.name || item.actor}</td><td>{opWords(item.op)}</td><td class={item.result === 'ok' ? '' : 'err'}>{resultWords(item.result)}{item.repeats > 1 ? ` ×${item.repeats}` : ''}</td>
                <td class="mut s14" data-label={b('audit.col.object')}>{item.object.slice(0, 12)}</td><td class="mut s14">{item.lane}/{item.seq}</td></tr>))}</tbody></table></div>
          <Pager page={page} total={value.total} size={50} onPage={setPage} /></>}</State>
      </main>
    </DeskPage>
  );
}

/** The act in words; one that we have no words for keeps the name it has in the chain. */
function opWords(op: string): string {
  const words = b(`op.${op}` as 'op.session.open');
  return words === `op.${op}` ? op : words;
}

const resultWords = (result: string): string => (result === 'ok' ? b('audit.ok') : b('audit.refused', { code: result }));
