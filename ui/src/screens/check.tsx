/* 查 → 交: every answer with its verdict, what is missing first. The one button becomes 提交 only
 * when the same engine that judges in the hall finds nothing wrong. */
import { useState } from 'preact/hooks';
import { faultWords } from '../base/api';
import { go, href } from '../base/route';
import { either } from '../base/words';
import type { Question } from '../engine/engine';
import { materialLines, mayChange, nameOf, shownValue, troubles, unsettled, type MaterialLine } from '../filing/lists';
import { submit } from '../filing/submit';
import { choicesOf, findingAt, questions, serverFindings, work, type Work } from '../filing/work';
import { Icon } from '../parts/icon';
import { Page, type Next } from '../parts/page';
import { ErrorSummary } from '../parts/summary';
import { Phrases } from '../parts/text';
import { w } from '../words/words';
import { titleNow } from './apply';

const SHOWN = new Set(['note', 'group', 'repeat', 'hidden', 'trigger']);

export function Check({ code }: { code: string }) {
  const now = work.value!;
  const [isSending, setSending] = useState(false);
  const [fault, setFault] = useState('');
  const [round, setRound] = useState(1);
  const lines = materialLines(now, questions.value);
  const found = allTroubles(now);
  const missing = found.filter((one) => one.isMaterial).length;
  const isWaiting = now.filing.state === 'waiting' && !found.length;
  const send = () => {
    setSending(true);
    setFault('');
    submit(now).then((outcome) => { if (outcome === 'received') go('case'); }, (e) => setFault(faultWords(e)))
      .finally(() => { setSending(false); setRound((old) => old + 1); });
  };
  const title = titleOf(missing, found.length, isWaiting);
  const back = { label: w('nav.back'), href: href('apply', code, 'materials') };
  return (
    <Page title={found.length ? `${title}（${w('fault.title')}）` : title} back={back} aside={titleNow()} next={nextOf(code, found, isSending, isWaiting, send)}
      say={{ text: [title, ...found.map((one) => one.message), found.length ? '' : aloud(now)].filter(Boolean).join('。') }}>
      {found.length > 0 ? <ErrorSummary isHeading title={title} round={round} faults={found.map((one) => ({ message: `${labelAt(one.path, lines)}：${one.message}`, href: hrefOf(code, one) }))} />
        : <div><h1><Phrases text={title} /></h1><p class="mut">{isWaiting ? w('check.waiting.lead') : now.filing.items ? w('check.notice') : w('check.aloud')}</p></div>}
      {fault && <p class="msg" role="alert"><Icon name="warn" />{fault}</p>}
      <dl class="sl">{rowsOf(now, lines).map((q) => <Line key={q.path} code={code} now={now} q={q} lines={lines} />)}</dl>
      {found.length > 0 && <p class="mut">{w('check.later')}</p>}
    </Page>
  );
}

interface Trouble { path: string; message: string; isMaterial: boolean }

/** The engine's findings and those the server sent back; a path the server knows only leads to its question. */
function allTroubles(now: Work): Trouble[] {
  const own = troubles(now);
  const more = serverFindings.value.filter((finding) => !own.some((one) => one.path === finding.path));
  return [...own, ...more.map((finding) => ({ path: finding.path, message: finding.message, isMaterial: false }))];
}

function titleOf(missing: number, all: number, isWaiting: boolean): string {
  if (missing) return w('check.missing', { n: missing });
  if (all) return w('check.wrong', { n: all });
  return isWaiting ? w('check.waiting') : w('check.ready');
}

function nextOf(code: string, found: Trouble[], isSending: boolean, isWaiting: boolean, send: () => void): Next {
  const first = found[0];
  if (first?.isMaterial) return { label: w('check.shoot'), icon: 'camera', href: href('apply', code, 'materials') };
  if (first) return { label: w('check.fix'), href: hrefOf(code, first) };
  if (isSending) return { label: w('check.sending'), busy: true };
  return { label: isWaiting ? w('check.waiting.next') : w('check.submit'), onClick: send };
}

const hrefOf = (code: string, one: Trouble) => (one.isMaterial ? href('apply', code, 'materials') : href('apply', code, 'q', one.path));

/** Missing and wrong first, then the form's own order. */
function rowsOf(now: Work, lines: MaterialLine[]): Question[] {
  const held = new Set(lines.filter((line) => line.state === 'held').map((line) => line.question?.path));
  const rows = questions.value.filter((q) => q.isRelevant && !SHOWN.has(q.kind) && !(q.isReadonly && !q.value));
  const open = unsettled(now);
  const isWrong = (q: Question) => !held.has(q.path) && (open.has(q.path) || Boolean(findingAt(q.path)));
  const isPaper = (q: Question) => lines.some((line) => line.question?.path === q.path);
  const wrong = rows.filter(isWrong);
  return [...wrong.filter(isPaper), ...wrong.filter((q) => !isPaper(q)), ...rows.filter((q) => !isWrong(q))];
}

function labelAt(path: string, lines: MaterialLine[]): string {
  const line = lines.find((one) => one.question?.path === path);
  if (line) return either(line.material.label, line.material.label_en);
  return questions.value.find((q) => q.path === path)?.label.replace(/[？?]$/, '') ?? '';
}

interface LineProps { code: string; now: Work; q: Question; lines: MaterialLine[] }

function Line({ code, now, q, lines }: LineProps) {
  const line = lines.find((one) => one.question?.path === q.path);
  const label = labelAt(q.path, lines);
  const isHeld = line?.state === 'held';
  const finding = isHeld ? '' : unsettled(now).get(q.path) ?? findingAt(q.path);
  const value = shownValue(now, q, (path, v) => choicesOf(path).find((choice) => choice.value === v)?.label ?? v);
  const target = line ? href('apply', code, 'materials') : href('apply', code, 'q', q.path);
  const allowed = mayChange(now);
  const canEdit = !q.isReadonly && !isHeld && (!allowed || allowed.has(q.path));
  const isMissing = Boolean(line) && !q.value;
  return (
    <div>
      <dt>{label}</dt>
      <dd class="v">{line && q.value ? w('mat.sent') : value || (isHeld ? w('check.held') : line ? w('check.none') : w('check.empty'))}</dd>
      <Verdict finding={finding} known={now.filing.known[q.path]} isEmpty={!q.value && !isHeld} />
      {canEdit && <dd class="ed"><a class="edit" href={target} aria-label={w(isMissing ? 'check.add.one' : 'check.edit.one', { what: label })}>{isMissing ? w('check.add') : w('check.edit')}</a></dd>}
    </div>
  );
}

function Verdict({ finding, known, isEmpty }: { finding: string; known: string | undefined; isEmpty: boolean }) {
  if (finding) return <dd class="j err"><Icon name="warn" /><span>{finding}</span></dd>;
  if (isEmpty) return null;
  return <dd class="j"><Icon name="check" /><span>{known ? w('check.known') : w('check.fine')}</span></dd>;
}

/** Read back before 提交: the name, then the number in groups. */
function aloud(now: Work): string {
  const id = now.sheet.value(questions.value.find((q) => q.name === now.service.applicant_id)?.path ?? '');
  const groups = id.match(/^(.{6})(.{4})(.{4})(.*)$/)?.slice(1) ?? [];
  return [nameOf(now), groups.map((group) => [...group].join(' ')).join('，')].filter(Boolean).join('。');
}

