// A new build is published while somebody fills in: nothing reloads there; the next visit has it.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, openPage, root } from './browser.mjs';
import { finish, none, same, test } from './check.mjs';
import { guide, openService } from './steps.mjs';

const dist = mkdtempSync(join(tmpdir(), 'bangban-ui-'));
cpSync(process.env.BANGBAN_UI ?? join(root, 'ui', 'dist'), dist, { recursive: true });
process.env.BANGBAN_UI = dist;
const { openTown } = await import('./town.mjs');
const town = await openTown(['disability_subsidy']);
process.env.BANGBAN_URL = town.url;
const browser = await launch();

/** Asked from outside, because the page itself is loaded anew meanwhile. Chromium lets the old worker
 *  rest for half a minute before it changes over. */
async function eventually(ask) {
  for (let tries = 0; tries < 280; tries += 1) {
    if (await ask().catch(() => false)) return;
    await new Promise((done) => setTimeout(done, 250));
  }
  throw new Error('it never came true');
}

await test('a waiting version does not touch an open form, and the next visit has it', async () => {
  const page = await openPage(browser, { serviceWorkers: 'allow' });
  await page.goto(town.url);
  await page.waitForSelector('.tile');
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await openService(page, town.url, '残疾人两项补贴');
  await guide(page, ['两种都要']);
  writeFileSync(join(dist, 'sw.js'), readFileSync(join(dist, 'sw.js'), 'utf8').replace(/shell-/g, 'shell-b'));
  await page.evaluate(() => { window.sameDocument = true; });
  await page.evaluate(() => navigator.serviceWorker.getRegistration().then((shell) => shell.update()));
  await page.waitForFunction(() => navigator.serviceWorker.getRegistration().then((shell) => Boolean(shell.waiting)));
  await guide(page, ['一级']);
  await page.waitForTimeout(1000);
  same(await page.evaluate(() => [window.sameDocument, document.querySelector('h1').textContent]), [true, '是哪一类残疾？']);
  const later = await page.context().newPage();
  await page.close();
  await later.goto(town.url);
  await eventually(() => later.evaluate(() => navigator.serviceWorker.getRegistration().then((shell) => Boolean(shell.active) && !shell.waiting)));
  await later.locator('.tile', { hasText: '残疾人两项补贴' }).click();
  await later.waitForFunction(() => document.querySelector('h1')?.textContent === '上次没办完');
  none(page.faults);
  await page.context().close();
});

await browser.close();
await town.close();
rmSync(dist, { recursive: true, force: true });
finish();
