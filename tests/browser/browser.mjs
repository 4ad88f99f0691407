// Chromium of the system, driven by playwright-core of ui/node_modules; production policies on, no
// request leaves the machine, any console error is a failure.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const require = createRequire(join(root, 'ui', 'package.json'));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const VIEWPORTS = {
  phone: { width: 360, height: 740 }, kiosk: { width: 1080, height: 1920 }, desk: { width: 1366, height: 768 },
};
const shots = process.env.BANGBAN_SHOTS ?? join(root, 'build', 'shots');

function chromiumPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const found = process.env.PATH.split(delimiter).map((folder) => join(folder, 'chromium')).find(existsSync);
  if (!found) throw new Error('no chromium in PATH; set CHROMIUM');
  return found;
}

export const launch = (more = []) => chromium.launch({
  executablePath: chromiumPath(), headless: true,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--font-render-hinting=none', ...more],
});

/** A device voice, so that 读给我听 is drawn as on a phone; it records what it is given to say. */
function stubVoice() {
  window.spoken = [];
  const voice = { lang: 'zh-CN', name: 'test', default: true, localService: true, voiceURI: 'test' };
  const synth = { getVoices: () => [voice], speak: (u) => { window.spoken.push(u.text); }, cancel() {}, addEventListener() {}, speaking: false };
  Object.defineProperty(window, 'speechSynthesis', { value: synth, configurable: true });
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
}

/** options: viewport name, voice, offline tests want serviceWorkers 'allow'. */
export async function openPage(browser, { viewport = 'phone', voice = true, serviceWorkers = 'block', locale = 'zh-CN', expected = [] } = {}) {
  const context = await browser.newContext({
    viewport: VIEWPORTS[viewport], deviceScaleFactor: viewport === 'phone' ? 2 : 1, hasTouch: viewport !== 'desk',
    isMobile: viewport === 'phone', locale, timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce', serviceWorkers, acceptDownloads: true,
  });
  if (voice) await context.addInitScript(stubVoice);
  const page = await context.newPage();
  page.faults = [];
  page.on('console', (message) => {
    const text = `${message.text()} ${message.location().url ?? ''}`;
    if (message.type() === 'error' && !expected.some((pattern) => pattern.test(text))) page.faults.push(`console: ${text}`);
  });
  page.on('pageerror', (error) => page.faults.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => { if (!expected.some((p) => p.test(`${request.url()} ${request.failure()?.errorText}`)) && request.failure()?.errorText !== 'net::ERR_ABORTED') page.faults.push(`failed: ${request.url()} ${request.failure()?.errorText}`); });
  page.allowed = new URL(process.env.BANGBAN_URL ?? 'http://127.0.0.1').hostname;
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.hostname !== page.allowed) page.faults.push(`left the house: ${request.url()}`);
  });
  return page;
}

export async function shoot(page, name, { full = false } = {}) {
  mkdirSync(shots, { recursive: true });
  if (!full) return page.screenshot({ path: join(shots, `${name}.png`) });
  // The page scrolls inside <main>: grow the window until nothing is hidden.
  const before = page.viewportSize();
  const extra = await page.evaluate(() => { const main = document.querySelector('main'); return main ? main.scrollHeight - main.clientHeight : 0; });
  if (extra > 0) await page.setViewportSize({ width: before.width, height: before.height + extra });
  await page.screenshot({ path: join(shots, `${name}.png`) });
  if (extra > 0) await page.setViewportSize(before);
}

/** Critical and serious findings of axe, as lines; [] = none. */
export async function axe(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource).catch(() => undefined);
  const result = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] }));
  return result.violations.filter((v) => ['critical', 'serious'].includes(v.impact))
    .map((v) => `axe ${v.impact} ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(' | ')} ${v.nodes[0]?.failureSummary?.split('\n')[1] ?? ''}`);
}

