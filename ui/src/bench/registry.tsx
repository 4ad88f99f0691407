/* 台账: what is known, page by page, in one's own area; ID numbers and telephones covered. */
import { useState } from 'preact/hooks';
import { go } from '../base/route';
import { staffApi } from './api';
import { DeskPage } from './desk';
import { Pager, State, useLoad } from './load';
import type { RegistryPage } from './types';
import { b } from './words';

export function RegistryDesk({ parts }: { parts: string[] }) {
  const list = useLoad(() => staffApi.registries());
  const name = parts[0] ?? list.value?.[0]?.name ?? '';
  const registry = list.value?.find((one) => one.name === name);
  return (
    <DeskPage current="registry" title={b('desk.registry')}>
      <main id="main" class="wrap" tabIndex={-1}>
        <State of={list}>{(all) => (all.length === 0
          ? <div class="empty"><p class="b big">{b('registry.none')}</p></div>
          : <>
            <div class="head"><h1>{registry ? `${registry.label || registry.name}` : b('desk.registry')}</h1>
              {all.length > 1 && <label class="push"><span class="vh">{b('desk.registry')}</span><select class="in in-s" value={name} onChange={(event) => go('desk', 'registry', (event.target as HTMLSelectElement).value)}>
                {all.map((one) => <option value={one.name}>{one.label || one.name}</option>)}</select></label>}</div>
            {name && <Rows key={name} name={name} />}
          </>)}</State>
      </main>
    </DeskPage>
  );
}

function Rows({ name }: { name: string }) {
  const [q, setQ] = useState('');
  const [typed, setTyped] = useState('');
  const [page, setPage] = useState(1);
  const rows = useLoad(() => staffApi.registry(name, q, page), name, q, page);
  return (
    <>
      <form class="row find" role="search" onSubmit={(event) => { event.preventDefault(); setPage(1); setQ(typed.trim()); }}>
        <label><span class="vh">{b('registry.search')}</span><input class="in" type="search" placeholder={b('registry.search')} value={typed} onInput={(event) => setTyped((event.target as HTMLInputElement).value)} /></label>
        <button class="btn">{b('person.search')}</button>
        {rows.value && <span class="mut">{b('registry.count', { n: rows.value.total })}</span>}
      </form>
      <State of={rows}>{(value) => (value.items.length === 0 ? <div class="empty"><p class="b big">{b('work.nothing')}</p></div> : <><Table page={value} /><Pager page={page} total={value.total} size={50} onPage={setPage} /></>)}</State>
    </>
  );
}

function Table({ page }: { page: RegistryPage }) {
  return (
    <div class="wide-ok" tabIndex={0} role="region" aria-label={b('desk.registry')}><table class="table"><thead><tr>{page.properties.map((property) => <th scope="col">{property.label || property.name}</th>)}</tr></thead>
      <tbody>{page.items.map((item) => <tr>{page.properties.map((property) => <td class="nb">{item.values[property.name] ?? ''}</td>)}</tr>)}</tbody></table></div>
  );
}
