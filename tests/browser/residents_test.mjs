// A resident from the first page to the receipt, on phone, kiosk and desk, with every gate at every state.
import { gates, launch, openPage, shoot } from './browser.mjs';
import { finish, holds, none, same, test } from './check.mjs';
import { disability, fillIn, guide, heading, next, onward, openService, photographAll } from './steps.mjs';
import { openTown } from './town.mjs';

const town = await openTown();
const browser = await launch();
process.env.BANGBAN_URL = town.url;
const SCENARIO = ['两种都要', '一级', '肢体', '是', '家里人', '我自己办'];

async function look(page, viewport, name) {
  await page.waitForTimeout(150);
  await shoot(page, `${viewport}-${name}`, { full: viewport === 'phone' });
  none(await gates(page, viewport), name);
}

async function journey(viewport) {
  const page = await openPage(browser, { viewport });
  const query = viewport === 'kiosk' ? '?kiosk=1' : '';
  await page.goto(`${town.url}/${query}`);
  await page.waitForSelector('.tile');
  await look(page, viewport, '1-home');
  await openService(page, town.url, '残疾人两项补贴', query);
  await look(page, viewport, '2-guide');
  await guide(page, SCENARIO);
  same(await heading(page), '您能办');
  await look(page, viewport, '2-result');
  await onward(page);
  holds(/还差 3 样/.test(await heading(page)), 'three materials for this scenario');
  await look(page, viewport, '3-materials');
  await page.click('main .links a');
  await page.waitForSelector('#answer');
  await look(page, viewport, '4-question');
  await next(page);
  await page.waitForSelector('.summary');
  await look(page, viewport, '4-question-wrong');
  await fillIn(page, disability);
  holds(/还差 3 样，先别出门/.test(await heading(page)), 'told before submitting what is missing');
  holds(!(await page.locator('.bar .btn-pri', { hasText: '提交' }).count()), '提交 is not offered yet');
  await look(page, viewport, '4-check-missing');
  await onward(page);
  await photographAll(page);
  same(await heading(page), '材料齐了');
  await look(page, viewport, '3-materials-ready');
  await page.goto(`${town.url}/${query}#/apply/disability_subsidy/check`);
  await page.waitForFunction(() => document.querySelector('.btn-pri')?.textContent === '提交');
  await look(page, viewport, '4-check-ready');
  await page.locator('.bar .tool', { hasText: '找人帮' }).click();
  await page.waitForSelector('dialog[open]');
  await look(page, viewport, '0-help');
  await page.keyboard.press('Escape');
  await next(page);
  await page.waitForSelector('.stub .qr svg');
  holds(/^\d{3} \d{3}$/.test((await page.textContent('.stub .code')).trim()), 'a code of six digits');
  await look(page, viewport, '5-receipt');
  return page;
}

for (const viewport of ['phone', 'kiosk', 'desk']) await test(`${viewport}: from the first page to the receipt`, async () => {
  const page = await journey(viewport);
  if (viewport === 'phone') {
    await page.goto(`${town.url}/`);
    await page.waitForSelector('.card.live');
    await look(page, viewport, '1-home-open-case');
  }
  await page.context().close();
});

for (const [name, query, size] of [['1', '', 18], ['1.67', '?elder=1', 30.06]]) await test(`text ${name}: the smallest text is ${size} px, nothing is cut`, async () => {
  const page = await openPage(browser);
  await openService(page, town.url, '残疾人两项补贴', query);
  const sizes = await page.evaluate(() => [...document.querySelectorAll('main *')].filter((e) => e.childNodes[0]?.nodeType === 3 && e.textContent.trim() && !e.closest('.vh')).map((e) => parseFloat(getComputedStyle(e).fontSize)));
  holds(Math.min(...sizes) >= size - 0.1, `smallest ${Math.min(...sizes)}`);
  await look(page, 'phone', `elder-${name}-guide`);
  await guide(page, SCENARIO);
  await look(page, 'phone', `elder-${name}-result`);
  await onward(page);
  await look(page, 'phone', `elder-${name}-materials`);
  await page.context().close();
});

