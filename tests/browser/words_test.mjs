// The words of the screens: both languages complete, short sentences, every error has words.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './browser.mjs';
import { finish, holds, none, test } from './check.mjs';

const read = (...parts) => JSON.parse(readFileSync(join(root, 'ui', 'src', ...parts), 'utf8'));
const holes = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join(' ');

function compare(zh, en) {
  const faults = [];
  for (const key of new Set([...Object.keys(zh), ...Object.keys(en)])) {
    if (!zh[key]?.trim()) faults.push(`no Chinese: ${key}`);
    else if (!en[key]?.trim()) faults.push(`no English: ${key}`);
    else if (holes(zh[key]) !== holes(en[key])) faults.push(`other values: ${key}: ${holes(zh[key])} / ${holes(en[key])}`);
  }
  return faults;
}

await test('residents: Chinese and English have the same keys and values', () => none(compare(read('words', 'zh.json'), read('words', 'en.json'))));
await test('staff: Chinese and English have the same keys and values', () => none(compare(read('bench', 'zh.json'), read('bench', 'en.json'))));
await test('the comparison sees a missing key, a missing value', () => {
  holds(compare({ a: 'x', b: '{n}' }, { b: 'y' }).length === 2, 'not seen');
});
await test('residents: no clause longer than 20 characters', () => {
  const long = Object.entries(read('words', 'zh.json')).flatMap(([key, text]) => text.split(/[。？！；，：]/).filter((part) => part.length > 20).map((part) => `${key}: ${part}`));
  none(long);
});
await test('every error code has a sentence in both languages to fall back on', () => {
  const rows = readFileSync(join(root, 'docs', 'errors.txt'), 'utf8').trim().split('\n').slice(1).map((row) => row.split('\t'));
  holds(rows.length > 50, `only ${rows.length} codes`);
  const own = read('words', 'zh.json');
  none(rows.filter(([code, kind, en, zh]) => !kind.startsWith('note') && !own[`error.${code}`] && !(en?.trim() && zh?.trim())).map(([code]) => `no words: ${code}`));
});
await test('our own words for an error name a code that exists', () => {
  const codes = new Set(readFileSync(join(root, 'docs', 'errors.txt'), 'utf8').split('\n').map((row) => row.split('\t')[0]));
  none(Object.keys(read('words', 'zh.json')).filter((key) => key.startsWith('error.') && !['error.network'].includes(key) && !codes.has(key.slice(6))));
});
finish();
