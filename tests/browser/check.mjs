// The smallest test harness: named tests one after the other, closing line `N passed, N failed`.
import { isDeepStrictEqual } from 'node:util';

let passed = 0, failed = 0;

export async function test(name, body) {
  const start = Date.now();
  try {
    await body();
    passed += 1;
    console.log(`ok      ${name} (${Date.now() - start} ms)`);
  } catch (fault) {
    failed += 1;
    console.log(`FAILED  ${name}\n        ${String(fault.stack ?? fault).split('\n').slice(0, 12).join('\n        ')}`);
  }
}

export function same(got, wanted, what = '') {
  if (!isDeepStrictEqual(got, wanted)) throw new Error(`${what}: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
}

export function holds(condition, what) { if (!condition) throw new Error(what); }

export const none = (faults, what = '') => { if (faults.length) throw new Error(`${what}\n${faults.join('\n')}`); };

/** The closing line; with what another process counted, if there was one. */
export function finish(alsoPassed = 0, alsoFailed = 0) {
  passed += alsoPassed;
  failed += alsoFailed;
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}
