/* 回执 and 查进度: the status in words with the latest date; QR, code, number and phone in one screen. */
import { useEffect, useState } from 'preact/hooks';
import { api, faultWords } from '../base/api';
import { dayWords, momentWords } from '../base/day';
import { keep, kept } from '../base/kept';
import { go, href } from '../base/route';
import { session } from '../base/session';
import type { CaseView } from '../base/types';
import { keptReceipts, receipt, type KeptReceipt } from '../filing/submit';
import { startCorrection } from '../filing/work';
import { Icon } from '../parts/icon';
import { statusWords } from '../parts/status';
import { Loading, Page, Trouble, type Next } from '../parts/page';
import { Qr } from '../parts/qr';
import { savePicture } from '../parts/receipt-picture';
import { Words } from '../parts/text';
import { w } from '../words/words';

/** What is known of the case: the server's view, and what this phone kept of the receipt. */
interface Shown { view: CaseView | null; stub: KeptReceipt | null }

async function readCase(): Promise<Shown> {
  const stubs = await keptReceipts();
  const fresh = receipt.peek();
  if (kept('tracked') !== '1' && !tracked) return { view: fresh?.case ?? null, stub: fresh ?? stubs[0] ?? null };
  try {
    const view = await api.myCase();
    return { view, stub: [fresh, ...stubs].find((one) => one?.ref === view.ref) ?? stubOf(view) };
  } catch (fault) {
    const stub = fresh ?? stubs[0];
    if (stub) return { view: stub.case, stub };
    throw fault;
  }
}

/** The tracking session of this visit; on a kiosk nothing else remembers it. */
let tracked = false;
export function tookTracking(): void { tracked = true; keep('tracked', '1'); }
export function dropTracking(): void { tracked = false; receipt.value = null; }

const stubOf = (view: CaseView): KeptReceipt | null => (view.code || view.qr
  ? { instance_id: view.instance_id ?? '', ref: view.ref, code: view.code ?? '', qr: view.qr ?? '', service: view.service.code, title: view.service.title, received_at: view.received_at ?? 0, case: view } : null);

export function Case() {
  const [shown, setShown] = useState<Shown | null>(null);
  const [fault, setFault] = useState('');
  const read = () => { setFault(''); readCase().then(setShown, (e) => setFault(faultWords(e))); };
  useEffect(read, []);
  const home = { label: w('nav.home'), href: href() };
  if (!shown) return <Page title={w('case.look')} back={home}>{fault ? <Trouble words={fault} again={read} /> : <Loading />}</Page>;
  if (!shown.view && !shown.stub) return (
    <Page title={w('case.none')} back={home} next={{ label: w('case.look'), href: href('track') }}><h1>{w('case.none')}</h1></Page>);
  return <Status {...shown} onView={(view) => setShown({ ...shown, view })} />;
}

function Status({ view, stub, onView }: Shown & { onView: (view: CaseView) => void }) {
  const [fault, setFault] = useState('');
  const { sentence, latest } = statusWords(view);
  const correct = () => { startCorrection(view!, view!.instance_id || stub?.instance_id || '').then(() => go('apply', view!.service.code, 'check'), (e) => setFault(faultWords(e))); };
  return (
    <Page title={sentence} back={{ label: w('nav.home'), href: href() }} aside={view?.service.title ?? stub?.title ?? ''}
      next={nextOf(view, stub, correct)} say={{ text: sayCase(sentence, latest, stub, view) }}>
      <div><h1 class="status"><Words text={sentence} /></h1>{latest && <p class="big"><Words text={latest} /></p>}</div>
      {fault && <p class="msg" role="alert"><Icon name="warn" />{fault}</p>}
      {view?.notice && view.can_correct && <Notice view={view} />}
      <Stub view={view} stub={stub} />
      {view && <Timeline view={view} />}
      {view && <Letters view={view} />}
      {view?.can_rate && <Rate view={view} onView={onView} onFault={setFault} />}
      {view && !view.can_rate && ratingOf(view) > 0 && <p class="mut">{w('case.rated.as', { level: levelWords(ratingOf(view)) })}</p>}
    </Page>
  );
}

function nextOf(view: CaseView | null, stub: KeptReceipt | null, correct: () => void): Next | undefined {
  if (view?.can_correct) return { label: w('case.correct'), onClick: correct };
  return stub ? { label: w('case.save'), icon: 'save', onClick: () => void savePicture(stub, view) } : undefined;
}

