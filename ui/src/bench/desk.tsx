/* The desks of the staff: one bar on top, one screen below it, the keys at the foot. What a person
 * may not do is not shown. */
import '../style/bench.css';
import './bench.css';
import type { ComponentChildren, FunctionComponent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { api } from '../base/api';
import { go, href, route } from '../base/route';
import { may, readSession, session } from '../base/session';
import { chooseLanguage, language } from '../base/words';
import { Icon, Mark } from '../parts/icon';
import { AuditDesk } from './audit';
import { CounterDesk } from './counter';
import { refreshRights } from './fault';
import { Lapsed } from './lapsed';
import { PeopleDesk } from './people';
import { PublishDesk } from './publish';
import { RegistryDesk } from './registry';
import { ReportDesk } from './report';
import { ReviewDesk } from './review';
import { b } from './words';
import { WorkDesk } from './work';

interface DeskEntry { name: string; right: string; screen: FunctionComponent<{ parts: string[] }> }
const desks: DeskEntry[] = [
  { name: 'work', right: 'case.read', screen: WorkDesk },
  { name: 'counter', right: 'case.intake', screen: CounterDesk },
  { name: 'registry', right: 'registry.read', screen: RegistryDesk },
  { name: 'report', right: 'report.read', screen: ReportDesk },
  { name: 'publish', right: 'service.publish', screen: PublishDesk },
  { name: 'people', right: 'people.manage', screen: PeopleDesk },
  { name: 'audit', right: 'audit.read', screen: AuditDesk },
];

export default function Desk() {
  const [, name = '', ...rest] = route.value.parts;
  useEffect(() => { void refreshRights(); }, [name]);
  useEffect(() => {
    addEventListener('focus', refreshRights);
    return () => removeEventListener('focus', refreshRights);
  }, []);
  const open = desks.filter((desk) => may(desk.right));
  if (name === 'case' && may('case.read')) return <ReviewDesk key={rest[0]} parts={rest} />;
  const desk = open.find((one) => one.name === name) ?? open[0];
  if (!desk) return <DeskPage current="" title={b('desk.nothing')}><main id="main" class="wrap"><h1>{b('desk.nothing')}</h1><p class="mut">{b('desk.nothing.how')}</p></main></DeskPage>;
  const Screen = desk.screen;
  return <Screen key={desk.name} parts={rest} />;
}

export interface Key { keys: string[]; label: string }
interface DeskPageProps { current: string; title: string; keys?: Key[]; foot?: ComponentChildren; children: ComponentChildren }

/** The frame of every staff screen. children: <main id="main"> and what stands beside it. */
export function DeskPage({ current, title, keys = [], foot, children }: DeskPageProps) {
  useEffect(() => { document.title = `${title} · ${b('app')}`; }, [title]);
  return (
    <div class="desk fit">
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>{b('desk.skip')}</a>
      <Top current={current} />
      {children}
      {foot && <section class="foot" aria-label={b('desk.foot')}>{foot}</section>}
      {keys.length > 0 && (
        <footer class="keys" aria-label={b('desk.keys')}>
          {keys.map((one) => <span>{one.keys.map((key) => <kbd class="kbd">{key}</kbd>)}{one.label}</span>)}
        </footer>)}
      <Lapsed />
    </div>
  );
}

function Top({ current }: { current: string }) {
  const { tenant, person, posts } = session.value;
  return (
    <header class="nav">
      <a class="brand" href={href()}><Mark />{tenant.name || b('app')}</a>
      <nav class="menu" aria-label={b('desk.menu')}>
        {desks.filter((desk) => may(desk.right)).map((desk) => (
          <a class="t" href={href('desk', desk.name)} aria-current={desk.name === current ? 'page' : undefined}>{b(`desk.${desk.name}` as 'desk.work')}</a>))}
      </nav>
      <span class="push">
        {may('case.read') && <SearchBox />}
        <span class="who">{posts[0]?.unit_name ? `${posts[0].unit_name}${b('desk.comma')}` : ''}{person?.name}</span>
        <button class="btn btn-small btn-quiet" type="button" onClick={() => void chooseLanguage(language.value === 'zh' ? 'en' : 'zh')}>{b('desk.language')}</button>
        <button class="btn btn-small btn-quiet" type="button" onClick={() => void leave()}>{b('desk.leave')}</button>
      </span>
    </header>
  );
}

async function leave(): Promise<void> {
  await api.signOut().catch(() => undefined);
  await readSession();
  go();
}

function SearchBox() {
  const box = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => box.current?.focus() });
  const search = (event: Event) => {
    event.preventDefault();
    const words = box.current?.value.trim() ?? '';
    location.hash = words ? `#/desk/work?q=${encodeURIComponent(words)}` : '#/desk/work';
    document.getElementById('main')?.focus();
  };
  return (
    <form role="search" onSubmit={search}>
      <label class="search"><Icon name="search" /><span class="vh">{b('desk.search')}</span>
        <input ref={box} key={route.value.query.get('q') ?? ''} type="search" placeholder={b('desk.search')} defaultValue={route.value.query.get('q') ?? ''} /><kbd class="kbd">/</kbd></label>
    </form>
  );
}

/** Single keys, while nobody is typing and no dialog is open. Names as KeyboardEvent.key, letters small. */
export function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
      const isFunction = /^F\d+$/.test(event.key);
      if (!isFunction && (event.target as HTMLElement).closest('input:not([type=checkbox]):not([type=radio]), textarea, select')) return;
      if (['Enter', ' '].includes(event.key) && (event.target as HTMLElement).closest('a, button, summary, label')) return;
      const act = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}
