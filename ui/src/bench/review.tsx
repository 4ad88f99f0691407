/* 审查: the answers by rule in the middle, the material beside them, one button that tells the truth:
 * with something marked it sends the one-time notice, else it takes the step forward. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { ApiError } from '../base/api';
import { faultWords } from './fault';
import { dayWords } from '../base/day';
import { go, href } from '../base/route';
import { may } from '../base/session';
import { Icon } from '../parts/icon';
import { Phrases } from '../parts/text';
import { ActionDialog, asksMore } from './action';
import { staffApi, type ActionMore } from './api';
import { CaseFacts } from './facts';
import { Clock } from './clock';
import { DeskPage, useKeys } from './desk';
import { Fault, State, useLoad } from './load';
import { allFiles, Materials } from './materials';
import type { CaseAction, CaseAnswer, StaffCase, WorkList } from './types';
import { b } from './words';
import { leftWords } from './work';

/** Marked for the notice: the place of an answer or "material/<name>", and the words of the notice. */
export type Marks = Record<string, string>;

export function ReviewDesk({ parts }: { parts: string[] }) {
  const ref = parts[0] ?? '';
  const list = useLoad(() => staffApi.work({ q: '', service: '', area: '', state: 'mine', page: 1 }), ref);
  const found = useLoad(() => staffApi.case(ref), ref);
  const [notice, setNotice] = useState('');
  if (!found.value) {
    return (
      <DeskPage current="work" title={b('work.title')} keys={[]}>
        <main id="main" class="wrap" tabIndex={-1}><State of={found}>{() => null}</State>
          {found.fault && <p class="empty"><a href={href('desk', 'work')}>{b('work.title')}</a></p>}</main>
      </DeskPage>);
  }
  const { value } = found;
  return (
    <Review key={`${value.ref}-${value.version}`} value={value} list={list.value} notice={notice || found.fault}
      onChange={(next) => { setNotice(''); found.set(next); list.again(); }} onAgain={(words) => { setNotice(words); found.again(); list.again(); }} />
  );
}

interface Props { value: StaffCase; list: WorkList | undefined; notice: string; onChange: (next: StaffCase) => void; onAgain: (words: string) => void }

