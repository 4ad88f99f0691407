/* The service worker: the shell for the next visit. Fetched when the first page has what it needs;
 * a new version takes over only where no form is open. */
import { route } from './route';

const QUIET_MS = 3000;
const isFirstPage = () => route.peek().parts.length === 0;

export function startShell(): void {
  addEventListener('load', () => setTimeout(() => void register().catch(() => undefined), QUIET_MS));
}

async function register(): Promise<void> {
  const hadShell = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener('controllerchange', () => { if (hadShell && isFirstPage()) location.reload(); });
  const shell: ServiceWorkerRegistration | undefined = await navigator.serviceWorker.register('./sw.js');
  if (!shell) return; // a browser that blocks workers
  offer(shell);
  route.subscribe(() => offer(shell));
}

function offer(shell: ServiceWorkerRegistration): void {
  if (!isFirstPage() || !shell.waiting) return;
  shell.waiting.postMessage('take over');
  // Asking for the registration wakes Chromium, which else lets the old worker rest for long.
  setTimeout(() => void navigator.serviceWorker.getRegistration(), 100);
}
