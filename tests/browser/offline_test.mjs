// Without a network: the shell opens, answers survive, what was submitted waits and goes out exactly once.
import { launch, openPage, shoot } from './browser.mjs';
import { finish, holds, none, same, test } from './check.mjs';
import { disability, fillIn, guide, next, onward, openService, photographAll } from './steps.mjs';
import { openTown } from './town.mjs';

const town = await openTown(['disability_subsidy']);
const browser = await launch();
process.env.BANGBAN_URL = town.url;
const quiet = [/ERR_INTERNET_DISCONNECTED|ERR_FAILED|sw\.js|net::/];

async function ready(page) {
  await page.goto(town.url);
  await page.waitForSelector('.tile');
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await page.waitForSelector('.tile');
  await page.waitForFunction(() => navigator.serviceWorker.controller);
}

await test('a lost network: the page opens again, the answers are there', async () => {
  const page = await openPage(browser, { serviceWorkers: 'allow', expected: quiet });
  await ready(page);
  await openService(page, town.url, '残疾人两项补贴');
  await page.waitForTimeout(1200);
  await guide(page, ['两种都要', '一级']);
  await page.context().setOffline(true);
  await guide(page, ['肢体']);
  await page.waitForSelector('.outbox');
  await page.reload();
  await page.waitForSelector('button.opt');
  same(await page.textContent('h1'), '家里吃低保吗？');
  await guide(page, ['是', '家里人', '我自己办']);
  same(await page.textContent('h1'), '您能办');
  await shoot(page, 'phone-0-offline');
  none(page.faults);
  await page.context().close();
});

await test('submitted without a network: it waits, and four "online" events send it once', async () => {
  const page = await openPage(browser, { serviceWorkers: 'allow', expected: quiet });
  await ready(page);
  await openService(page, town.url, '残疾人两项补贴');
  await guide(page, ['两种都要', '一级', '肢体', '是', '家里人', '我自己办']);
  await onward(page);
  await page.click('main .links a');
  await page.waitForSelector('#answer');
  await fillIn(page, disability);
  await onward(page);
  await page.context().setOffline(true);
  await photographAll(page);
  await page.goto(`${town.url}/#/apply/disability_subsidy/check`);
  await page.waitForFunction(() => document.querySelector('.btn-pri')?.textContent === '提交');
  await next(page);
  await page.waitForFunction(() => document.querySelector('h1')?.textContent.includes('已存在手机里'), null, { timeout: 20000 });
  await shoot(page, 'phone-0-waiting');
  let sent = 0;
  page.on('request', (request) => { if (request.url().endsWith('/v1/submissions')) sent += 1; });
  await page.context().setOffline(false);
  await page.evaluate(() => { for (let i = 0; i < 4; i += 1) dispatchEvent(new Event('online')); });
  await page.waitForFunction(() => new Promise((done) => {
    const open = indexedDB.open('bangban');
    open.onsuccess = () => { const get = open.result.transaction('receipts').objectStore('receipts').getAll(); get.onsuccess = () => { open.result.close(); done(get.result.length === 1); }; };
  }), null, { timeout: 20000 });
  await page.waitForTimeout(1500);
  same(sent, 1, 'requests');
  await page.goto(`${town.url}/#/case`);
  await page.waitForSelector('.stub .qr svg');
  holds(await page.evaluate(() => new Promise((done) => {
    const open = indexedDB.open('bangban');
    open.onsuccess = () => { const get = open.result.transaction('photos').objectStore('photos').count(); get.onsuccess = () => done(get.result === 0); };
  })), 'the photos are wiped after the receipt');
  none(page.faults);
  await page.context().close();
});

await browser.close();
await town.close();
finish();
