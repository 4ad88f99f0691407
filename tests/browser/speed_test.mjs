// First load on slow 3G (latency 400 ms, 51,200 B/s, CPU x4), alone, median of 3; and the next load.
import { launch, openPage } from './browser.mjs';
import { finish, holds, test } from './check.mjs';
import { openTown } from './town.mjs';

const town = await openTown(['disability_subsidy', 'birth_registration', 'elder_allowance']);
const browser = await launch();
process.env.BANGBAN_URL = town.url;

async function slow(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', { offline: false, latency: 400, downloadThroughput: 51200, uploadThroughput: 51200 });
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 });
}

/** Usable: the heading stands, the tiles can be touched, their pictures are drawn. */
const usable = () => {
  const pictures = [...document.querySelectorAll('.tile img')];
  return pictures.length > 1 && pictures.every((picture) => picture.complete && picture.naturalWidth > 0);
};

async function load(page) {
  const start = Date.now();
  await page.goto(town.url, { waitUntil: 'commit' });
  await page.waitForSelector('h1');
  const heading = Date.now() - start;
  await page.waitForFunction(usable);
  return { heading, usable: Date.now() - start };
}

const median = (list) => [...list].sort((a, b) => a - b)[1];

await test('slow 3G: usable in 3 s (median of 3); a later visit in 1 s', async () => {
  const first = [], again = [];
  for (let round = 0; round < 3; round += 1) {
    const page = await openPage(browser, { serviceWorkers: 'allow' });
    await slow(page);
    first.push(await load(page));
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.waitForTimeout(4000);
    await page.goto('about:blank');
    again.push(await load(page));
    await page.context().close();
  }
  console.log(`        first: heading ${first.map((t) => t.heading)} ms, usable ${first.map((t) => t.usable)} ms; again: heading ${again.map((t) => t.heading)} ms, usable ${again.map((t) => t.usable)} ms`);
  holds(median(first.map((t) => t.usable)) <= 3000, 'first visit over 3 s');
  holds(median(again.map((t) => t.heading)) <= 1000, 'later visit over 1 s');
});

await browser.close();
await town.close();
finish();