function Review({ value, list, notice: told, onChange, onAgain }: Props) {
  const rows = useMemo(() => rowsOf(value), [value]);
  const [at, setAt] = useState(() => Math.max(0, rows.findIndex((row) => row.isBad)));
  const [marks, setMarks] = useState<Marks>({});
  const [file, setFile] = useState(0);
  const [isLarge, setLarge] = useState(false);
  const [asked, setAsked] = useState<CaseAction | null>(null);
  const [fault, setFault] = useState(told);
  const [isBusy, setBusy] = useState(false);
  const marked = Object.keys(marks).length;
  const { notice, forward, others } = sortActions(value.actions);
  const canMark = Boolean(notice);

  const run = async (act: () => Promise<StaffCase>) => {
    setBusy(true);
    try { onChange(await act()); setFault(''); setAsked(null); } catch (wrong) {
      setFault(faultWords(wrong));
      if (wrong instanceof ApiError && wrong.code === 'case.changed') { setAsked(null); onAgain(faultWords(wrong)); }
    }
    setBusy(false);
  };
  const take = (action: CaseAction, reason = '', note = '', more: ActionMore = {}) => run(() => staffApi.act(value.ref, action.name, {
    version: value.version, reason, note, items: action.effect === 'notice' ? noticeItems(value, marks) : [], ...more,
  }));
  const press = (action: CaseAction | undefined) => {
    if (!action || isBusy) return;
    if (asksMore(action)) { setFault(''); setAsked(action); } else void take(action);
  };
  const toggle = (row: Row) => {
    if (!canMark) return;
    const { [row.key]: old, ...rest } = marks;
    setMarks(old === undefined ? { ...marks, [row.key]: row.why || b('notice.default', { what: row.label }) } : rest);
  };
  const openNext = () => {
    const items = list?.items ?? [];
    const here = items.findIndex((item) => item.ref === value.ref);
    const next = items[here + 1] ?? items.find((item) => item.ref !== value.ref);
    if (next) go('desk', 'case', next.ref); else go('desk', 'work');
  };
  const files = allFiles(value);
  useKeys({
    j: () => setAt(Math.min(at + 1, rows.length - 1)), k: () => setAt(Math.max(at - 1, 0)),
    ' ': () => { const row = rows[at]; if (row) toggle(row); }, z: () => { if (files.length) setLarge(true); },
    a: () => { if (!marked) press(forward); }, r: () => press(notice), n: openNext,
    ...Object.fromEntries(files.slice(0, 9).map((_, index) => [String(index + 1), () => setFile(index)])),
  });
  const main = marked && notice ? notice : forward;
  return (
    <DeskPage current="work" title={`${value.applicant.name} ${value.service.title}`} keys={keysOf(files.length, canMark, forward, notice)} foot={
      <>
        <span class="mut s14">{footWords(value, marked, canMark)}</span><span class="push" />
        {!asked && <Fault words={fault} />}
        {value.can_take_back && <button class="btn" type="button" onClick={() => void run(() => staffApi.takeBack(value.ref, value.version))}>{b('act.takeback')}</button>}
        {others.map((action) => <button class="btn" type="button" onClick={() => press(action)}>{action.label}</button>)}
        {marked > 0 && forward && <button class="btn" type="button" aria-disabled="true">{forward.label}<kbd class="kbd">A</kbd></button>}
        {!marked && notice && forward && <button class="btn" type="button" onClick={() => press(notice)}>{notice.label}<kbd class="kbd">R</kbd></button>}
        {main
          ? <button class="btn btn-pri" type="button" aria-busy={isBusy} onClick={() => press(main)}>{main === notice ? b('notice.send', { n: marked, label: notice.label }) : main.label}<kbd class="kbd">{main === notice ? 'R' : 'A'}</kbd></button>
          : <button class="btn btn-pri" type="button" onClick={openNext}>{b('act.next')}<kbd class="kbd">N</kbd></button>}
      </>}>
      <div class="split rv">
        <Pick list={list} current={value.ref} />
        <main id="main" class="pane mid" tabIndex={-1}>
          <Heading value={value} rows={rows} marks={marks} />
          <ol class="rules">{rows.map((row, index) => (
            <AnswerRow row={row} isAt={index === at} mark={marks[row.key]} canMark={canMark} onAt={() => setAt(index)} onToggle={() => toggle(row)}
              onWords={(words) => setMarks({ ...marks, [row.key]: words })} heading={row.group !== rows[index - 1]?.group ? row.group : ''} />))}
          </ol>
          <p class="s14 mut note">{b('review.decides')}</p>
          <CaseFacts value={value} onChange={onChange} />
        </main>
        <Materials value={value} at={file} onAt={setFile} isLarge={isLarge} onLarge={setLarge}
          mark={canMark ? (key, label, why) => toggle({ key, label, isBad: false, why, value: '', group: '' }) : undefined} marks={marks}
          onWords={(key, words) => setMarks({ ...marks, [key]: words })} />
      </div>
      {asked && <ActionDialog action={asked} value={value} items={asked.effect === 'notice' ? noticeItems(value, marks) : []} fault={fault} isBusy={isBusy}
        onClose={() => setAsked(null)} onTake={(reason, note, more) => void take(asked, reason, note, more)} />}
    </DeskPage>
  );
}

function keysOf(files: number, canMark: boolean, forward: CaseAction | undefined, notice: CaseAction | undefined) {
  return [
    { keys: ['J', 'K'], label: b('key.updown') }, ...(canMark ? [{ keys: ['Space'], label: b('key.mark') }] : []),
    ...(files ? [{ keys: ['Z'], label: b('key.zoom') }] : []),
    ...(files > 1 ? [{ keys: ['1', '2', '3'].slice(0, files), label: b('key.file') }] : []),
    ...(forward ? [{ keys: ['A'], label: forward.label }] : []), ...(notice ? [{ keys: ['R'], label: notice.label }] : []), { keys: ['N'], label: b('key.next') },
  ];
}

