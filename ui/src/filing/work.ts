/* One filling-in on this phone: the service, its form in the engine, the answers so far. Everything
 * a page shows is computed from the sheet; each answer is kept before the next page opens. */
import { computed, signal } from '@preact/signals';
import { api, ApiError, image } from '../base/api';
import { languageOf, startEngine } from '../base/engine';
import { randomHex, uuid } from '../base/ids';
import { drop, load, loadAll, save } from '../base/idb';
import { session } from '../base/session';
import type { Answer, CaseView, Finding, NoticeItem, OpenDraft, Service } from '../base/types';
import { mediaUrlIn } from '../parts/text';
import type { Choice, Form, Question, Sheet, Verdict } from '../engine/engine';

export interface FileEntry { name: string; path: string; size: number; type: string; hash?: string }
export interface Filing {
  id: string; key: string; service: string; version: string; at: number;
  answers: Answer[]; files: FileEntry[];
  /** What the registries know: path → where it comes from. Shown, not asked. */
  known: Record<string, string>;
  held: Record<string, { label: string; on: string }>;
  draft?: { id: string; key: string; code: string; version: number };
  /** A correction after a notice: the case, and the only things that may change. */
  replaces?: string; items?: NoticeItem[]; before?: Record<string, string>;
  state: 'draft' | 'waiting';
}
export interface Work { filing: Filing; service: Service; form: Form; sheet: Sheet }

export const work = signal<Work | null>(null);
const revision = signal(0);
/** What the server found wrong at the last attempt, until the answer changes. */
export const serverFindings = signal<Finding[]>([]);

export const questions = computed<Question[]>(() => {
  void revision.value;
  const now = work.value;
  return now ? now.sheet.questions(languageOf(now.form)) : [];
});

export const verdict = computed<Verdict>(() => {
  void revision.value;
  const now = work.value;
  return now ? now.sheet.verdict(languageOf(now.form)) : { acceptable: false, findings: [], answers: [] };
});

/** Reads the sheet again when it has changed since. */
export const watchSheet = (): Work => { void revision.value; return work.value!; };

export const choicesOf = (path: string): Choice[] => { const now = watchSheet(); return now.sheet.choices(path, languageOf(now.form)); };

/** The words of what is wrong with an answer, '' = nothing. */
export function findingAt(path: string): string {
  const now = watchSheet();
  return now.sheet.finding(path, languageOf(now.form))?.message
    ?? serverFindings.value.find((finding) => finding.path === path)?.message ?? '';
}

export function ruleHolds(name: string): boolean {
  const now = watchSheet();
  if (!now.service.rules.some((rule) => rule.name === name)) return true;
  try { return now.sheet.rule(name); } catch { return true; }
}

/** Where a picture or sound of the form lies; '' = nowhere. */
export const mediaUrl = (name: string): string => mediaUrlIn(work.value?.service.form.media, name);

/* -- opening ------------------------------------------------------------------------------------- */

function newFiling(service: Service): Filing {
  return {
    id: `uuid:${uuid()}`, key: randomHex(16), service: service.code, version: service.version, at: Date.now(),
    answers: [], files: [], known: {}, held: {}, state: 'draft',
  };
}

export async function filingOf(code: string): Promise<Filing | undefined> {
  const all = await loadAll<Filing>('filings');
  return all.filter((one) => one.service === code).sort((a, b) => b.at - a.at)[0];
}

/** Open what this phone holds of the service, or start anew. Called again for the same one, it keeps the sheet. */
export async function openWork(code: string): Promise<Work> {
  const now = work.peek();
  if (now?.service.code === code) return now;
  const [service, kept] = await Promise.all([api.service(code), filingOf(code)]);
  return begin(service, kept ?? newFiling(service));
}

async function begin(service: Service, filing: Filing): Promise<Work> {
  const [bytes, ready] = await Promise.all([image(service.form.image), startEngine()]);
  closeWork();
  const form = ready.form(bytes);
  const sheet = openSheet(form, filing);
  filing.version = service.version;
  const next = { filing, service, form, sheet };
  work.value = next;
  await takeKnown(next);
  setTimeout(fetchPictures, 500);
  return next;
}

/** Answers of an older version of the form may no longer fit: then each is tried alone. */
function openSheet(form: Form, filing: Filing): Sheet {
  try { return form.open(filing.answers); } catch {
    const sheet = form.open();
    for (const { path, text } of filing.answers) try { sheet.answer(path, text); } catch { /* the question is gone */ }
    return sheet;
  }
}

/** The next pages' pictures and sounds now, so that a lost network does not blank them. */
function fetchPictures(): void {
  const now = work.peek();
  if (!now) return;
  const choices = questions.peek().filter((q) => q.kind === 'select_one' || q.kind === 'select_many').flatMap((q) => now.sheet.choices(q.path));
  const samples = now.service.materials.map((material) => material.sample && `${material.sample}.svg`);
  for (const url of new Set([...choices.map((choice) => choice.image), ...samples].map(mediaUrl))) if (url) new Image().src = url;
}

export function closeWork(): void {
  const now = work.peek();
  work.value = null;
  serverFindings.value = [];
  now?.sheet.close();
  now?.form.close();
}

