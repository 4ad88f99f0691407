/* The typed client of the server (docs/api.md). Every fault is an ApiError with words for people:
 * the server's own sentence, or ours when there was no answer. */
import { sawNetwork } from './net';
import type {
  Answer, CaseView, Draft, Finding, Known, OpenDraft, Receipt, Service, ServiceCard, Session, SubmissionBody,
} from './types';
import { language } from './words';
import { w } from '../words/words';

export class ApiError extends Error {
  constructor(
    readonly status: number, readonly code: string, message: string, readonly where = '',
    readonly findings: Finding[] = [], readonly body: Record<string, unknown> = {},
  ) { super(message); }
  /** No answer, or a server that is busy: the same call may succeed later. */
  get isPassing(): boolean { return [0, 408, 425, 429, 500, 502, 503, 504, 507].includes(this.status); }
}

/** The words of any fault, for showing. */
export const faultWords = (fault: unknown): string => (fault instanceof ApiError ? fault.message : w('fault.page'));

interface CallOptions { json?: unknown; bytes?: Blob | ArrayBuffer | Uint8Array; headers?: Record<string, string>; signal?: AbortSignal }

/** For screens with routes of their own: call('GET', '/v1/work?page=2'). */
export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const answer = await fetchOrFault(path, requestOf(method, options));
  sawNetwork(true);
  const text = await answer.text();
  if (answer.ok) return (text ? JSON.parse(text) : {}) as T;
  throw faultOf(answer, text);
}

function requestOf(method: string, { json, bytes, headers, signal }: CallOptions): RequestInit {
  const request: RequestInit = { method, headers: { ...headers } };
  const all = request.headers as Record<string, string>;
  if (language.peek() === 'en') all['Accept-Language'] = 'en';
  if (signal) request.signal = signal;
  if (json !== undefined) { request.body = JSON.stringify(json); all['Content-Type'] = 'application/json'; }
  if (bytes !== undefined) { request.body = bytes as BodyInit; all['Content-Type'] ??= 'application/octet-stream'; }
  return request;
}

async function fetchOrFault(path: string, request: RequestInit): Promise<Response> {
  try { return await fetch(path, request); } catch {
    sawNetwork(false);
    throw new ApiError(0, 'network', w('fault.network'));
  }
}

function faultOf(answer: Response, text: string): ApiError {
  try {
    const { error } = JSON.parse(text) as { error: Record<string, unknown> };
    const findings = (error.findings ?? []) as Finding[];
    return new ApiError(answer.status, String(error.code), errorWords(String(error.code), String(error.message ?? '')),
      String(error.where ?? ''), findings, error);
  } catch { return new ApiError(answer.status, 'server', w('fault.server')); }
}

/** Our own words for a code where they help more; else the server's sentence, which is in the reader's language. */
export function errorWords(code: string, sentence: string): string {
  const own = `error.${code}`;
  const words = w(own as Parameters<typeof w>[0]);
  return words === own ? sentence || w('fault.server') : words;
}

const part = encodeURIComponent;
const get = <T>(path: string) => call<T>('GET', path);
const post = <T>(path: string, json: unknown = {}) => call<T>('POST', path, { json });

export const api = {
  session: () => get<Session>('/v1/session'),
  signIn: (name: string, password: string) => post<Session>('/v1/session', { name, password }),
  signOut: () => call('DELETE', '/v1/session'),
  changePassword: (old: string, fresh: string) => post('/v1/session/password', { old, new: fresh }),
  services: (q = '') => get<{ services: ServiceCard[] }>(q ? `/v1/services?q=${part(q)}` : '/v1/services').then((r) => r.services),
  service: (code: string) => get<Service>(`/v1/services/${part(code)}`),
  known: (code: string) => get<Known>(`/v1/services/${part(code)}/known`),
  prove: (code: string, last4: string) => post<{ identity_level: number; person: { name: string } }>('/v1/identity', { code, last4 }),
  newDraft: (service: string, instance_id: string, answers: Answer[]) => post<Draft>('/v1/drafts', { service, answers, instance_id }),
  keepDraft: (id: string, key: string, version: number, answers: Answer[]) =>
    call<{ version: number }>('PUT', `/v1/drafts/${part(id)}`, { json: { key, version, answers } }),
  openDraft: (code: string) => post<OpenDraft>('/v1/drafts/open', { code }),
  upload: (instance: string, name: string, key: string, photo: Blob) =>
    call<{ name: string; size: number; hash: string }>('POST', `/v1/uploads/${part(instance)}/${part(name)}`,
      { bytes: photo, headers: { 'X-Bangban-Key': key, 'Content-Type': photo.type || 'application/octet-stream' } }),
  submit: (body: SubmissionBody) => post<Receipt>('/v1/submissions', body),
  track: (refOrCode: { ref: string } | { code: string }, last4: string) => post<CaseView>('/v1/track', { ...refOrCode, last4 }),
  myCase: () => get<CaseView>('/v1/my/case'),
  rate: (level: number, words: string) => post<CaseView>('/v1/my/case/rating', { level, words }),
};

export async function image(address: string): Promise<Uint8Array> {
  const answer = await fetchOrFault(address, {});
  if (!answer.ok) throw new ApiError(answer.status, 'server', w('fault.server'));
  return new Uint8Array(await answer.arrayBuffer());
}
