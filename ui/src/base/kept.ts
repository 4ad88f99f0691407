/* Small settings of this device. A kiosk keeps nothing; a browser that forbids storage is no fault. */
import { isKiosk } from './kiosk';

export function kept(name: string): string | null {
  try { return isKiosk ? null : localStorage.getItem(`bangban.${name}`); } catch { return null; }
}

export function keep(name: string, value: string | null): void {
  if (isKiosk) return;
  try {
    if (value === null) localStorage.removeItem(`bangban.${name}`);
    else localStorage.setItem(`bangban.${name}`, value);
  } catch { /* private mode: the setting lasts until the page closes */ }
}
