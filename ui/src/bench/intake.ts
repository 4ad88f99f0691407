/* What is being taken in at the counter. It lives in the memory of this page only, and on the server as
 * a draft as soon as a photograph or a pause needs one: a desk is shared. */
import { api } from '../base/api';
import { uuid } from '../base/ids';
import type { Answer, OpenDraft } from '../base/types';
import type { Sheet } from '../engine/engine';

export interface Kept { id: string; key: string; code: string; version: number }
export interface Taken { name: string; url: string; isPicture: boolean }
export interface Intake { id: string; service: string; answers: Answer[]; files: Record<string, Taken>; draft: Kept | null }

export const fresh = (service: string): Intake => ({ id: `uuid:${uuid()}`, service, answers: [], files: {}, draft: null });

/** A draft as it was kept, on whatever device. */
export function fromDraft(draft: OpenDraft, code: string): Intake {
  const sent = new Set(draft.files.map((file) => file.name));
  const files = Object.fromEntries(draft.answers.filter((one) => sent.has(one.text)).map((one) => [one.path, { name: one.text, url: '', isPicture: false }]));
  return { id: draft.instance_id, service: draft.service, answers: draft.answers, files, draft: { id: draft.id, key: draft.key, code: grouped(code), version: draft.version } };
}

export const grouped = (code: string): string => code.replace(/\D/g, '').replace(/^(\d{4})(\d{4})$/, '$1 $2');

/** What a person answered; what the form computes is computed again. */
export const answersOf = (sheet: Sheet): Answer[] =>
  sheet.questions().filter((one) => !['note', 'group', 'repeat', 'hidden'].includes(one.kind) && !one.isReadonly && one.value).map((one) => ({ path: one.path, text: one.value }));

/** The draft on the server: one per intake, its key is the key of all its files. */
export class DraftKeeper {
  private opening: Promise<Kept> | undefined;
  constructor(private readonly intake: Intake, private readonly sheet: Sheet, public kept: Kept | null) {}

  /** The draft, begun when it is first needed. */
  async begun(): Promise<Kept> {
    if (this.kept) return this.kept;
    this.opening ??= api.newDraft(this.intake.service, this.intake.id, answersOf(this.sheet))
      .then((draft) => (this.kept = { id: draft.id, key: draft.key, code: draft.code, version: 1 }))
      .finally(() => { this.opening = undefined; });
    return this.opening;
  }

  async save(answers = answersOf(this.sheet)): Promise<Kept> {
    const isNew = !this.kept;
    const kept = await this.begun();
    if (isNew) return kept;
    const { version } = await api.keepDraft(kept.id, kept.key, kept.version, answers);
    return (this.kept = { ...kept, version });
  }
}
