/* What is asked, in which order, and which materials this very scenario needs. */
import { dayWords } from '../base/day';
import type { Material, NoticeItem } from '../base/types';
import type { Question } from '../engine/engine';
import { fileAt } from './files';
import { findingAt, questions, ruleHolds, verdict, watchSheet, type Work } from './work';

const ASKED = new Set(['text', 'integer', 'decimal', 'date', 'time', 'dateTime', 'select_one', 'select_many', 'rank', 'range', 'trigger', 'file', 'geo', 'barcode']);
const isAsked = (q: Question): boolean => q.isRelevant && ASKED.has(q.kind) && !q.isReadonly;

/** A page of the filing: one question with the notes before it, or "one more?" of a repeat. */
export interface Stop { path: string; question: Question; notes: Question[]; isRepeat: boolean }

const isIn = (q: Question, group: string): boolean => q.path.startsWith(`${group}/`) || q.parent === group;

/** The scenario: group `guide`; a form without one asks its leading choices first. */
export function guideQuestions(all: Question[]): Question[] {
  const group = all.find((q) => q.kind === 'group' && q.name === 'guide');
  if (group) return all.filter((q) => isAsked(q) && isIn(q, group.path));
  const asked = all.filter(isAsked);
  const end = asked.findIndex((q) => q.kind !== 'select_one');
  return asked.slice(0, end < 0 ? asked.length : end).slice(0, 7);
}

export interface MaterialLine {
  material: Material; question?: Question | undefined;
  state: 'missing' | 'held' | 'present' | 'counter';
  /** Registry line: when it was handed in. */
  on?: string;
  /** A correction: what the office wrote about it. */
  notice?: string | undefined;
}

/** What the notice names and nobody has changed yet: path → the office's words. */
export function unsettled(now: Work): Map<string, string> {
  void watchSheet();
  const left = (now.filing.items ?? []).map((item) => [pathOfItem(now, item), item.text || item.label] as const)
    .filter(([path]) => path && now.sheet.value(path) === (now.filing.before?.[path] ?? ''));
  return new Map(left);
}

const pathOfItem = (now: Work, item: NoticeItem): string => item.path || (now.service.materials.find((m) => m.name === item.material)?.question ?? '');

/** The materials this scenario needs now; those it does not need are not in the list. */
export function materialLines(now: Work, all: Question[]): MaterialLine[] {
  const open = unsettled(now);
  return now.service.materials.flatMap((material): MaterialLine[] => {
    const question = all.find((q) => q.path === material.question || (q.kind === 'file' && q.name === material.name));
    if (question ? !question.isRelevant : !ruleHolds(`material/${material.name}`)) return [];
    const held = now.filing.held[material.name];
    const notice = question && open.get(question.path);
    if (notice) return [{ material, question, state: 'missing', notice }];
    if (question?.value) return [{ material, question, state: 'present' }];
    if (held) return [{ material, question, state: 'held', on: held.on }];
    if (!question) return [{ material, state: material.is_exempt ? 'held' : 'counter' }];
    return [{ material, question, state: 'missing' }];
  });
}

export const mustCome = (line: MaterialLine): boolean => line.state === 'missing' && line.question!.isRequired;

/** The pages after the guide: materials have their own page, known answers are shown, not asked. */
export function stops(now: Work, all: Question[]): Stop[] {
  const skip = new Set([
    ...guideQuestions(all).map((q) => q.path), ...materialLines(now, all).map((line) => line.question?.path),
    ...Object.keys(now.filing.known).filter((path) => !findingAt(path)),
  ]);
  const found: Stop[] = [];
  let notes: Question[] = [];
  for (const question of all) {
    if (question.kind === 'note' && question.isRelevant && question.label) notes.push(question);
    if (question.kind === 'repeat' && question.isRelevant && !question.isReadonly) found.push({ path: question.path, question, notes: [], isRepeat: true });
    if (!isAsked(question) || skip.has(question.path)) continue;
    found.push({ path: question.path, question, notes, isRepeat: false });
    notes = [];
  }
  return mayChange(now) ? found.filter((stop) => mayChange(now)!.has(stop.path)) : repeatsLast(found);
}

/** "One more?" is asked behind the members that are already there. */
function repeatsLast(list: Stop[]): Stop[] {
  const result: Stop[] = [];
  const open: Stop[] = [];
  const close = (path: string) => { while (open.length && !path.startsWith(`${open[open.length - 1]!.path}[`)) result.push(open.pop()!); };
  for (const stop of list) {
    close(stop.path);
    if (stop.isRepeat) open.push(stop); else result.push(stop);
  }
  close('');
  return result;
}

/** Only in a correction: the paths the notice names. */
export function mayChange(now: Work): Set<string> | undefined {
  if (!now.filing.items) return undefined;
  return new Set(now.filing.items.map((item) => pathOfItem(now, item)).filter(Boolean));
}

/** How a value is read by people. Choices by their labels; ID numbers masked. */
export function shownValue(now: Work, q: Question, label: (path: string, value: string) => string): string {
  if (q.kind === 'select_one') return label(q.path, q.value);
  if (q.kind === 'select_many') return q.value.split(' ').filter(Boolean).map((value) => label(q.path, value)).join('、');
  if ([now.service.applicant_id, now.service.proxy_id].includes(q.name) || /^\d{17}[\dX]$/.test(q.value)) return maskId(q.value);
  if (/^\d{12,19}$/.test(q.value)) return q.value.replace(/(\d{4})(?=\d)/g, '$1 ');
  return q.kind === 'date' ? dayWords(q.value) : q.value;
}

export const maskId = (id: string): string => (id.length > 10 ? `${id.slice(0, 6)}********${id.slice(-4)}` : id);

/** All that stands between these answers and 提交, missing materials first. */
export function troubles(now: Work): { path: string; message: string; isMaterial: boolean }[] {
  const lines = materialLines(now, questions.value);
  const held = new Set(lines.filter((line) => line.state === 'held').map((line) => line.question?.path));
  const open = [...unsettled(now)].map(([path, message]) => ({ path, message }));
  const found = [...open, ...verdict.value.findings.filter((f) => !held.has(f.path) && !open.some((one) => one.path === f.path))]
    .map((f) => ({ path: f.path, message: f.message, isMaterial: lines.some((line) => line.question?.path === f.path) }));
  return [...found.filter((f) => f.isMaterial), ...found.filter((f) => !f.isMaterial)];
}

export const nameOf = (now: Work): string => now.sheet.value(pathOf(now.service.applicant_name));

export function pathOf(name: string): string { return questions.value.find((q) => q.name === name)?.path ?? ''; }

export function isPresent(path: string): boolean { void watchSheet(); return Boolean(fileAt(path)); }
