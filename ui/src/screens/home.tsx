/* 门口: nine pictures, one search box, and the case that is under way on top. */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { api, faultWords } from '../base/api';
import { longDayWords } from '../base/day';
import { loadAll } from '../base/idb';
import { keep, kept } from '../base/kept';
import { isKiosk } from '../base/kiosk';
import { isElder, toggleElder } from '../base/look';
import { go, href } from '../base/route';
import { readSession, session } from '../base/session';
import { sayIt } from '../base/speak';
import type { CaseView, ServiceCard } from '../base/types';
import { chooseLanguage, either, language } from '../base/words';
import { Icon, Mark } from '../parts/icon';
import { statusWords } from '../parts/status';
import { Loading, Page, Trouble } from '../parts/page';
import { Picture, Words } from '../parts/text';
import { w } from '../words/words';

const TILES = 9;
const services = signal<ServiceCard[] | null>(null);
const fault = signal('');
const openCase = signal<CaseView | null>(null);
const unfinished = signal<string[]>([]);

let readIn = '';

export async function readServices(): Promise<void> {
  readIn = language.peek();
  try { services.value = await api.services(); fault.value = ''; } catch (e) { fault.value = faultWords(e); }
}

/** Asked only if this phone follows a case: otherwise the answer is known to be no. */
async function readOpenCase(): Promise<void> {
  if (kept('tracked') !== '1') { openCase.value = null; return; }
  try { openCase.value = await api.myCase(); } catch { keep('tracked', null); openCase.value = null; }
}

async function readUnfinished(): Promise<void> {
  const filings = await loadAll<{ service: string; answers: unknown[] }>('filings');
  unfinished.value = filings.filter((one) => one.answers.length > 0).map((one) => one.service);
}

export function Home() {
  useEffect(() => { void readOpenCase(); void readUnfinished(); }, []);
  // Titles come in the language of the reader.
  useEffect(() => { if (readIn !== language.value) void readServices(); }, [language.value]);
  const name = session.value.tenant.name;
  return (
    <Page title={w('home.title')} top={<TopOfHome name={name} />} class="home" say={{ text: homeText() }} foot={isKiosk ? <KioskFoot /> : undefined}>
      {isKiosk ? <section class="hello"><h1 class="status">{w('home.title')}</h1><p class="big mut">{w('home.touch')}</p></section>
        : <><OpenCase /><h1>{w('home.title')}</h1></>}
      <Search />
      <Tiles all={services.value} fault={fault.value} />
      {isKiosk ? <p class="mut center">{w('home.idle')}</p> : <Ways />}
    </Page>
  );
}

const homeText = () => [w('home.title'), ...(services.value ?? []).slice(0, TILES - 1).map((s) => either(s.title, s.title_en)), w('home.other')].join('。');

function TopOfHome({ name }: { name: string }) {
  return (
    <>
      <span class="brand"><Mark />{w('app.of', { name })}</span>
      <span class="push">{isKiosk ? <Clock /> : <ElderButton />}</span>
    </>
  );
}

const ElderButton = () => <button class="btn btn-small" type="button" onClick={toggleElder}>{isElder.value ? w('home.normal') : w('home.elder')}</button>;

function Clock() {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => { const timer = setInterval(() => setNow(new Date()), 15000); return () => clearInterval(timer); }, []);
  return <span class="mut">{longDayWords(now)}</span>;
}

function KioskFoot() {
  return (
    <div class="foot">
      <ElderButton />
      <LanguageButton />
      <a class="btn btn-small" href={href('track')}>{w('home.progress')}</a>
    </div>
  );
}

function LanguageButton({ plain = false }: { plain?: boolean }) {
  const other = language.value === 'zh' ? 'en' : 'zh';
  return <button class={plain ? 'link' : 'btn btn-small'} type="button" lang={other === 'zh' ? 'zh-CN' : 'en'} onClick={() => void chooseLanguage(other)}>{w('home.other.language')}</button>;
}

