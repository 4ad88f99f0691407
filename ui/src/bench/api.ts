/* The staff's routes of the server (docs/api.md). */
import { ApiError, call, errorWords } from '../base/api';
import { language } from '../base/words';
import type {
  Area, AuditPage, Check, Person, PublishedService, Registry, RegistryPage, Role, Staff, StaffCase, Trips, Unit, WorkList,
} from './types';

const part = encodeURIComponent;
const get = <T>(path: string) => call<T>('GET', path);
const post = <T>(path: string, json: unknown = {}) => call<T>('POST', path, { json });

export interface WorkFilter { q: string; service: string; area: string; state: string; page: number }
export interface ActionFile { name: string; hash: string; kind: '' | 'signature' }
/** What some actions need besides words: files, a visit, the day of a written notice, by how much. */
export interface ActionMore { files?: ActionFile[]; visit?: { cause: string }; told_on?: string; amount?: number }
export interface ActionBody extends ActionMore { version: number; reason: string; note: string; items: { path: string; material: string; text: string }[] }

const query = (values: Record<string, string | number>): string => {
  const all = Object.entries(values).filter(([, value]) => value !== '' && value !== 0);
  return all.length ? `?${all.map(([key, value]) => `${key}=${part(String(value))}`).join('&')}` : '';
};

export const staffApi = {
  work: (filter: WorkFilter) => get<WorkList>(`/v1/work${query({ ...filter })}`),
  case: (ref: string) => get<StaffCase>(`/v1/cases/${part(ref)}`),
  act: (ref: string, action: string, body: ActionBody) => post<StaffCase>(`/v1/cases/${part(ref)}/actions/${part(action)}`, body),
  sendFile: (ref: string, name: string, bytes: Blob) => call<{ name: string; size: number; hash: string }>('POST', `/v1/cases/${part(ref)}/files/${part(name)}`,
    { bytes, headers: { 'Content-Type': bytes.type || 'application/octet-stream' } }),
  takeBack: (ref: string, version: number) => post<StaffCase>(`/v1/cases/${part(ref)}/take-back`, { version }),
  visit: (ref: string, cause: string, is_wasted: boolean, note = '') => post<StaffCase>(`/v1/cases/${part(ref)}/visits`, { cause, is_wasted, note }),
  unmask: (ref: string, reason: string) => post<{ id_number: string; phone: string }>(`/v1/cases/${part(ref)}/unmask`, { reason }),
  claim: (ref: string) => post<{ code: string }>(`/v1/cases/${part(ref)}/claim`),
  findPeople: (found: { id_number: string } | { name: string }) => post<{ found: Person[] }>('/v1/people/find', found).then((r) => r.found),
  areas: () => get<{ areas: Area[] }>('/v1/areas').then((r) => r.areas),
  units: () => get<{ units: Unit[] }>('/v1/units').then((r) => r.units),
  roles: () => get<{ roles: Role[] }>('/v1/roles').then((r) => r.roles),
  staff: () => get<{ staff: Staff[] }>('/v1/staff').then((r) => r.staff),
  addStaff: (sign_in: string, name: string, phone: string) => post<Staff>('/v1/staff', { sign_in, name, phone }),
  changeStaff: (id: string, change: { name: string; phone: string; state: string }) => call<Staff>('PUT', `/v1/staff/${part(id)}`, { json: change }),
  addPost: (id: string, fresh: { unit: string; area: string; role: string; valid_from: string; valid_to: string }) => post<Staff>(`/v1/staff/${part(id)}/posts`, fresh),
  endPost: (id: string, postId: string) => call<Staff>('DELETE', `/v1/staff/${part(id)}/posts/${part(postId)}`),
  resetPassword: (id: string) => post<{ password: string }>(`/v1/staff/${part(id)}/password`),
  check: (bytes: ArrayBuffer) => call<Check>('POST', '/v1/publish/check', { bytes }),
  publish: (bytes: ArrayBuffer) => call<{ code: string; version: string; is_unchanged: boolean }>('POST', '/v1/publish', { bytes }),
  published: () => get<{ services: PublishedService[] }>('/v1/publish/services').then((r) => r.services),
  registries: () => get<{ registries: Registry[] }>('/v1/registries').then((r) => r.registries),
  registry: (name: string, q: string, page: number) => get<RegistryPage>(`/v1/registries/${part(name)}${query({ q, page })}`),
  trips: () => get<Trips>('/v1/reports/trips'),
  audit: (page: number) => get<AuditPage>(`/v1/audit${query({ page })}`),
};

/** The workbook with its faults as comments of its cells; offered as a download. */
export async function annotated(bytes: ArrayBuffer): Promise<Blob> {
  const headers: Record<string, string> = { 'Content-Type': 'application/octet-stream' };
  if (language.peek() === 'en') headers['Accept-Language'] = 'en';
  const answer = await fetch('/v1/publish/annotated', { method: 'POST', body: bytes, headers });
  if (!answer.ok) throw new ApiError(answer.status, 'server', errorWords('server', ''));
  return answer.blob();
}