/** The filled button, the notice, and the rest in the order of the workbook. */
function sortActions(actions: CaseAction[]) {
  const notice = actions.find((action) => action.effect === 'notice');
  const forward = actions.find((action) => action !== notice && action.kind === 'forward' && !['refuse', 'decline', 'withdraw'].includes(action.effect));
  return { notice, forward, others: actions.filter((action) => action !== notice && action !== forward) };
}

function footWords(value: StaffCase, marked: number, canMark: boolean): string {
  if (!value.actions.length) return value.state === 'closed' ? b('foot.closed') : b('foot.notmine');
  if (!canMark) return '';
  if (value.notices.length) return b('foot.second');
  return marked ? b('foot.marked', { n: marked }) : b('foot.first');
}

/* -- rows ---------------------------------------------------------------------------------------- */

interface Row { key: string; label: string; value: string; isBad: boolean; why: string; group: string }

const findingWords = (answer: CaseAnswer): string =>
  !answer.finding ? '' : typeof answer.finding === 'string' ? answer.finding : answer.finding.message;

function rowsOf(value: StaffCase): Row[] {
  const files = new Set(value.materials.flatMap((material) => [material.path, ...material.files.map((one) => one.name)]));
  return value.answers.filter((answer) => answer.label && !files.has(answer.path) && !files.has(answer.value)).map((answer) => ({
    key: answer.path, label: answer.label, value: answer.display || answer.value, why: findingWords(answer), isBad: Boolean(answer.finding), group: answer.group,
  }));
}

function noticeItems(value: StaffCase, marks: Marks) {
  return Object.entries(marks).map(([key, text]) => {
    const name = key.startsWith('material/') ? key.slice('material/'.length) : '';
    const material = value.materials.find((one) => one.name === name);
    return { path: name ? material?.path ?? '' : key, material: name, text };
  });
}

interface RowProps {
  row: Row; isAt: boolean; mark: string | undefined; canMark: boolean; heading: string;
  onAt: () => void; onToggle: () => void; onWords: (words: string) => void;
}

function AnswerRow({ row, isAt, mark, canMark, heading, onAt, onToggle, onWords }: RowProps) {
  const isMarked = mark !== undefined;
  const isBad = row.isBad || isMarked;
  useEffect(() => { if (isAt) document.getElementById(`row-${row.key}`)?.scrollIntoView({ block: 'nearest' }); }, [isAt]);
  return (
    <>
      {heading && <li class="group-h"><h2>{heading}</h2></li>}
      <li id={`row-${row.key}`} class={`rule ${isBad ? 'bad' : ''} ${isAt ? 'at' : ''}`} onClick={onAt}>
        <Icon name={isBad ? 'cross' : 'check'} class={isBad ? 'err' : 'ok'} />
        <span class="mut q">{row.label}</span>
        <span class="a">{row.value || <span class="mut">{b('answer.empty')}</span>}<span class="vh">{b(isBad ? 'answer.bad' : 'answer.good')}</span></span>
        {canMark ? <label class="ck s14"><input type="checkbox" checked={isMarked} onChange={onToggle} />{b('notice.mark')}</label> : <span />}
        {row.why && <span class="why">{row.why}</span>}
        {isMarked && <label class="why wide"><span class="vh">{b('notice.words')}</span>
          <input class="in" value={mark} onInput={(event) => onWords((event.target as HTMLInputElement).value)} /></label>}
      </li>
    </>
  );
}

/* -- around it ----------------------------------------------------------------------------------- */

