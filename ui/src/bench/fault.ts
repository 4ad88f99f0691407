/* The words of what went wrong on a desk. A session that ended does not throw the work away: the desk
 * asks for the password again on top of it. A right that was taken away is gone from the menus at once. */
import { signal } from '@preact/signals';
import { api, ApiError, faultWords as words } from '../base/api';
import { session, takeSession } from '../base/session';
import { b } from './words';

/** The server no longer knows us: what is on the screen waits until somebody signs in again. */
export const hasLapsed = signal(false);
/** Counts sign-ins on top of the work: what was being loaded is asked for once more. */
export const returns = signal(0);

export function faultWords(fault: unknown): string {
  if (!(fault instanceof ApiError)) return words(fault);
  if (fault.status === 401) { hasLapsed.value = true; return b('lapsed.again'); }
  if (fault.code === 'right.missing') void refreshRights();
  return fault.code === 'case.changed' ? b('case.changed') : words(fault);
}

/** Posts given or ended meanwhile, without a new sign-in. */
export async function refreshRights(): Promise<void> {
  try {
    const next = await api.session();
    if (next.kind !== 'staff') hasLapsed.value = true;
    else if (JSON.stringify(next) !== JSON.stringify(session.peek())) takeSession(next);
  } catch { /* no network: the menus stay as they are */ }
}