/** Ask once: what the registries know of a proven person goes into the sheet. */
export async function takeKnown(now: Work): Promise<void> {
  if (session.peek().identity_level < 1 || now.filing.replaces) return;
  try {
    const known = await api.known(now.service.code);
    for (const { path, text, source } of known.answers) {
      if (now.sheet.value(path) !== '') continue;
      try { now.sheet.answer(path, text); now.filing.known[path] = source; } catch { /* not in this version */ }
    }
    for (const { material, label, on } of known.held) now.filing.held[material] = { label, on };
    changed();
    await keepFiling(now);
  } catch { /* without it the person is simply asked */ }
}

export async function restart(code: string): Promise<void> {
  const kept = await filingOf(code);
  if (kept) await forget(kept);
  closeWork();
}

/** An unfinished matter of another device, by its code. */
export async function takeDraft(draft: OpenDraft, code: string): Promise<void> {
  const service = await api.service(draft.service);
  await restart(draft.service);
  const filing: Filing = {
    ...newFiling(service), id: draft.instance_id, key: draft.key, answers: draft.answers,
    draft: { id: draft.id, key: draft.key, code, version: draft.version },
  };
  const sent = new Map(draft.files.map((file) => [file.name, file]));
  filing.files = draft.answers.filter((answer) => sent.has(answer.text))
    .map((answer) => ({ name: answer.text, path: answer.path, size: sent.get(answer.text)!.size, type: '' }));
  await begin(service, filing);
  await keepFiling(work.peek()!);
}

/** After a notice: the answers as sent, and only the named things may change. */
export async function startCorrection(view: CaseView, replaces: string): Promise<void> {
  const service = await api.service(view.service.code);
  await restart(service.code);
  const answers = view.answers ?? [];
  const before = Object.fromEntries(answers.map(({ path, text }) => [path, text]));
  const filing = { ...newFiling(service), answers, before, replaces, items: view.notice?.items ?? [] };
  await begin(service, filing);
  await keepFiling(work.peek()!);
}

/* -- changing ------------------------------------------------------------------------------------ */

export function changed(): void { revision.value += 1; }

export async function answer(path: string, text: string): Promise<void> {
  const now = work.peek()!;
  if (now.sheet.value(path) === text) return;
  now.sheet.answer(path, text);
  serverFindings.value = serverFindings.peek().filter((finding) => finding.path !== path);
  delete now.filing.known[path];
  changed();
  await keepFiling(now);
}

const holdsAnswer = (q: Question): boolean => q.value !== '' && !['note', 'group', 'repeat', 'hidden'].includes(q.kind);

export function answersNow(now: Work): Answer[] {
  return now.sheet.questions().filter((q) => holdsAnswer(q) && !q.isReadonly).map((q) => ({ path: q.path, text: q.value }));
}

let keeping: Promise<unknown> = Promise.resolve();

/** One after the other, so that an older state never overwrites a newer one. */
export function keepFiling(now: Work): Promise<unknown> {
  now.filing.answers = answersNow(now);
  now.filing.at = Date.now();
  const copy = structuredClone(now.filing);
  keeping = keeping.catch(() => undefined).then(() => save('filings', copy.id, copy));
  pushDraftSoon();
  return keeping;
}

export async function forget(filing: Filing): Promise<void> {
  for (const file of filing.files) await drop('photos', `${filing.id}/${file.name}`);
  await drop('filings', filing.id);
}

/* -- another device ------------------------------------------------------------------------------- */

let timer: ReturnType<typeof setTimeout> | undefined;

function pushDraftSoon(): void {
  clearTimeout(timer);
  if (work.peek()?.filing.draft) timer = setTimeout(() => void pushDraft().catch(() => undefined), 1500);
}

async function pushDraft(): Promise<void> {
  const now = work.peek();
  const draft = now?.filing.draft;
  if (!now || !draft) return;
  try {
    draft.version = (await api.keepDraft(draft.id, draft.key, draft.version, answersNow(now))).version;
    await save('filings', now.filing.id, structuredClone(now.filing));
  } catch (fault) {
    // Somebody went on elsewhere: their copy stays there, ours stays here.
    if (fault instanceof ApiError && fault.code === 'draft.changed') delete now.filing.draft;
  }
}

/** The code under which another phone, or the window, goes on. */
export async function askDraftCode(): Promise<string> {
  const now = work.peek()!;
  if (now.filing.draft) { await pushDraft(); return now.filing.draft?.code ?? ''; }
  const made = await api.newDraft(now.service.code, now.filing.id, answersNow(now));
  now.filing.draft = { id: made.id, key: made.key, code: made.code, version: 1 };
  await takeKey(now, made.key);
  return made.code;
}

/** Photos already sent belong to the old key: they get new names and go out again under the new one. */
async function takeKey(now: Work, key: string): Promise<void> {
  now.filing.key = key;
  for (const file of now.filing.files) {
    const photo = await photoOf(now.filing, file.name);
    if (!photo) continue;
    const name = file.name.replace(/-[0-9a-f]{6}(?=\.)/, `-${randomHex(3)}`);
    await save('photos', `${now.filing.id}/${name}`, photo);
    await drop('photos', `${now.filing.id}/${file.name}`);
    Object.assign(file, { name, hash: undefined });
    now.sheet.answer(file.path, name);
  }
  changed();
  await keepFiling(now);
  whenKeyChanged(now);
}

/** Set by files.ts, which sends. */
let whenKeyChanged: (now: Work) => void = () => undefined;
export const onNewKey = (send: (now: Work) => void): void => { whenKeyChanged = send; };

export const photoOf = (filing: Filing, name: string): Promise<Blob | undefined> => load<Blob>('photos', `${filing.id}/${name}`);
