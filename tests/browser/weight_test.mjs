// What a page weighs (gzip -9): the first page of a resident, the engine, the worker, the desks.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from './browser.mjs';
import { finish, holds, none, test } from './check.mjs';

const dist = process.env.BANGBAN_UI ?? join(root, 'ui', 'dist');
const weigh = (...names) => names.reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, name)), { level: 9 }).length, 0);
const assets = readdirSync(join(dist, 'assets')).map((name) => `assets/${name}`);
const first = [...readFileSync(join(dist, 'index.html'), 'utf8').matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map((m) => m[1]);
const limit = (kib, bytes, what) => { console.log(`        ${what}: ${(bytes / 1024).toFixed(1)} KB gz of ${kib}`); holds(bytes <= kib * 1024, `${what}: ${bytes} bytes gz > ${kib} KB`); };

await test('first page JS and CSS <= 50 KB gz', () => { holds(first.length >= 2, `found only ${first}`); limit(50, weigh(...first), 'first page'); });
await test('engine.wasm <= 60 KB gz, its glue <= 4 KB', () => {
  limit(60, weigh(...assets.filter((name) => name.endsWith('.wasm'))), 'engine');
  limit(4, weigh(...assets.filter((name) => /\/engine-[^/]+\.js$/.test(name))), 'glue');
});
await test('service worker <= 2 KB gz', () => limit(2, weigh('sw.js'), 'worker'));
await test('a desk of the staff, first page included, <= 120 KB gz', () => limit(120, weigh(...first, ...assets.filter((name) => /\/desk-[^/]+\.(js|css)$/.test(name))), 'desk'));
await test('no address that the content security policy refuses', () => {
  none(assets.filter((name) => /\.css$/.test(name) && /url\(["']?data:/.test(readFileSync(join(dist, name), 'utf8'))).map((name) => `data: in ${name}`));
  none(/<script(?![^>]*src=)|<style|style="/.test(readFileSync(join(dist, 'index.html'), 'utf8')) ? ['inline script or style in index.html'] : []);
});
await test('all files the service worker keeps are there', () => {
  const listed = [...readFileSync(join(dist, 'sw.js'), 'utf8').matchAll(/"\.\/([^"]+)"/g)].map((m) => m[1]);
  holds(listed.length > 8, `only ${listed.length} files`);
  none(listed.filter((name) => !existsSync(join(dist, name))));
});
finish();
