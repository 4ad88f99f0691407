/* 提交. Safe to repeat: the filing's own id is the key, so a lost reply costs nothing. Without a
 * network the filing waits here and goes out by itself. */
import { signal } from '@preact/signals';
import { api, ApiError } from '../base/api';
import { load, loadAll, save } from '../base/idb';
import { isKiosk } from '../base/kiosk';
import { keep } from '../base/kept';
import { whenOnline } from '../base/net';
import type { CaseView, Receipt, SubmissionBody } from '../base/types';
import { sendAll } from './files';
import { pathOf } from './lists';
import { closeWork, forget, keepFiling, openWork, serverFindings, work, type Filing, type Work } from './work';

export interface KeptReceipt { instance_id: string; ref: string; code: string; qr: string; service: string; title: string; received_at: number; case: CaseView | null }
/** The receipt of this visit; from an earlier one the kept copy is read. */
export const receipt = signal<KeptReceipt | null>(null);

export type Outcome = 'received' | 'waiting' | 'findings';

export async function submit(now: Work): Promise<Outcome> {
  try {
    if (!(await sendAll(now))) return await wait(now);
    await receive(now, await api.submit(bodyOf(now)));
    return 'received';
  } catch (fault) {
    if (!(fault instanceof ApiError)) throw fault;
    if (fault.isPassing) return wait(now);
    if (fault.code !== 'submission.invalid') throw fault;
    serverFindings.value = fault.findings;
    now.filing.state = 'draft';
    return 'findings';
  }
}

async function wait(now: Work): Promise<Outcome> {
  now.filing.state = 'waiting';
  await keepFiling(now);
  return 'waiting';
}

function bodyOf({ filing, sheet, service }: Work): SubmissionBody {
  const body: SubmissionBody = {
    service: service.code, version: filing.version, instance_id: filing.id, key: filing.key, xml: sheet.xml(filing.id),
    files: filing.files.map(({ name, hash }) => ({ name, hash: hash ?? '' })),
  };
  if (filing.draft) body.draft = filing.draft.id;
  if (filing.replaces) body.replaces = filing.replaces;
  return body;
}

async function receive(now: Work, got: Receipt): Promise<void> {
  const { service, filing } = now;
  const last4 = now.sheet.value(pathOf(service.applicant_id)).slice(-4);
  const kept: KeptReceipt = {
    instance_id: got.instance_id, ref: got.ref, code: got.code, qr: got.qr, service: service.code, title: service.title, received_at: got.received_at, case: got.case,
  };
  // A correction keeps the first receipt's code.
  const first = got.code ? undefined : await load<KeptReceipt>('receipts', kept.ref);
  if (first) Object.assign(kept, { code: first.code, qr: first.qr, received_at: first.received_at });
  receipt.value = kept;
  await save('receipts', kept.ref, kept);
  await forget(filing);
  closeWork();
  if (kept.code && last4.length === 4) await follow(kept.code, last4);
}

/** Opens the tracking session, so that the case is the top card of the first page. */
async function follow(code: string, last4: string): Promise<void> {
  try { await api.track({ code }, last4); keep('tracked', '1'); } catch { /* the receipt's code does it later */ }
}

let flushing: Promise<void> | undefined;

/** What waits goes out, one at a time, and only from one of several open pages. */
export function flush(): Promise<void> {
  flushing ??= once(async () => {
    const waiting = (await loadAll<Filing>('filings')).filter((one) => one.state === 'waiting');
    for (const filing of waiting) await submit(await openWork(filing.service));
  }).catch(() => undefined).finally(() => { flushing = undefined; });
  return flushing;
}

const once = (run: () => Promise<void>): Promise<void> =>
  ('locks' in navigator ? navigator.locks.request('bb-outbox', { ifAvailable: true }, (lock) => (lock ? run() : undefined)) as Promise<void> : run());

if (!isKiosk) whenOnline(() => { if (!work.peek() || work.peek()!.filing.state === 'waiting') void flush(); });

export const keptReceipts = (): Promise<KeptReceipt[]> =>
  loadAll<KeptReceipt>('receipts').then((all) => all.sort((a, b) => b.received_at - a.received_at));
