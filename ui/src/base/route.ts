/* Hash routes. Each question has its own, so the browser's Back always works. */
import { signal } from '@preact/signals';

export interface Route { parts: string[]; query: URLSearchParams; hash: string }

function read(): Route {
  const hash = location.hash.replace(/^#\/?/, '');
  const [path = '', query = ''] = hash.split('?');
  return { parts: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query), hash };
}

export const route = signal<Route>(read());
/** How many pages of ours lie behind this one: 0 = Back would leave us. */
let depth = 0;

export const href = (...parts: (string | number)[]): string => `#/${parts.map((part) => encodeURIComponent(String(part))).join('/')}`;

export function go(...parts: (string | number)[]): void { depth += 1; location.hash = href(...parts); }

export function replace(...parts: (string | number)[]): void {
  history.replaceState(history.state, '', href(...parts));
  route.value = read();
}

export function goBack(fallback: string): void {
  if (depth > 0) { depth -= 1; history.back(); } else location.replace(fallback);
}

export function startRoutes(): void {
  addEventListener('hashchange', () => { route.value = read(); });
}
