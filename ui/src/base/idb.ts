/* What this phone keeps until the server has it: filings, their photos, receipts. An answer counts
 * as kept only when its transaction completes. A kiosk keeps everything in memory only. */
import { isKiosk } from './kiosk';

export type StoreName = 'filings' | 'photos' | 'receipts';
const memory = new Map<string, unknown>();
let isVolatile = isKiosk;
let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('bangban', 1);
    request.onupgradeneeded = () => {
      for (const name of ['filings', 'photos', 'receipts']) request.result.createObjectStore(name);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function run<T>(store: StoreName, mode: IDBTransactionMode, work: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await open();
  return new Promise((resolve, reject) => {
    const tx = db.transaction(store, mode);
    const request = work(tx.objectStore(store));
    tx.oncomplete = () => resolve(request.result);
    tx.onerror = tx.onabort = () => reject(tx.error ?? new Error('storage'));
  });
}

/** Private windows of some browsers have no database: then memory, which lives as long as the page. */
async function orMemory<T>(inDatabase: () => Promise<T>, inMemory: () => T): Promise<T> {
  if (isVolatile) return inMemory();
  try { return await inDatabase(); } catch (e) {
    if (e instanceof DOMException && e.name === 'QuotaExceededError') throw e;
    isVolatile = true;
    return inMemory();
  }
}

const name = (store: StoreName, key: string) => `${store}/${key}`;

export const load = <T>(store: StoreName, key: string): Promise<T | undefined> =>
  orMemory(() => run<T | undefined>(store, 'readonly', (s) => s.get(key)), () => memory.get(name(store, key)) as T | undefined);

export const save = (store: StoreName, key: string, value: unknown): Promise<unknown> =>
  orMemory<unknown>(() => run<IDBValidKey>(store, 'readwrite', (s) => s.put(value, key)), () => memory.set(name(store, key), value));

export const drop = (store: StoreName, key: string): Promise<unknown> =>
  orMemory<unknown>(() => run<undefined>(store, 'readwrite', (s) => s.delete(key)), () => memory.delete(name(store, key)));

export const loadAll = <T>(store: StoreName): Promise<T[]> =>
  orMemory(() => run<T[]>(store, 'readonly', (s) => s.getAll()),
    () => [...memory].filter(([key]) => key.startsWith(`${store}/`)).map(([, value]) => value as T));

export function wipeMemory(): void { memory.clear(); }
