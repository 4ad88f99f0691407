/* Is there a network, as far as the page can tell: the browser's word, corrected by our own calls. */
import { signal } from '@preact/signals';

export const isOnline = signal(navigator.onLine);
const waiters = new Set<() => void>();

/** Called whenever the network may be back; also when the page is shown again. */
export function whenOnline(work: () => void): void { waiters.add(work); }

export function sawNetwork(isThere: boolean): void { isOnline.value = isThere; }

export function startNet(): void {
  const back = () => { isOnline.value = true; waiters.forEach((work) => work()); };
  addEventListener('online', back);
  addEventListener('offline', () => { isOnline.value = false; });
  addEventListener('pageshow', () => { if (navigator.onLine) waiters.forEach((work) => work()); });
}
