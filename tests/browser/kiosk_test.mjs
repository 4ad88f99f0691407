// The machine in the hall: two quiet minutes, a countdown that one tap ends, then nothing is left.
import { gates, launch, openPage, shoot } from './browser.mjs';
import { finish, holds, none, same, test } from './check.mjs';
import { guide, openService } from './steps.mjs';
import { openTown } from './town.mjs';

const town = await openTown(['disability_subsidy']);
const browser = await launch();
process.env.BANGBAN_URL = town.url;

await test('idle: asks after 120 s, one tap extends, wipes after 30 s more', async () => {
  const page = await openPage(browser, { viewport: 'kiosk' });
  await page.clock.install();
  await openService(page, town.url, '残疾人两项补贴', '?kiosk=1');
  await guide(page, ['两种都要']);
  await page.clock.runFor(119_000);
  same(await page.locator('dialog[open]').count(), 0, 'too early');
  await page.clock.runFor(3_000);
  await page.waitForSelector('dialog[open]');
  await shoot(page, 'kiosk-0-idle');
  none(await gates(page, 'kiosk'), 'idle dialog');
  await page.locator('dialog button').click();
  await page.clock.runFor(60_000);
  same(await page.locator('dialog[open]').count(), 0, 'extended');
  await page.clock.runFor(62_000);
  await page.waitForSelector('dialog[open]');
  const signedOut = page.waitForResponse((answer) => answer.url().endsWith('/v1/session') && answer.request().method() === 'DELETE');
  await page.clock.runFor(31_000);
  same((await signedOut).status(), 200, 'the session ends');
  await page.waitForFunction(() => document.querySelector('.tile') && location.hash.length < 3);
  await page.locator('.tile', { hasText: '残疾人两项补贴' }).click();
  await page.waitForSelector('button.opt');
  same(await page.locator('.opt-row.chosen').count(), 0, 'the former answers are gone');
  await page.context().close();
});

await test('keeps nothing on the machine', async () => {
  const page = await openPage(browser, { viewport: 'kiosk' });
  await openService(page, town.url, '残疾人两项补贴', '?kiosk=1');
  await guide(page, ['两种都要', '一级']);
  const left = await page.evaluate(async () => ({ local: localStorage.length, bases: (await indexedDB.databases()).length, workers: (await navigator.serviceWorker.getRegistrations()).length }));
  same(left, { local: 0, bases: 0, workers: 0 });
  holds(page.faults.length === 0, page.faults.join());
  await page.context().close();
});

await browser.close();
await town.close();
finish();