function OpenCase() {
  const now = openCase.value;
  if (!now) return null;
  const { sentence, latest } = statusWords(now);
  return (
    <a class="card live" href={href('case')}>
      <Picture name={services.value?.find((one) => one.code === now.service.code)?.picture || 'paper'} />
      <span>
        <span class="ph"><b>{now.service.title}</b>，</span><span class="ph"><Words text={sentence} /></span>
        {latest && <><br /><span class="mut"><Words text={latest} /></span></>}
      </span>
      <Icon name="go" class="go" />
    </a>
  );
}

function Search() {
  const find = (event: Event) => {
    event.preventDefault();
    const q = (new FormData(event.currentTarget as HTMLFormElement).get('q') as string).trim();
    if (q) location.hash = `#/find?q=${encodeURIComponent(q)}`;
  };
  return (
    <form class="search" role="search" onSubmit={find}>
      <Icon name="search" />
      <label class="vh" for="q">{w('home.search')}</label>
      <input id="q" name="q" type="search" placeholder={w(isElder.value ? 'home.example.short' : 'home.example')} autocomplete="off" enterkeyhint="search" />
      <button class="go-find" type="submit">{w('home.find')}</button>
    </form>
  );
}

function Tiles({ all, fault: words }: { all: ServiceCard[] | null; fault: string }) {
  if (!all) return words ? <Trouble words={words} again={() => void readServices()} /> : <Loading />;
  return (
    <ul class="tiles">
      {all.slice(0, TILES - 1).map((service) => <li><ServiceTile service={service} /></li>)}
      <li><a class="tile" href={href('all')}><Picture name="raising-hand" />{w('home.other')}</a></li>
    </ul>
  );
}

/** A tap speaks the name, then opens. */
export function ServiceTile({ service }: { service: ServiceCard }) {
  const title = either(service.title, service.title_en);
  const isUnfinished = unfinished.value.includes(service.code);
  const open = (event: Event) => { event.preventDefault(); sayIt(`tile/${service.code}`, { text: title }); go('apply', service.code); };
  return (
    <a class="tile" href={href('apply', service.code)} onClick={open} aria-description={isUnfinished ? w('home.unfinished') : undefined}>
      <Picture name={service.picture || 'paper'} /><span><Words text={title} /></span>
    </a>
  );
}

function Ways() {
  return (
    <nav class="links" aria-label={w('nav.back')}>
      <a href={href('track')}>{w('home.progress')}</a>
      <a href={href('open')}>{w('home.code')}</a>
      <LanguageButton plain />
      {session.value.kind === 'resident' && <button class="link" type="button" onClick={() => void leave()}>{w('home.leave')}</button>}
      {session.value.kind === 'staff' ? <a href={href('desk')}>{session.value.person?.name}</a> : <a href={href('signin')}>{w('home.signin')}</a>}
    </nav>
  );
}

/** Whoever proved himself here leaves the phone to the next one. */
async function leave(): Promise<void> {
  await api.signOut().catch(() => undefined);
  keep('tracked', null);
  openCase.value = null;
  await readSession();
}

/** 全部事项, or what was found for a word. */
export function Find({ q }: { q: string }) {
  const [found, setFound] = useState<ServiceCard[] | null>(null);
  const [words, setWords] = useState('');
  const read = () => { setWords(''); api.services(q).then(setFound, (e) => setWords(faultWords(e))); };
  useEffect(read, [q]);
  const title = !q ? w('find.all') : found?.length === 0 ? w('find.none') : w('find.for', { q });
  return (
    <Page title={title} back={{ label: w('nav.home'), href: href() }}>
      <h1>{title}</h1>
      {found?.length === 0 && <p class="lead">{w('find.none.lead')}</p>}
      {!found && (words ? <Trouble words={words} again={read} /> : <Loading />)}
      {found && found.length > 0 && <ul class="stack">{found.map((service) => <li><ServiceRow service={service} /></li>)}</ul>}
    </Page>
  );
}

function ServiceRow({ service }: { service: ServiceCard }) {
  return (
    <a class="card" href={href('apply', service.code)}>
      <Picture name={service.picture || 'paper'} /><span><b>{either(service.title, service.title_en)}</b></span><Icon name="go" class="go" />
    </a>
  );
}