function sayCase(sentence: string, latest: string, stub: KeptReceipt | null, view: CaseView | null): string {
  const code = stub?.code ? `${w('case.code')}，${[...stub.code.replace(/\D/g, '')].join(' ')}` : '';
  const items = view?.can_correct ? view.notice?.items.map((item) => `${item.label}，${item.text}`) ?? [] : [];
  return [sentence, latest, ...items, code].filter(Boolean).join('。');
}

function Notice({ view }: { view: CaseView }) {
  return (
    <section class="group">
      <h2><Icon name="warn" class="warn" />{w('case.notice')}</h2>
      <ul class="lines">{view.notice!.items.map((item) => <li><span>{item.label && <><b>{item.label}</b><br /></>}<span>{item.text}</span></span></li>)}</ul>
    </section>
  );
}

const grouped = (code: string) => code.replace(/\s/g, '').replace(/^(\d{3})(\d{3})$/, '$1 $2').replace(/^(\d{4})(\d{4})$/, '$1 $2');

function Stub({ view, stub }: Shown) {
  const phone = view?.phone || session.value.tenant.phone;
  return (
    <section class="stub" aria-label={w('case.stub')}>
      {stub?.qr && <div class="qr"><Qr text={stub.qr} label={w('case.qr')} /></div>}
      {stub?.code && <div><span class="mut">{w('case.code')}</span><br /><span class="code">{grouped(stub.code)}</span><br /><span>{w('case.say')}</span></div>}
      <dl class="kv">
        <div><dt>{w('case.ref')}</dt><dd>{view?.ref ?? stub?.ref}</dd></div>
        {Boolean(stub?.received_at) && <div><dt>{w('case.sent')}</dt><dd>{momentWords(stub!.received_at)}</dd></div>}
        {phone && <div><dt>{w('case.phone')}</dt><dd><a href={`tel:${phone}`}>{phone}</a></dd></div>}
      </dl>
    </section>
  );
}

function Timeline({ view }: { view: CaseView }) {
  if (!view.timeline.length) return null;
  const last = view.timeline.filter((entry) => entry.kind !== 'future').length - 1;
  const tone = (at: number) => (at < last || view.outcome ? 'done' : 'now');
  return (
    <section>
      <ol class="tl" aria-label={w('case.timeline')}>
        {view.timeline.map((entry, at) => (
          <li class={entry.kind === 'future' ? '' : tone(at)}>
            {entry.label}<br /><span class="mut">{entry.on && dayWords(entry.on)}{entry.text && `${entry.on ? '，' : ''}${entry.text}`}</span>
          </li>))}
      </ol>
      <p class="mut">{view.visit_count ? w('case.visits', { n: view.visit_count }) : w('case.novisit')}</p>
    </section>
  );
}

function Letters({ view }: { view: CaseView }) {
  return (
    <section class="group">
      <h2>{w('case.letters')}</h2>
      <ul class="links">
        {view.letters.map((letter) => <li><a href={`/v1/my/case/letters/${encodeURIComponent(letter.name)}.pdf`} target="_blank" rel="noopener">{letter.label}</a></li>)}
        <li><a href="/v1/my/case/receipt.pdf?paper=a4" target="_blank" rel="noopener">{w('case.receipt')}</a></li>
      </ul>
    </section>
  );
}

const ratingOf = (view: CaseView): number => (typeof view.rating === 'number' ? view.rating : view.rating?.level ?? 0);
const levelWords = (level: number) => w(`rate.${level}` as 'rate.1');

function Rate({ view, onView, onFault }: { view: CaseView; onView: (view: CaseView) => void; onFault: (words: string) => void }) {
  const rate = (level: number) => api.rate(level, '').then(onView, (e) => onFault(faultWords(e)));
  const chosen = ratingOf(view);
  return (
    <section>
      <h2>{w('case.rate')}</h2>
      <div class="faces">
        {[5, 4, 3, 2, 1].map((level) => (
          <button type="button" class={chosen === level ? 'is-on' : ''} aria-pressed={chosen === level} onClick={() => void rate(level)}>
            <img src={`pictures/face-${level}.svg`} alt="" width="64" height="64" /><span>{levelWords(level)}</span>
          </button>))}
      </div>
    </section>
  );
}
