/* 我的办件: what waits for me, by working days left; one key opens the next. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../base/api';
import { dayWords } from '../base/day';
import { go, href, route } from '../base/route';
import { session } from '../base/session';
import { Phrases } from '../parts/text';
import { staffApi, type WorkFilter } from './api';
import { Clock } from './clock';
import { DeskPage, useKeys } from './desk';
import { Pager, State, useLoad } from './load';
import type { Area, WorkItem, WorkList } from './types';
import { b } from './words';

const PAGE = 50;
const GROUPS = ['late', 'today', 'intake', 'week', 'later', 'decided', 'waiting', 'closed'] as const;
type Group = (typeof GROUPS)[number];

function groupOf(item: WorkItem): Group {
  if (item.state === 'closed' || item.state === 'waiting') return item.state;
  if (item.is_late || (item.left !== null && item.left < 0)) return 'late';
  if (item.left === null || (!item.due_on && !item.promised_on)) return item.state === 'decided' ? 'decided' : 'intake';
  return item.left === 0 ? 'today' : item.left <= 5 ? 'week' : 'later';
}

/** The server's order, group by group: what has no clock yet stands between today and this week. */
const inGroups = (items: WorkItem[]): WorkItem[] => GROUPS.flatMap((group) => items.filter((item) => groupOf(item) === group));

export function WorkDesk() {
  const q = route.value.query.get('q') ?? '';
  const [filter, setFilter] = useState<WorkFilter>({ q, service: '', area: '', state: q ? 'open' : 'mine', page: 1 });
  const [at, setAt] = useState(0);
  const shown = useRef(q);
  useEffect(() => {
    if (shown.current === q) return;
    shown.current = q;
    setAt(0);
    setFilter((old) => ({ ...old, q, state: q ? (old.state === 'mine' ? 'open' : old.state) : 'mine', page: 1 }));
  }, [q]);
  const list = useLoad(() => staffApi.work(filter), filter);
  const items = inGroups(list.value?.items ?? []);
  const open = (index: number) => { const item = items[index]; if (item) go('desk', 'case', item.ref); };
  const move = (by: number) => setAt((old) => Math.min(Math.max(old + by, 0), Math.max(items.length - 1, 0)));
  useKeys({
    j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1), Enter: () => open(at), n: () => open(0),
    f: () => document.getElementById('filter-area')?.focus(),
  });
  return (
    <DeskPage current="work" title={b('work.title')} keys={[
      { keys: ['J', 'K'], label: b('key.updown') }, { keys: ['Enter'], label: b('key.open') }, { keys: ['N'], label: b('key.next') },
      { keys: ['F'], label: b('key.filter') }, { keys: ['/'], label: b('key.search') }]}>
      <main id="main" class="wrap" tabIndex={-1}>
        <div class="head">
          <h1><Phrases text={headline(list.value, filter)} /></h1>
          <div class="row push filters">
            <Filters filter={filter} onChange={(change) => { setAt(0); setFilter({ ...filter, ...change, page: 1 }); }} />
            {items.length > 0 && <button class="btn btn-pri" type="button" onClick={() => open(at)}>{b('work.open')}<kbd class="kbd">Enter</kbd></button>}
          </div>
        </div>
        <State of={list}>{(value) => (value.items.length
          ? <><Table items={items} at={at} /><Pager page={filter.page} total={value.total} size={PAGE} onPage={(page) => { setAt(0); setFilter({ ...filter, page }); }} />
            <p class="mut s14 note">{b('work.legend')}</p></>
          : <Nothing filter={filter} onChange={(change) => setFilter({ ...filter, ...change, page: 1 })} />)}
        </State>
      </main>
    </DeskPage>
  );
}

/** Never a dead end: what else can be looked at from here. */
function Nothing({ filter, onChange }: { filter: WorkFilter; onChange: (change: Partial<WorkFilter>) => void }) {
  const isMine = filter.state === 'mine' && !filter.q;
  const isNarrow = Boolean(filter.area || filter.service);
  return (
    <div class="empty"><img src="pictures/bell.svg" alt="" width="72" height="72" /><p class="b big">{b(isMine && !isNarrow ? 'work.none' : 'work.nothing')}</p>
      {isNarrow ? <button class="btn" type="button" onClick={() => onChange({ area: '', service: '' })}>{b('work.widen')}</button>
        : filter.state === 'closed' ? <button class="btn" type="button" onClick={() => onChange({ state: 'open' })}>{b('work.see.open')}</button>
          : filter.state === 'open' ? <button class="btn" type="button" onClick={() => onChange({ state: 'closed' })}>{b('work.see.closed')}</button>
            : <button class="btn" type="button" onClick={() => onChange({ state: 'open' })}>{b('work.see.open')}</button>}
    </div>
  );
}

