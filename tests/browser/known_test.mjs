// Ask once: whoever proves himself with a claim code is not asked what the registries know; what is
// shown to nobody before.
import { gates, launch, openPage, shoot } from './browser.mjs';
import { finish, holds, none, same, test } from './check.mjs';
import { guide, heading, next, onward, openService } from './steps.mjs';
import { openFullDemo } from './town.mjs';

const town = await openFullDemo();
process.env.BANGBAN_URL = town.url;
const browser = await launch();

/** The desk's side of it, without its screens. */
async function staff(name) {
  let cookie = '';
  const call = async (method, path, body) => {
    const answer = await fetch(town.url + path, { method, headers: { 'Content-Type': 'application/json', Origin: town.url, cookie }, body: body && JSON.stringify(body) });
    cookie = answer.headers.getSetCookie?.().map((one) => one.split(';')[0]).join('; ') || cookie;
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.json();
  };
  await call('POST', '/v1/session', { name, password: town.password });
  return call;
}

await test('a claim code: the registry answers, the questions are not asked again, and it can be left', async () => {
  const desk = await staff('window');
  const { items } = await desk('GET', '/v1/work');
  const case_ = await desk('GET', `/v1/cases/${items.find((item) => item.service === 'disability_subsidy').ref}`);
  const { code } = await desk('POST', `/v1/cases/${case_.ref}/claim`, {});
  const page = await openPage(browser, { expected: [/404|identity/] });
  await openService(page, town.url, '残疾人两项补贴');
  await guide(page, ['两种都要', '一级', '肢体', '是', '家里人', '我自己办']);
  await onward(page);
  await page.locator('main a', { hasText: '有码' }).click();
  await page.waitForSelector('#code');
  await page.fill('#code', '00000000');
  await page.fill('#last4', '0000');
  await next(page);
  await page.waitForSelector('.summary');
  none(await gates(page, 'phone'), 'wrong code');
  await page.fill('#code', code);
  await page.fill('#last4', case_.applicant.id_masked.slice(-4));
  await next(page);
  await page.waitForSelector('.shoot');
  await page.locator('main .links a', { hasText: '下一步' }).click();
  await page.waitForSelector('.opts');
  holds(!/名字|身份证|哪个村/.test(await heading(page)), `asked again: ${await heading(page)}`);
  await page.goto(`${town.url}/#/apply/disability_subsidy/check`);
  await page.waitForSelector('.sl');
  holds((await page.textContent('main')).includes(case_.applicant.name), 'the name is shown');
  holds((await page.locator('.sl .j', { hasText: '系统里已有' }).count()) >= 4, 'known lines');
  holds(!/\d{17}[\dX]/.test(await page.textContent('main')), 'the whole ID number stands on the page');
  await shoot(page, 'phone-4-check-known', { full: true });
  none(await gates(page, 'phone'), 'known');
  await page.goto(`${town.url}/#/`);
  await page.locator('button', { hasText: '退出' }).click();
  await page.waitForFunction(() => ![...document.querySelectorAll('button')].some((one) => one.textContent === '退出'));
  same(await page.evaluate(() => fetch('/v1/services/disability_subsidy/known').then((answer) => answer.json()).then((known) => known.answers.length)), 0);
  await page.context().close();
});

await browser.close();
await town.close();
finish();
