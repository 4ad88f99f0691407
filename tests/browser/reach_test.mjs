// Whoever cannot point, see small text, read, or has no HTTPS still gets through.
import { axe, covered, gates, launch, measures, openPage, shoot } from './browser.mjs';
import { finish, holds, none, same, test } from './check.mjs';
import { guide, openService } from './steps.mjs';
import { openTown } from './town.mjs';

const town = await openTown(['disability_subsidy', 'elder_allowance']);
const browser = await launch();
process.env.BANGBAN_URL = town.url;

/** What Tab reaches, in order, and whether each has a visible ring. */
async function tabThrough(page) {
  const stops = [];
  await page.mouse.click(1, 1); // Tab starts from the top of the page, not from its heading
  for (let guard = 0; guard < 60; guard += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body) return null;
      e.dataset.stop ??= String(Math.random());
      const ring = e.closest('.opt-row, .search') ?? e;
      return { id: e.dataset.stop, shown: [e, ring].some((one) => parseFloat(getComputedStyle(one).outlineWidth) >= 3 && getComputedStyle(one).outlineStyle !== 'none'), name: e.textContent.trim().slice(0, 12) || e.id };
    });
    if (!stop || stops.some((old) => old.id === stop.id)) break;
    stops.push(stop);
  }
  return stops;
}

const focusable = (page) => page.evaluate(() => [...document.querySelectorAll('a[href], button, input, select, textarea')]
  .filter((e) => e.tabIndex >= 0 && !e.disabled && e.getBoundingClientRect().width > 1 && !e.closest('.vh')).map((e) => e.dataset.stop ?? `missed ${e.textContent || e.id}`));

await test('keyboard: Tab reaches every control in the order of the page, the ring is seen', async () => {
  const page = await openPage(browser, { viewport: 'desk' });
  for (const open of [() => page.goto(town.url), () => openService(page, town.url, '残疾人两项补贴')]) {
    await open();
    await page.waitForSelector('.tile, button.opt');
    await page.waitForTimeout(300);
    const stops = (await tabThrough(page)).filter((stop) => stop.name !== 'main');
    none(stops.filter((stop) => !stop.shown).map((stop) => `no ring: ${stop.name}`));
    const reached = stops.map((stop) => stop.id), wanted = await focusable(page);
    same(reached.filter((id) => wanted.includes(id)), wanted);
  }
  await page.keyboard.press('Shift+Tab');
  await page.context().close();
});

await test('keyboard alone answers the guide', async () => {
  const page = await openPage(browser, { viewport: 'desk' });
  await openService(page, town.url, '残疾人两项补贴');
  await page.locator('button.opt').nth(1).focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('h1')?.textContent.includes('几级'));
  same(await page.evaluate(() => document.activeElement.tagName), 'H1', 'the new page starts at its heading');
  await page.context().close();
});

await test('text at 2: 36 px, nothing cut or covered, no sideways scroll at 360 px', async () => {
  const page = await openPage(browser);
  for (const open of [() => page.goto(town.url), () => openService(page, town.url, '残疾人两项补贴')]) {
    await open();
    await page.waitForSelector('.tile, button.opt');
    await page.evaluate(() => { document.body.classList.add('elder'); document.body.style.setProperty('--s', '2'); });
    await page.waitForTimeout(200);
    same(await page.evaluate(() => getComputedStyle(document.body).fontSize), '36px');
    none([...await measures(page, { main: 60, other: 44, gap: 8 }), ...await covered(page)]);
  }
  await shoot(page, 'phone-0-text-2');
  await page.context().close();
});

await test('a low window (683 x 384, browser at 200 %) scrolls as one page', async () => {
  const page = await openPage(browser, { viewport: 'desk' });
  await page.setViewportSize({ width: 683, height: 384 });
  await openService(page, town.url, '残疾人两项补贴');
  none([...await measures(page, { main: 60, other: 44, gap: 8 }), ...await covered(page), ...await axe(page)]);
  await page.context().close();
});

await test('读给我听 speaks the question and its options; without a voice the button is not there', async () => {
  const page = await openPage(browser), mute = await openPage(browser, { voice: false });
  await openService(page, town.url, '残疾人两项补贴');
  await page.locator('.bar .tool', { hasText: '读给我听' }).click();
  const [said] = (await page.evaluate(() => window.spoken)).slice(-1);
  holds(said.includes('哪一种补贴') && said.includes('护理补贴'), said);
  await page.locator('.opt-row .say').nth(1).click();
  same((await page.evaluate(() => window.spoken)).slice(-1), ['护理补贴']);
  await openService(mute, town.url, '残疾人两项补贴');
  same(await mute.locator('.say, .bar .tool').count(), 1, '找人帮 alone');
  none(await gates(mute, 'phone'));
  await page.context().close();
  await mute.context().close();
});

await test('plain http under a host name: finding and filling in work, sign-in says it needs HTTPS', async () => {
  const { port } = new URL(town.url);
  const apart = await launch(['--host-resolver-rules=MAP town.test 127.0.0.1']);
  const url = `http://town.test:${port}`;
  process.env.BANGBAN_URL = url;
  const page = await openPage(apart, { expected: [/Cross-Origin-Opener-Policy/] });
  await openService(page, url, '残疾人两项补贴');
  await guide(page, ['两种都要', '一级', '肢体', '是', '家里人', '我自己办']);
  same(await page.textContent('h1'), '您能办');
  await page.goto(`${url}/#/signin`);
  await page.waitForSelector('#password');
  holds((await page.textContent('main')).includes('没有安全连接'), 'no warning');
  none(page.faults);
  process.env.BANGBAN_URL = town.url;
  await apart.close();
});

await browser.close();
await town.close();
finish();