function headline(list: WorkList | undefined, filter: WorkFilter): string {
  if (!list) return b('work.title');
  if (filter.q) return b(filter.state === 'closed' ? 'work.found.closed' : 'work.found', { n: list.total, q: filter.q });
  if (filter.state !== 'mine') return b('work.total', { n: list.total });
  const today = list.due_today ? b('work.today', { n: list.due_today }) : '';
  const late = list.late ? b(today ? 'work.alsolate' : 'work.late', { n: list.late }) : '';
  return today + late || b('work.mine', { n: list.total });
}

function Filters({ filter, onChange }: { filter: WorkFilter; onChange: (change: Partial<WorkFilter>) => void }) {
  const areas = useLoad(() => staffApi.areas());
  const services = useLoad(() => api.services());
  const pick = (name: 'area' | 'service' | 'state') => (event: Event) => onChange({ [name]: (event.target as HTMLSelectElement).value });
  return (
    <>
      <label class="nb"><span class="vh">{b('work.area')}</span>
        <select id="filter-area" class="in in-s" value={filter.area} onChange={pick('area')}><option value="">{b('work.area.all')}</option>
          {villages(areas.value).map((area) => <option value={area.code}>{area.name}</option>)}</select></label>
      <label class="nb"><span class="vh">{b('work.service')}</span>
        <select class="in in-s" value={filter.service} onChange={pick('service')}><option value="">{b('work.service.all')}</option>
          {(services.value ?? []).map((service) => <option value={service.code}>{service.title}</option>)}</select></label>
      <label class="nb"><span class="vh">{b('work.state')}</span>
        <select class="in in-s" value={filter.state} onChange={pick('state')}>
          {(['mine', 'open', 'closed'] as const).map((state) => <option value={state}>{b(`work.state.${state}`)}</option>)}</select></label>
    </>
  );
}

const villages = (areas: Area[] | undefined): Area[] => (areas ?? []).filter((area) => area.kind === 'village');

function Table({ items, at }: { items: WorkItem[]; at: number }) {
  const own = new Set(session.value.posts.map((post) => post.unit_name));
  return (
    <div class="wide-ok"><table class="table cards work">
      <caption class="vh">{b('work.caption')}</caption>
      <thead><tr>{(['left', 'applicant', 'service', 'area', 'step', 'promised', 'legal', 'used'] as const).map((column) => <th scope="col" class={`c-${column}`}>{b(`work.col.${column}`)}</th>)}</tr></thead>
      <tbody>{items.map((item, index) => {
        const group = groupOf(item);
        const isFirst = index === 0 || groupOf(items[index - 1]!) !== group;
        return (
          <>
            {isFirst && <tr class="sec"><th colSpan={8} scope="colgroup">{b(`work.group.${group}`)}</th></tr>}
            <Line item={item} isAt={index === at} hasUnit={item.state !== 'waiting' && !own.has(item.unit_name ?? '')} />
          </>);
      })}</tbody>
    </table></div>
  );
}

function Line({ item, isAt, hasUnit }: { item: WorkItem; isAt: boolean; hasUnit: boolean }) {
  const group = groupOf(item);
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => { if (isAt) row.current?.scrollIntoView({ block: 'nearest' }); }, [isAt]);
  return (
    <tr ref={row} class={isAt ? 'at' : ''}>
      <td class={`b nb ${group === 'late' ? 'err' : ''}`}>{leftWords(item)}</td>
      <td><a href={href('desk', 'case', item.ref)} aria-current={isAt ? 'true' : undefined}>{item.applicant}</a></td>
      <td>{item.title}</td><td class="nb">{item.area}</td>
      <td>{item.step_label}{hasUnit && item.unit_name ? <span class="mut s14"> {item.unit_name}</span> : null}</td>
      <td class={item.promised_on ? 'nb' : 'nb none'} data-label={item.promised_on ? b('work.col.promised') : undefined}>{item.promised_on ? dayWords(item.promised_on) : <span class="mut">–</span>}</td>
      <td class={item.due_on ? 'nb mut' : 'nb mut none'} data-label={item.due_on ? b('work.col.legal') : undefined}>{item.due_on ? dayWords(item.due_on) : '–'}{item.is_provisional && <span class="s14"> {b('clock.provisional')}</span>}</td>
      <td class={item.budget ? 'nb' : 'nb none'}><Clock budget={item.budget} used={item.used} promised={item.promised} isLate={group === 'late'} /></td>
    </tr>
  );
}

export function leftWords(item: WorkItem): string {
  if (item.left === null) return item.state === 'open' ? b('left.none') : b(`state.${item.state}` as 'state.closed');
  if (item.left < 0) return b('left.over', { n: -item.left });
  return item.left === 0 ? b('left.today') : b('left.days', { n: item.left });
}
