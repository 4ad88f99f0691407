/* How large, and for whom: 长辈版 and kiosk are classes of the body; the style sheet does the rest. */
import { signal } from '@preact/signals';
import { isKiosk } from './kiosk';
import { keep, kept } from './kept';

export const isElder = signal(kept('elder') === '1' || new URLSearchParams(location.search).get('elder') === '1');
/** Staff pages have their own measures. */
export const isBench = signal(false);

export function toggleElder(): void {
  isElder.value = !isElder.value;
  keep('elder', isElder.value ? '1' : null);
}

export function applyLook(): void {
  document.body.classList.toggle('kiosk', isKiosk && !isBench.value);
  document.body.classList.toggle('elder', isElder.value && !isBench.value);
  document.body.classList.toggle('bench', isBench.value);
}