/** Measures of the checklist: row 3 main controls, row 4 others and their gaps, sideways scroll, cut words. */
export function measures(page, { main, other, gap }) {
  return page.evaluate(({ main, other, gap }) => {
    const faults = [];
    const seen = (e) => { const b = e.getBoundingClientRect(); const s = getComputedStyle(e); return b.width > 1 && b.height > 1 && s.visibility !== 'hidden' && !e.closest('[aria-hidden="true"], .vh'); };
    const name = (e) => `${e.tagName.toLowerCase()}.${e.className} "${(e.textContent || e.id || e.getAttribute('aria-label') || '').trim().slice(0, 14)}"`;
    const boxes = [];
    for (const e of document.querySelectorAll('a[href], button, input:not([type=file]), select, textarea, label.opt')) {
      if (!seen(e) || e.closest('dialog:not([open])')) continue;
      const isInside = e.matches('input[type=radio], input[type=checkbox]') && e.closest('label');
      if (isInside) continue;
      const box = e.getBoundingClientRect();
      const place = e.closest('[role=region][tabindex="0"], main, nav.bar, header, dialog, footer, .foot');
      const wanted = e.matches('.btn-pri, .tile, .opt, .bar .btn') ? main : other;
      if (Math.min(box.width, box.height) + 0.6 < wanted) faults.push(`small ${Math.round(box.width)}x${Math.round(box.height)} < ${wanted}: ${name(e)}`);
      boxes.push([e, box, place]);
    }
    for (let i = 0; i < boxes.length; i += 1) for (let j = i + 1; j < boxes.length; j += 1) {
      const [a, p, here] = boxes[i], [b, q, there] = boxes[j];
      // what a scrolling part hides below another part of the page is not beside it
      if (here !== there || a.contains(b) || b.contains(a)) continue;
      const dx = Math.max(p.left, q.left) - Math.min(p.right, q.right), dy = Math.max(p.top, q.top) - Math.min(p.bottom, q.bottom);
      const apart = Math.max(dx, dy);
      if (apart + 0.6 < gap && dx < 0 !== dy < 0) faults.push(`gap ${apart.toFixed(1)} < ${gap}: ${name(a)} / ${name(b)}`);
      if (dx < -1 && dy < -1) faults.push(`overlap: ${name(a)} / ${name(b)}`);
    }
    if (document.documentElement.scrollWidth > innerWidth) faults.push(`sideways: ${document.documentElement.scrollWidth} > ${innerWidth}`);
    for (const e of document.querySelectorAll('main, main *, .bar *')) {
      // what is meant to scroll sideways is a region of its own that the keyboard reaches
      if (!seen(e) || e.matches('.vh, svg *, input, textarea, [role=region][tabindex="0"], .tabs')) continue;
      if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && getComputedStyle(e).display !== 'inline') faults.push(`cut: ${name(e)} ${e.scrollWidth} > ${e.clientWidth}`);
    }
    return faults;
  }, { main, other, gap });
}

/** Each control, scrolled into view, must be what lies under five of its points. */
export function covered(page) {
  return page.evaluate(() => {
    const faults = [];
    for (const e of document.querySelectorAll('a[href], button, input, select, textarea')) {
      if (e.closest('.vh, [aria-hidden="true"], dialog:not([open])') || (document.querySelector('dialog[open]') && !e.closest('dialog'))) continue;
      e.scrollIntoView({ block: 'center' });
      const b = e.getBoundingClientRect();
      if (b.width < 2) continue;
      const points = [[0.5, 0.5], [0.2, 0.3], [0.8, 0.3], [0.2, 0.7], [0.8, 0.7]];
      for (const [x, y] of points) {
        const hit = document.elementFromPoint(b.left + b.width * x, b.top + b.height * y);
        if (hit && !(e.contains(hit) || hit.contains(e))) { faults.push(`covered: ${e.tagName} "${(e.textContent || e.id).trim().slice(0, 14)}" by ${hit.tagName}.${hit.className}`); break; }
      }
    }
    return faults;
  });
}

export const LIMITS = { phone: { main: 60, other: 44, gap: 8 }, kiosk: { main: 72, other: 60, gap: 16 }, desk: { main: 32, other: 24, gap: 4 } };

/** All gates of one state of one screen. */
export async function gates(page, viewport) {
  await page.evaluate(() => document.fonts.ready);
  const found = [...await measures(page, LIMITS[viewport]), ...await covered(page), ...await axe(page), ...page.faults];
  page.faults.length = 0;
  await page.evaluate(() => document.querySelector('main')?.scrollTo(0, 0));
  return [...new Set(found)];
}
