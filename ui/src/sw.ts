/* The shell without a network. Hashed files and media: from the cache first. What the server says:
 * from the network first, the last known answer only when there is none. A new shell waits: it never
 * takes over a page that is in the middle of a form. */
/// <reference lib="webworker" />
export {};
declare const self: ServiceWorkerGlobalScope;
declare const SHELL_VERSION: string;
declare const SHELL_FILES: string[];

const SHELL = `shell-${SHELL_VERSION}`;
const MEDIA = 'media', DATA = 'data';
/** Safe to keep on this phone: public, the same for everybody. */
const PUBLIC_DATA = /^\/v1\/(services(\/[^/]+)?|areas)$/;
const FOREVER = /^\/v1\/(images|media|pictures)\/|\/pictures\//;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(SHELL_FILES)));
});

/** Said by a page that stands on the first screen with no form open. */
self.addEventListener('message', (event) => { if (event.data === 'take over') event.waitUntil(self.skipWaiting()); });

/* The shell before this one stays: a page that was opened from it may still fetch its parts. */
self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(
    names.filter((name) => name.startsWith('shell-') && name !== SHELL).slice(0, -1).map((name) => caches.delete(name)))));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate') event.respondWith(shellPage(request));
  else if (FOREVER.test(url.pathname)) event.respondWith(cacheFirst(request, MEDIA));
  else if (PUBLIC_DATA.test(url.pathname) && !url.search) event.respondWith(networkFirst(request, DATA));
  else if (!url.pathname.startsWith('/v1/')) event.respondWith(cacheFirst(request, SHELL));
});

async function cacheFirst(request: Request, name: string): Promise<Response> {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && name === MEDIA) await (await caches.open(name)).put(request, answer.clone());
  return answer;
}

/** The page that belongs to this shell's files; a later visit does not wait for the network. */
async function shellPage(request: Request): Promise<Response> {
  const page = new URL(request.url).pathname === new URL('./', location.href).pathname;
  return (page && (await (await caches.open(SHELL)).match('./'))) || fetch(request);
}

async function networkFirst(request: Request, name: string): Promise<Response> {
  try {
    const answer = await fetch(request);
    if (answer.ok && name === DATA) await (await caches.open(name)).put(request, answer.clone());
    return answer;
  } catch (fault) {
    const kept = await caches.match(request);
    if (kept) return kept;
    throw fault;
  }
}