function Heading({ value, rows, marks }: { value: StaffCase; rows: Row[]; marks: Marks }) {
  const bad = rows.filter((row) => row.isBad || marks[row.key] !== undefined).length;
  const missing = value.materials.filter((material) => material.state === 'missing').length;
  const title = value.state === 'closed' || value.outcome ? b(`outcome.${value.outcome || 'closed'}` as 'outcome.closed')
    : bad ? b('review.bad', { good: rows.length - bad, bad }) : missing ? b('review.missing', { n: missing }) : b('review.good', { n: rows.length });
  const { clock } = value;
  return (
    <div class="top2">
      <div><h1><Phrases text={title} /></h1>
        <p class="mut">{value.applicant.name}{b('desk.comma')}{value.service.title}{b('desk.comma')}<span class="nb">{value.ref}</span></p>
        <Person value={value} />
        <StepNow value={value} /></div>
      {clock && <div class="due"><dl>
        {clock.promised_on && <div><dt>{b('clock.promised')}</dt><dd>{dayWords(clock.promised_on)}</dd></div>}
        {clock.due_on && <div><dt>{b('clock.legal')}</dt><dd>{clock.left < 0 ? b('left.over', { n: -clock.left }) : b('clock.left', { n: clock.left })}{b('desk.comma')}{dayWords(clock.due_on)}{clock.is_provisional ? b('clock.provisional') : ''}</dd></div>}
        {value.step_clock?.due_on && <div><dt>{b('clock.step')}</dt><dd class={value.step_clock.left < 0 ? 'err' : ''}>{value.step_clock.left < 0 ? b('left.over', { n: -value.step_clock.left }) : b('clock.left', { n: value.step_clock.left })}{b('desk.comma')}{dayWords(value.step_clock.due_on)}</dd></div>}
        {!clock.is_running && clock.stopped_for && <div><dt>{b('clock.stopped')}</dt><dd>{clock.stopped_for}</dd></div>}
      </dl><div class="c" hidden={!clock.promised_on && !clock.due_on}><Clock budget={clock.budget} used={clock.used} promised={clock.promised} isLate={clock.left < 0} hasNumbers={false} /></div></div>}
    </div>
  );
}

/** Where it stands, and by what this desk has to judge. */
function StepNow({ value }: { value: StaffCase }) {
  const step = value.steps.find((one) => one.name === value.step);
  return (
    <>
      {step && value.state !== 'closed' && <p class="s14"><b>{step.label}</b>{step.criteria && <span class="mut">{b('desk.colon')}{step.criteria}</span>}</p>}
      {value.deemed_accepted && <p class="warn s14">{b('case.deemed', { day: dayWords(value.deemed_accepted.on) })}</p>}
    </>
  );
}

/** ID and telephone stay covered until somebody says why he needs them. */
function Person({ value }: { value: StaffCase }) {
  const [isAsking, setAsking] = useState(false);
  const [open, setOpen] = useState<{ id_number: string; phone: string } | null>(null);
  const [fault, setFault] = useState('');
  const uncover = (reason: string) => staffApi.unmask(value.ref, reason).then((got) => { setOpen(got); setAsking(false); }).catch((wrong) => setFault(faultWords(wrong)));
  return (
    <p class="mut s14">
      {b('person.id')} {open?.id_number ?? value.applicant.id_masked}{b('desk.comma')}{b('person.phone')} {open?.phone ?? value.applicant.phone_masked}
      {value.applicant.proxy && <>{b('desk.comma')}{b('person.proxy')} {value.applicant.proxy}</>}
      {may('id.unmask') && !open && <> <button class="btn btn-small btn-quiet" type="button" onClick={() => setAsking(true)}>{b('person.uncover')}</button></>}
      {isAsking && <ActionDialog value={value} action={{ name: 'unmask', label: b('person.uncover'), needs: 'reason', effect: '', kind: '', to_unit: '' }} items={[]} fault={fault}
        isBusy={false} onClose={() => setAsking(false)} onTake={uncover} />}
    </p>
  );
}

function Pick({ list, current }: { list: WorkList | undefined; current: string }) {
  return (
    <nav class="pick" aria-label={b('pick.label')}>
      <h2 class="mut">{b('work.mine', { n: list?.total ?? 0 })}</h2>
      <ul>{(list?.items ?? []).slice(0, 40).map((item) => (
        <li><a href={href('desk', 'case', item.ref)} aria-current={item.ref === current ? 'true' : undefined}><b>{item.applicant}</b><br />
          <span class="mut s14">{item.title}{b('desk.comma')}{leftWords(item)}</span></a></li>))}</ul>
    </nav>
  );
}
