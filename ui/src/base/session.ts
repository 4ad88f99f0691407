/* Who is here, and whose house it is. Asked once at the start and after each sign-in. */
import { signal } from '@preact/signals';
import { api } from './api';
import { keep, kept } from './kept';
import type { Session } from './types';

const nobody: Session = {
  signed_in: false, kind: '', person: null, posts: [], rights: [], identity_level: -1, must_change_password: false,
  tenant: { name: kept('tenant.name') ?? '', phone: kept('tenant.phone') ?? '', code: '' },
};

export const session = signal<Session>(nobody);
export const isSessionKnown = signal(false);

export async function readSession(): Promise<void> {
  try { takeSession(await api.session()); } catch { /* offline: what we knew of the house stays */ }
  isSessionKnown.value = true;
}

export function takeSession(next: Session): void {
  session.value = next;
  isSessionKnown.value = true;
  keep('tenant.name', next.tenant.name);
  keep('tenant.phone', next.tenant.phone);
}

export const may = (right: string): boolean => session.value.rights.includes(right);