await test('an empty answer: summary takes the focus, same words at the field, title says it', async () => {
  const page = await openPage(browser);
  await openService(page, town.url, '高龄津贴');
  await guide(page, ['我自己办', '是']);
  await page.locator('button.opt').nth(1).click();
  await page.waitForSelector('h1.status');
  await page.goto(`${town.url}/#/apply/elder_allowance/q/${encodeURIComponent('/data/applicant/applicant_name')}`);
  await page.waitForSelector('#answer');
  await next(page);
  await page.waitForSelector('.summary');
  await page.waitForFunction(() => document.activeElement?.className === 'summary' && /有错/.test(document.title)).catch(() => undefined);
  const seen = await page.evaluate(() => ({
    focus: document.activeElement?.className, title: document.title, invalid: document.querySelectorAll('[aria-invalid="true"]').length,
    top: document.querySelector('.summary a')?.textContent, field: document.getElementById(document.querySelector('#answer').getAttribute('aria-describedby'))?.textContent,
  }));
  same([seen.focus, seen.invalid, seen.top === seen.field, /有错/.test(seen.title)], ['summary', 1, true, true], JSON.stringify(seen));
  await page.click('.summary a');
  same(await page.evaluate(() => document.activeElement.id), 'answer', 'the link leads to the field');
  await page.context().close();
});

await test('Back and reload lose nothing', async () => {
  const page = await openPage(browser);
  await openService(page, town.url, '残疾人两项补贴');
  await guide(page, SCENARIO);
  await page.goto(`${town.url}/#/apply/disability_subsidy/q/${encodeURIComponent('/data/applicant/applicant_name')}`);
  await page.fill('#answer', '王五');
  await page.goBack();
  await page.waitForSelector('h1.status');
  await page.goForward();
  await page.waitForSelector('#answer');
  same(await page.inputValue('#answer'), '王五');
  await page.fill('#answer', '王五六');
  await page.waitForTimeout(700);
  await page.reload();
  await page.waitForSelector('#answer');
  same(await page.inputValue('#answer'), '王五六');
  await page.goto(`${town.url}/`);
  await page.locator('.tile', { hasText: '残疾人两项补贴' }).click();
  await page.waitForFunction(() => document.querySelector('h1')?.textContent === '上次没办完');
  await look(page, 'phone', '0-unfinished');
  await next(page);
  await page.waitForSelector('h1.status');
  none(page.faults);
  await page.context().close();
});

await test('a code of eight digits goes on on another phone', async () => {
  const page = await openPage(browser), other = await openPage(browser);
  await openService(page, town.url, '残疾人两项补贴');
  await guide(page, SCENARIO);
  await page.locator('.bar .tool', { hasText: '找人帮' }).click();
  await page.locator('dialog button', { hasText: '换个手机接着办' }).click();
  const code = (await page.textContent('dialog .code')).replace(/\D/g, '');
  same(code.length, 8, 'digits');
  await other.goto(`${town.url}/#/open`);
  await other.fill('#code', code);
  await next(other);
  await other.waitForSelector('h1.status');
  holds((await other.textContent('main')).includes('肢体'), 'the answers came along');
  none([...page.faults, ...other.faults]);
  await page.context().close();
  await other.context().close();
});

await test('a proxy: only the fitting materials and questions are asked', async () => {
  const page = await openPage(browser);
  await openService(page, town.url, '残疾人两项补贴');
  await guide(page, [...SCENARIO.slice(0, 5), '替别人办']);
  const words = await page.textContent('main');
  holds(words.includes('委托书') && words.includes('代办人身份证'), words);
  await page.context().close();
});

await test('tracking, search and English pass every gate', async () => {
  const page = await openPage(browser, { expected: [/404/] });
  await page.goto(`${town.url}/#/track`);
  await page.waitForSelector('#code');
  await next(page);
  await page.waitForSelector('.summary');
  await look(page, 'phone', '5-track-wrong');
  await page.goto(`${town.url}/#/find?q=${encodeURIComponent('轮椅')}`);
  await page.waitForSelector('.card');
  holds((await page.textContent('main')).includes('残疾人两项补贴'), 'everyday words find the service');
  await look(page, 'phone', '1-find');
  await page.goto(`${town.url}/?lang=en#/`);
  await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'What do you need?');
  await look(page, 'phone', '1-home-en');
  await page.goto(`${town.url}/?lang=en#/signin`);
  await page.waitForSelector('#password');
  await look(page, 'phone', '0-signin-en');
  await page.context().close();
});

await test('the gates see a planted tenth tile under a floating bar, a small button, a missing name', async () => {
  const page = await openPage(browser);
  await page.goto(town.url);
  await page.waitForSelector('.tile');
  await page.evaluate(() => {
    const bar = document.createElement('div');
    Object.assign(bar.style, { position: 'fixed', left: '0', right: '0', top: '0', bottom: '0' });
    document.body.append(bar);
    const small = document.createElement('button');
    Object.assign(small.style, { width: '20px', height: '20px', padding: '0' });
    document.querySelector('main').append(small);
  });
  const found = await gates(page, 'phone');
  for (const kind of ['covered', 'small', 'axe']) holds(found.some((fault) => fault.startsWith(kind)), `${kind} not seen in ${found.join('; ')}`);
  await page.context().close();
});

await browser.close();
await town.close();
finish();
