// The desks of the staff against the real server: what each button says it does, by mouse and by keyboard,
// and every screen in every state at three sizes.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gates, launch, openPage, root, shoot } from './browser.mjs';
import { finish, holds, none, same, test } from './check.mjs';
import { act, papers, sampleOf, signIn, submit, subsidy } from './office.mjs';
import { idNumber } from './steps.mjs';
import { openDemo } from './town.mjs';

const town = await openDemo();
process.env.BANGBAN_URL = town.url;
const files = mkdtempSync(join(tmpdir(), 'bangban-desks-'));
const pack = (name) => readFileSync(join(root, 'packs', 'township', `${name}.md`), 'utf8');

/* -- a day's work --------------------------------------------------------------------------------- */

const owner = await signIn(town.url, 'owner', town.password);
for (const name of ['disability_subsidy', 'birth_registration', 'elder_allowance']) await owner.call('POST', '/v1/publish', { bytes: Buffer.from(pack(name)) });
const at = {};
for (const name of ['window', 'canlian', 'minzheng', 'leader', 'admin']) at[name] = await signIn(town.url, name, town.password);

let serial = 300;
const person = (name) => { serial += 2; return { applicant_name: name, applicant_id: idNumber('1961-02-03', String(serial)) }; };
/** A complete application, as far along as the steps say. */
async function file(name, ...steps) {
  const got = await submit(at.window, 'disability_subsidy', subsidy(person(name)), papers());
  for (const [who, action, more] of steps) await act(at[who], got.ref, action, more);
  return got;
}
const LONG = '阿卜杜热合曼·买买提·吐尔逊江';
const ACCEPT = ['window', 'accept'], AGREE = ['canlian', 'agree'], GRANT = ['minzheng', 'grant'];
const cases = {
  marked: await file('张三'), long: await file(LONG), taken: await file('李四'), declined: await file('王五'), conflict: await file('赵六'), lapsed: await file('孙七'),
  returned: await file('周八', ACCEPT, AGREE), refused: await file('吴九', ACCEPT, AGREE), granted: await file('郑十', ACCEPT, AGREE, GRANT),
};

/* -- looking -------------------------------------------------------------------------------------- */

const browser = await launch();
const SIZES = { desk: [1366, 768], zoom: [683, 384], narrow: [360, 740] };
const LAPSE = [/status of (401|403|404|409|422|429|503)/];

async function desk(name, hash = '', { password = town.password, expected = LAPSE } = {}) {
  const page = await openPage(browser, { viewport: 'desk', expected });
  await page.context().request.post(`${town.url}/v1/session`, { data: { name, password }, headers: { Origin: town.url } });
  await page.goto(`${town.url}/#/desk${hash}`);
  await page.waitForSelector('.nav .who');
  return page;
}

/** Parts that scroll by themselves are not cut: each can be reached by keyboard or holds only links. */
const SCROLLERS = /^cut: (div\.(wide-ok|scrollx)|nav\.tabs|ul\.|div\.m) /;

/** All gates at the three sizes of a desk; the window is as it was afterwards. */
async function look(page, name, sizes = Object.keys(SIZES), isOnTop = () => true) {
  const found = [];
  for (const size of sizes) {
    const [width, height] = SIZES[size];
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(60);
    await shoot(page, `desks-${name}-${size}`);
    found.push(...(await gates(page, 'desk')).filter((line) => !SCROLLERS.test(line) && isOnTop(line)).map((line) => `${size}: ${line}`));
  }
  await page.setViewportSize({ width: 1366, height: 768 });
  none(found, name);
}

const openCase = async (name, ref) => {
  const page = await desk(name, `/case/${ref}`);
  await page.waitForSelector('.rules .rule');
  return page;
};
const heading = (page) => page.textContent('h1');
const button = (page, words) => page.locator('.foot .btn', { hasText: words }).first();
const dialog = (page) => page.locator('dialog[open]');
const closed = (page) => page.waitForSelector('dialog[open]', { state: 'detached' });
const shows = (page, selector, words) => page.waitForFunction(([s, w]) => document.querySelector(s)?.textContent.includes(w), [selector, words]);
const focusIsSeen = (page) => page.evaluate(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 3; });

/* -- 我的办件 --------------------------------------------------------------------------------------- */

await test('work list: J K Enter N / F do what the foot says', async () => {
  const page = await desk('window');
  await page.waitForSelector('.work');
  const rows = await page.locator('.work tbody tr:not(.sec)').count();
  holds(rows >= 7, `${rows} rows`);
  await page.keyboard.press('j'); await page.keyboard.press('j'); await page.keyboard.press('k');
  const second = await page.locator('.work tbody tr:not(.sec)').nth(1).locator('a').textContent();
  same(await page.textContent('.work tr.at a'), second, 'J J K stands on the second row');
  await page.keyboard.press('Enter');
  await shows(page, '.mid', second);
  await page.goBack();
  await page.waitForSelector('.work');
  await page.keyboard.press('f');
  same(await page.evaluate(() => document.activeElement.id), 'filter-area', 'F goes to the filters');
  await page.selectOption('#filter-area', { label: '上河村' });
  await shows(page, '.empty', '没有找到');
  await page.locator('.empty .btn').click();
  await page.waitForSelector('.work');
  await page.locator('h1').click();
  await page.keyboard.press('/');
  await page.keyboard.type(cases.long.ref);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /找到 1 件/.test(document.querySelector('h1').textContent));
  same(await page.textContent('.work a'), LONG, 'found by its number');
  await page.fill('.nav .search input', '');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /等我办/.test(document.querySelector('h1').textContent));
  await page.context().close();
});

await test('work list: filled, empty, failed, English, at three sizes', async () => {
  const page = await desk('window');
  await page.waitForSelector('.work');
  await look(page, 'work');
  await page.route('**/v1/work*', (route) => route.fulfill({ status: 503, json: { error: { code: 'busy', message: '忙' } } }));
  await page.selectOption('.filters select >> nth=2', 'closed');
  await page.waitForSelector('.empty[role=alert]');
  same(await page.locator('.work').count(), 0, 'no rows of another question stay');
  await look(page, 'work-failed');
  await page.unroute('**/v1/work*');
  await page.selectOption('.filters select >> nth=2', 'mine');
  await page.waitForSelector('.work');
  await page.locator('.nav .btn', { hasText: 'English' }).click();
  await shows(page, 'h1', 'wait for me');
  await look(page, 'work-english', ['desk', 'narrow']);
  await page.context().close();
  const idle = await desk('leader');
  await idle.waitForSelector('.empty');
  await look(idle, 'work-empty');
  await idle.locator('.empty .btn', { hasText: '看在办的' }).click();
  await idle.waitForSelector('.work');
  await idle.context().close();
});

/* -- 审查 ------------------------------------------------------------------------------------------ */

await test('review: marks of answers and papers make one notice, in the words the clerk wrote', async () => {
  const { ref } = cases.marked;
  const page = await openCase('window', ref);
  await look(page, 'review');
  await page.locator('h1').click();
  await page.keyboard.press('j'); await page.keyboard.press(' ');
  await page.locator('.rule.bad input.in').fill('残疾证上是一级，请核对');
  await page.locator('.side .lines li', { hasText: '银行卡' }).locator('input[type=checkbox]').check();
  await page.locator('.side .words input').fill('请换本人的卡');
  holds(/1 条不符/.test(await heading(page)), await heading(page));
  await look(page, 'review-marked');
  await page.locator('h1').click();
  await page.keyboard.press('r');
  const words = await dialog(page).textContent();
  for (const wanted of ['残疾证上是一级，请核对', '请换本人的卡']) holds(words.includes(wanted), `${wanted} stands in the notice`);
  await look(page, 'review-notice');
  await page.keyboard.press('Escape');
  await closed(page);
  holds(await page.locator('.side .words input').inputValue() === '请换本人的卡', 'Escape loses nothing');
  await page.keyboard.press('r');
  await dialog(page).locator('.btn-pri').click();
  await closed(page);
  await page.waitForFunction(() => !/一次性告知/.test(document.querySelector('.foot').textContent));
  const { notices } = await at.window.get(`/v1/cases/${ref}`);
  same(notices[0].items.map((one) => [one.material || one.path.split('/').pop(), one.text]), [['level', '残疾证上是一级，请核对'], ['bank_card', '请换本人的卡']], 'the notice');
  await page.context().close();
});

await test('review: a second notice needs a leader and his reason', async () => {
  const { ref, instance_id } = cases.marked;
  await submit(at.window, 'disability_subsidy', subsidy(person('张三'), { level: '1' }), papers(), instance_id);
  const clerk = await openCase('window', ref);
  same(await button(clerk, '一次性告知').count(), 0, 'the clerk has no second notice');
  await clerk.context().close();
  const page = await openCase('leader', ref);
  await page.locator('.side .lines li', { hasText: '身份证' }).locator('input[type=checkbox]').check();
  await button(page, '一次性告知').click();
  await dialog(page).locator('.btn-pri').click();
  await dialog(page).locator('.msg').waitFor();
  await look(page, 'review-second');
  await dialog(page).locator('textarea').first().fill('照片被水泡过，看不清');
  await dialog(page).locator('.btn-pri').click();
  await closed(page);
  const { notices } = await at.window.get(`/v1/cases/${ref}`);
  same([notices.length, notices[1].override_reason], [2, '照片被水泡过，看不清'], 'second notice');
  await page.context().close();
});

await test('review: taken in with A, taken back while nobody else has acted', async () => {
  const page = await openCase('window', cases.taken.ref);
  await page.keyboard.press('a');
  await button(page, '收回').waitFor();
  await look(page, 'review-taken', ['desk']);
  await button(page, '收回').click();
  await button(page, '收件').waitFor();
  await page.context().close();
});

await test('review: 不予受理 and 退回 and 不批准 want a written reason; the letter opens', async () => {
  let page = await openCase('window', cases.declined.ref);
  await button(page, '不予受理').click();
  await dialog(page).locator('.btn-pri').click();
  await dialog(page).locator('.msg').waitFor();
  await look(page, 'review-reason');
  await dialog(page).locator('textarea').first().fill('不在本镇');
  await dialog(page).locator('.btn-pri').click();
  await closed(page);
  await shows(page, 'h1', '不予受理');
  await look(page, 'review-closed', ['desk']);
  const link = await page.locator('.facts a', { hasText: '不予受理通知书' }).getAttribute('href');
  const letter = await page.request.get(town.url + link);
  same([letter.status(), (await letter.body()).subarray(0, 4).toString()], [200, '%PDF'], 'letter');
  await page.context().close();
  page = await openCase('minzheng', cases.returned.ref);
  await button(page, '退回残联').click();
  await dialog(page).locator('textarea').first().fill('等级不一致');
  await dialog(page).locator('.btn-pri').click();
  await closed(page);
  await page.waitForFunction(() => !/退回残联/.test(document.querySelector('.foot').textContent));
  same((await at.canlian.get(`/v1/cases/${cases.returned.ref}`)).step, 'review', 'back at the federation');
  await page.context().close();
  page = await openCase('minzheng', cases.refused.ref);
  await button(page, '不批准').click();
  await dialog(page).locator('textarea').first().fill('已经领了别的补贴');
  await dialog(page).locator('.btn-pri').click();
  await closed(page);
  await page.locator('.facts a', { hasText: '不予批准决定书' }).waitFor();
  same((await at.window.get(`/v1/cases/${cases.refused.ref}`)).outcome, 'refused', 'refused');
  await page.context().close();
});

await test('review: trips with their cause, whole numbers for a reason, a claim code, receipts', async () => {
  const { ref } = cases.long;
  const page = await openCase('window', ref);
  await page.locator('.facts form select').selectOption('wasted_missing');
  await page.locator('.facts form button').click();
  await shows(page, '.facts', '白跑：材料没说清');
  await page.locator('.mid .btn', { hasText: '看全部' }).click();
  await dialog(page).locator('.btn-pri').click();
  await dialog(page).locator('.msg').waitFor();
  await dialog(page).locator('textarea').first().fill('核对身份证');
  await dialog(page).locator('.btn-pri').click();
  await closed(page);
  holds(/0000001961020\d{4}[\dX]/.test(await page.textContent('.top2')), 'the whole number');
  await page.locator('.facts .btn', { hasText: '查询码' }).click();
  await page.waitForSelector('.facts .code-s');
  holds(/^\d{8}$/.test((await page.textContent('.facts .code-s')).replace(/\D/g, '')), 'eight digits');
  for (const link of await page.locator('.facts a[href*=".pdf"]').all()) {
    const got = await page.request.get(town.url + await link.getAttribute('href'));
    same([got.status(), (await got.body()).subarray(0, 4).toString()], [200, '%PDF'], await link.textContent());
  }
  await page.locator('h1').click();
  await page.keyboard.press('2');
  await page.keyboard.press('z');
  await dialog(page).locator('img').waitFor();
  await page.waitForFunction(() => document.querySelector('dialog[open] img').naturalWidth > 0);
  await look(page, 'review-large', ['desk', 'narrow']);
  await page.keyboard.press('Escape');
  await closed(page);
  await page.context().close();
});

await test('review: somebody else was faster: a clear sentence and the latest state', async () => {
  const { ref } = cases.conflict;
  const page = await openCase('window', ref);
  await act(at.window, ref, 'accept');
  await button(page, '收件').click();
  await shows(page, '.foot', '刚被别人办过了');
  await page.waitForFunction(() => ![...document.querySelectorAll('.foot .btn')].some((one) => one.textContent.includes('收件')));
  await look(page, 'review-conflict');
  await page.context().close();
  const lost = await desk('window', '/case/999999-9999-9');
  await lost.waitForSelector('[role=alert]');
  await look(lost, 'review-missing');
  await lost.context().close();
});

await test('a session that ended asks again on top of the work and loses nothing', async () => {
  const page = await openCase('window', cases.lapsed.ref);
  await page.locator('.side .lines li', { hasText: '银行卡' }).locator('input[type=checkbox]').check();
  await page.locator('.side .words input').fill('请换一张');
  await page.context().clearCookies();
  await button(page, '一次性告知').click();
  await dialog(page).locator('.btn-pri').click();
  await page.waitForSelector('#lapsed-name');
  await look(page, 'lapsed', Object.keys(SIZES), (line) => !/^covered: .*by (BUTTON|INPUT|LABEL|DIALOG|P|FORM|H2)/.test(line)); // the notice waits below it
  await page.fill('#lapsed-name', 'window');
  await page.fill('#lapsed-password', 'falsch');
  await page.keyboard.press('Enter');
  await page.locator('dialog[open] .msg').last().waitFor();
  await page.fill('#lapsed-password', town.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#lapsed-name', { state: 'detached' });
  same(await page.locator('.side .words input').inputValue(), '请换一张', 'what was written');
  await dialog(page).locator('.btn-pri').click();
  await closed(page);
  same((await at.window.get(`/v1/cases/${cases.lapsed.ref}`)).notices[0].items[0].text, '请换一张', 'sent after all');
  await page.context().close();
});

await test('what one may not do is not shown, nor behind its address', async () => {
  const menu = async (name) => { const page = await desk(name); const words = await page.locator('nav.menu a').allTextContents(); return [page, words]; };
  const wanted = {
    social: ['我的办件', '台账', '跑几趟'], leader: ['我的办件', '台账', '跑几趟'], window: ['我的办件', '窗口', '台账', '跑几趟'], owner: ['台账', '跑几趟', '发布'],
    admin: ['发布', '人员'], auditor: ['留痕'], shibao: ['我的办件', '窗口'],
  };
  for (const [name, words] of Object.entries(wanted)) {
    const [page, got] = await menu(name);
    same(got, words, name);
    if (name === 'social') {
      await page.goto(`${town.url}/#/desk/counter`);
      await shows(page, '.nav [aria-current]', '我的办件');
    }
    if (name === 'leader') {
      await page.goto(`${town.url}/#/desk/case/${cases.long.ref}`);
      await page.waitForSelector('.rules .rule');
      same(await page.locator('.mid .btn', { hasText: '看全部' }).count(), 0, 'a leader uncovers nothing');
    }
    await page.context().close();
  }
});

/* -- 窗口 ------------------------------------------------------------------------------------------ */

const shown = { name: 'photo.jpg', mimeType: 'image/jpeg' };
const photo = (name) => ({ ...shown, buffer: sampleOf(name) });
const scan = async (page, material, sample) => {
  const row = page.locator('.mats li', { hasText: material }).first();
  await row.locator('input[type=file]').setInputFiles(photo(sample));
  await row.locator('.thumb').waitFor();
};
const register = await signIn(town.url, 'social', town.password);
let known; // somebody of the register with a whole ID number

await test('counter: begin, whole form, found by name, at three sizes', async () => {
  const page = await desk('window', '/counter');
  await page.waitForSelector('.choose');
  same(await page.evaluate(() => document.activeElement.id), 'service-box', 'the cursor is in the box');
  await look(page, 'counter-begin');
  await page.fill('#service-box', '没有这件事');
  await shows(page, 'main', '没有找到');
  await page.fill('#service-box', '轮椅');
  await page.keyboard.press('Enter');
  await page.waitForSelector('form.two');
  same(await page.evaluate(() => document.activeElement.id), 'person-box', 'the person is next');
  await look(page, 'counter-form');
  await page.keyboard.type('王');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.people button:focus');
  await look(page, 'counter-found');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.queue .now');
  holds(await page.locator('.known').count() >= 2, 'name and village are known');
  const found = await register.get('/v1/registries/residents?q=&page=1');
  known = found.items[0];
  await page.keyboard.press('F6');
  same(await page.evaluate(() => document.activeElement.id), 'person-box', 'F6');
  await page.context().close();
});

await test('counter: an intake by keyboard alone, from the card to the receipt', async () => {
  const id = idNumber('1958-06-07', '411');
  await submit(at.window, 'birth_registration', { who: 'self', order: '1', marriage: 'single', residence: 'yes', applicant_name: '钱凤英', applicant_id: id, applicant_phone: '000-55556666', village: '000000100200', stage: 'expected', due_date: '2026-12-20' }, { id_card: sampleOf('id'), household_book: sampleOf('household') });
  const page = await desk('window', '/counter');
  await page.waitForSelector('.choose');
  const start = Date.now();
  await page.keyboard.type('残疾');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#person-box:focus');
  await page.keyboard.type(id);
  await page.keyboard.press('Enter');
  await shows(page, '.queue .num', '钱凤英');
  same(await page.locator('.known').count(), 4, 'name, number, telephone, village');
  await page.waitForFunction(() => document.activeElement.type === 'radio');
  holds(await focusIsSeen(page), 'focus is seen');
  const labels = [];
  for (let guard = 0; guard < 8; guard += 1) { // Space chooses, Tab goes on; nothing known is passed through
    const field = await page.evaluate(() => { const e = document.activeElement; return { type: e.type, name: e.name || e.id, readOnly: e.readOnly ?? false, label: e.closest('fieldset, .field')?.querySelector('legend, label')?.textContent ?? '' }; });
    holds(!field.readOnly, `Tab skips what is known: ${field.label}`);
    labels.push(field.label);
    if (field.type === 'radio') await page.keyboard.press('Space');
    else { await page.keyboard.type('000000000000012'); }
    if (/own_card/.test(field.name)) break;
    await page.keyboard.press('Tab');
  }
  same(labels.length, 8, `eight questions: ${labels}`);
  holds(/还差 3 样/.test(await heading(page)), await heading(page));
  await look(page, 'counter-lacking');
  await page.keyboard.press('Tab');
  holds(await page.evaluate(() => document.activeElement.type === 'file'), 'after the last question come the papers');
  for (const [material, sample] of [['残疾人证', 'certificate'], ['居民身份证', 'id'], ['银行卡', 'bankcard']]) await scan(page, material, sample);
  await shows(page, 'h1', '齐了');
  await look(page, 'counter-ready');
  await page.keyboard.press('F2');
  await page.waitForSelector('.sl');
  const took = (Date.now() - start) / 1000;
  holds(took < 90, `intake took ${took} s`);
  await look(page, 'counter-done');
  const ref = (await page.textContent('.sl dd')).trim();
  const got = await at.window.get(`/v1/cases/${ref}`);
  same([got.visit_count, got.materials.filter((one) => one.state === 'present').length], [1, 3], 'one trip, three papers');
  for (const paper of await page.locator('main a[href*="receipt.pdf"]').all()) {
    const pdf = await page.request.get(town.url + await paper.getAttribute('href'));
    same((await pdf.body()).subarray(0, 4).toString(), '%PDF', 'receipt');
  }
  await page.keyboard.press('n');
  await page.waitForSelector('.choose');
  const left = await page.evaluate(async () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, (await indexedDB.databases()).map((one) => one.name)]));
  holds(!left.includes('钱凤英') && !left.includes(id), `nothing is kept on the shared machine: ${left}`);
  await page.context().close();
});

let code;
await test('counter: what is missing is printed with the code; any desk goes on from it', async () => {
  const page = await desk('window', '/counter');
  await page.locator('.choose .btn', { hasText: '残疾' }).click();
  await page.waitForSelector('form.two');
  for (const [question, option] of [['想办哪一种', '生活补贴'], ['几级', '二级'], ['哪一类', '肢体'], ['低保', '是'], ['照顾', '家里人'], ['给自己', '我自己办']]) await page.locator('fieldset', { hasText: question }).locator('label', { hasText: option }).first().click();
  await page.locator('.field', { hasText: '什么名字' }).locator('input').fill('冯长贵');
  await page.locator('.field', { hasText: '银行卡号' }).locator('input').fill('12');
  await page.locator('fieldset', { hasText: '本人的吗' }).locator('label').last().click();
  await scan(page, '居民身份证', 'id');
  await page.evaluate(() => { window.printed = 0; window.print = () => { window.printed += 1; }; });
  await page.keyboard.press('F2');
  await page.waitForSelector('dialog[open] .big-code');
  same(await page.evaluate(() => window.printed), 1, 'printed by itself');
  code = await page.textContent('.big-code');
  holds(/^\d{4} \d{4}$/.test(code), code);
  await look(page, 'counter-slip');
  await page.emulateMedia({ media: 'print' });
  const paper = await page.evaluate(() => { const shown = (s) => [...document.querySelectorAll(s)].some((e) => e.getBoundingClientRect().height > 0); return { text: document.querySelector('.paper').innerText, others: ['.nav', '.foot', '.keys', '.split'].filter(shown), dialog: getComputedStyle(document.querySelector('dialog')).opacity }; });
  await shoot(page, 'desks-counter-paper-desk');
  await page.emulateMedia({ media: 'screen' });
  same([paper.others, paper.dialog], [[], '0'], 'only the slip is on paper');
  for (const wanted of ['一次性告知单', '冯长贵', '残疾人证', '银行卡', code, '只能发到本人的卡', '云溪镇']) holds(paper.text.includes(wanted), `the slip says ${wanted}: ${paper.text}`);
  holds(!paper.text.includes('居民身份证，'), 'what is there is not asked for');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.choose');
  await page.fill('#code-box', '123');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.msg');
  await look(page, 'counter-code', ['desk', 'narrow']);
  await page.context().close();
  const other = await desk('shibao', '/counter');
  await other.fill('#code-box', code);
  await other.keyboard.press('Enter');
  await other.waitForSelector('form.two');
  same(await other.locator('.field', { hasText: '什么名字' }).locator('input').inputValue(), '冯长贵', 'his name');
  holds(/齐了 2 样，差 2 样/.test(await other.textContent('.mats h2')), 'his ID card is here already, the low-income record is checked by the system');
  await scan(other, '残疾人证', 'certificate');
  await other.keyboard.press('F4');
  await other.waitForSelector('dialog[open] .big-code');
  same(await other.textContent('.big-code'), code, 'the same code');
  await other.keyboard.press('Enter');
  await other.waitForSelector('.choose');
  await other.context().close();
});

await test('counter: the draft of the slip is finished and filed with all its papers', async () => {
  const page = await desk('window', '/counter');
  await page.fill('#code-box', code);
  await page.keyboard.press('Enter');
  await page.waitForSelector('form.two');
  await page.locator('.field', { hasText: '身份证号码' }).locator('input').fill(idNumber('1970-02-02', '513'));
  await page.locator('.field', { hasText: '哪个电话' }).locator('input').fill('000-12345678');
  await page.locator('.field', { hasText: '哪个村' }).locator('select').selectOption({ label: '十堡村' });
  await page.locator('.field', { hasText: '银行卡号' }).locator('input').fill('000000000000012');
  await scan(page, '银行卡', 'bankcard');
  await shows(page, '.foot .btn-pri', '还有 1 处');
  await page.keyboard.press('F2');
  await page.waitForFunction(() => /own_card/.test(document.activeElement.id));
  await page.locator('fieldset', { hasText: '本人的吗' }).locator('label').first().click();
  await shows(page, '.foot .btn-pri', '收件');
  await page.keyboard.press('F2');
  await page.waitForSelector('.sl');
  const ref = (await page.textContent('.sl dd')).trim();
  const { materials } = await at.window.get(`/v1/cases/${ref}`);
  same(materials.filter((one) => one.state === 'present').map((one) => one.name), ['disability_cert', 'id_card', 'bank_card'], 'papers of three sittings');
  same((await at.window.call('POST', '/v1/drafts/open', { json: { code } }).catch((wrong) => wrong)).status, 404, 'the code has done its work');
  await page.context().close();
});

await test('counter: for somebody else a mandate is wanted, then 生育登记 is granted at once', async () => {
  const page = await desk('window', '/counter');
  await page.locator('.choose .btn', { hasText: '生育' }).click();
  await page.waitForSelector('form.two');
  const choose = async (question, option) => { await page.locator('fieldset', { hasText: question }).locator('label', { hasText: option }).first().click(); };
  const fill = (question, text) => page.locator('.field', { hasText: question }).first().locator('input').fill(text);
  await choose('给自己办', '替别人办'); await choose('第几个', '第一个'); await choose('哪一种情况', '没有结婚'); await choose('户口在本地', '是');
  holds(/委托书/.test(await page.textContent('.mats')), 'the mandate is on the list');
  await choose('给自己办', '我自己办');
  holds(!/委托书/.test(await page.textContent('.mats')), 'for herself it is not');
  await choose('给自己办', '替别人办');
  await fill('母亲叫什么', '韦秀英'); await fill('身份证号码是多少', idNumber('1996-05-04', '624')); await fill('哪个电话', '000-12345678');
  await page.locator('.field', { hasText: '哪个村' }).locator('select').selectOption({ label: '十堡村' });
  await choose('出生了吗', '出生了'); await fill('哪一天出生', '2026-10-01');
  await fill('代办人叫什么', '李帮办'); await fill('代办人的身份证号码', idNumber('1985-03-03', '635'));
  for (const [material, sample] of [['居民身份证', 'id'], ['户口簿', 'household'], ['代办人', 'id'], ['委托书', 'letter']]) await scan(page, material, sample);
  await page.locator('.foot input[type=checkbox]').uncheck();
  await shows(page, '.foot .btn-pri', '收件');
  await page.keyboard.press('F2');
  await shows(page, 'h1', '当场办结');
  const got = await at.window.get(`/v1/cases/${(await page.textContent('.sl dd')).trim()}`);
  same([got.outcome, got.visit_count, got.applicant.proxy], ['granted', 0, '李帮办'], 'granted, no trip, by her proxy');
  await page.context().close();
});

/* -- 发布 ------------------------------------------------------------------------------------------ */

const spoilt = () => pack('disability_subsidy')
  .replace('残疾证上写的是几级？', '残疾证上是几级？')
  .replace('| select_one care | care |', '| select_one caer | care |')
  .replace(". = 'yes' or ${who} = 'proxy' |", ". = 'yes' or ${whom} = 'proxy' |");
const asFile = (text, name = '残疾人两项补贴.md') => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });

await test('publish: faults at their cells, each correction applied and checked again, then live', async () => {
  const page = await desk('owner', '/publish');
  await page.waitForSelector('.drop');
  await look(page, 'publish');
  await page.setInputFiles('.drop input', asFile(spoilt()));
  await page.waitForSelector('.sheet');
  holds(/3 处要改/.test(await heading(page)), await heading(page));
  await page.locator('.tabs a', { hasText: 'survey' }).click();
  await look(page, 'publish-faults');
  const download = page.waitForEvent('download');
  await page.locator('.btn', { hasText: '下载带批注的表' }).click();
  const target = join(files, 'noted.xlsx');
  await (await download).saveAs(target);
  const script = 'import json,openpyxl,sys; print(json.dumps([[s.title,c.coordinate,c.comment.text] for s in openpyxl.load_workbook(sys.argv[1]) for r in s.iter_rows() for c in r if c.comment]))';
  // Debian's own python3, which has openpyxl
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', script, target], { encoding: 'utf8' });
  holds(stdout.startsWith('['), stderr);
  const notes = JSON.parse(stdout);
  for (const [sheet, cell, words] of [['survey', 'A7', 'caer'], ['survey', 'I24', 'whom']]) holds(notes.some(([s, c, w]) => s === sheet && c === cell && w.includes(words)), `${sheet}!${cell}: ${stdout}`);
  for (const [left, words] of [[2, 'select_one care'], [1, '${who}']]) {
    await page.locator('.fx', { hasText: words }).first().click();
    await page.waitForFunction((n) => document.querySelector('h1').textContent.includes(`还有 ${n} 处`), left);
  }
  await page.locator('.tabs a', { hasText: 'settings' }).click();
  await page.locator('.fx', { hasText: '2' }).click();
  await shows(page, 'h1', '没有错');
  await page.locator('.tabs a', { hasText: 'survey' }).click();
  await shows(page, '.sheet', "${who} = 'proxy'");
  await look(page, 'publish-ready');
  await page.locator('.foot .btn-pri').click();
  await shows(page, 'h1', '第 2 版上线了');
  await page.locator('.table tr', { hasText: '残疾人两项补贴' }).locator('td', { hasText: /^2$/ }).waitFor();
  await page.context().close();
});

await test('publish: what is the same stays; a version that is taken is refused in a clear sentence', async () => {
  const page = await desk('owner', '/publish');
  await page.waitForSelector('.drop');
  const drop = async (text) => { await page.setInputFiles('.drop input', asFile(text, 'elder.md')); await page.waitForSelector('.sheet'); };
  await drop(pack('elder_allowance'));
  await shows(page, '.foot', '和线上第 1 版一样');
  await page.locator('.foot .btn-pri').click();
  await shows(page, 'h1', '没有变化');
  const changed = (words) => pack('elder_allowance').replace('| elder_allowance | 1 |', '| elder_allowance | 7 |').replace('# 高龄津贴', '# 高龄津贴').replace('高龄津贴 | 1 |', '高龄津贴 | 1 |').replace('打哪个电话能找到您？', words);
  await drop(changed('打什么电话找您？'));
  await page.waitForSelector('.foot .btn-pri:not([aria-disabled])');
  await owner.call('POST', '/v1/publish', { bytes: Buffer.from(changed('您的电话是多少？')) });
  await page.locator('.foot .btn-pri').click();
  await shows(page, '.foot', '已经发布过，内容不同');
  await look(page, 'publish-taken');
  for (const [format, magic] of [['xlsx', 'PK'], ['md', '#']]) {
    const got = await page.request.get(`${town.url}/v1/services/elder_allowance/workbook?format=${format}`);
    holds(got.status() === 200 && (await got.body()).toString().includes(magic), format);
  }
  await page.context().close();
});

await test('publish: the preview asks what is relevant, on the phone and on the kiosk', async () => {
  const page = await desk('owner', '/publish');
  await page.setInputFiles('.drop input', asFile(pack('disability_subsidy')));
  await page.waitForSelector('.pv .opt');
  const titles = async (last) => {
    const seen = [];
    for (let guard = 0; guard < 30; guard += 1) {
      const title = await page.textContent('.pv-title');
      seen.push(title);
      if (title.includes('给自己办')) await page.locator('.pv .opt', { hasText: last }).click();
      const next = page.locator('.pv-bar .btn').last();
      if (await next.isDisabled()) return seen;
      await next.click();
      await page.waitForFunction((old) => document.querySelector('.pv-title').textContent !== old, title);
    }
    return seen;
  };
  holds(!(await titles('我自己办')).some((one) => one.includes('代办人')), 'no proxy');
  await page.locator('.seg button', { hasText: '一体机' }).click();
  await page.waitForSelector('.device.wide');
  for (let guard = 0; guard < 30 && !await page.locator('.pv-bar .btn').first().isDisabled(); guard += 1) await page.locator('.pv-bar .btn').first().click();
  holds((await titles('替别人办')).some((one) => one.includes('代办人')), 'with a proxy his questions come');
  await look(page, 'publish-kiosk', ['desk', 'zoom']);
  await page.context().close();
});

/* -- 人员 ------------------------------------------------------------------------------------------ */

await test('people: a new person, a post, what he sees at once, the post ended, locked, unlocked', async () => {
  const page = await desk('admin', '/people');
  await page.waitForSelector('.people-t');
  await look(page, 'people');
  await page.locator('.head .btn-pri').click();
  await look(page, 'people-add');
  await page.fill('#new-name', '何新来'); await page.fill('#new-sign_in', 'hexin');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open] .code-s');
  const once = (await page.textContent('dialog[open] .code-s')).trim();
  await look(page, 'people-password');
  await page.keyboard.press('Escape');
  await closed(page);
  const row = page.locator('.people-t tr', { hasText: '何新来' });
  await row.locator('.btn').click();
  same(await page.locator('dialog[open] .code-s').count(), 0, 'the password is shown once');
  const fresh = 'Neues-Wort-8 帮办';
  const newcomer = await openPage(browser, { viewport: 'desk', expected: LAPSE });
  await newcomer.context().request.post(`${town.url}/v1/session`, { data: { name: 'hexin', password: once }, headers: { Origin: town.url } });
  await newcomer.goto(`${town.url}/#/desk`);
  await newcomer.waitForFunction(() => document.querySelectorAll('main input').length === 3);
  for (const [n, text] of [once, fresh, fresh].entries()) await newcomer.locator('main input').nth(n).fill(text);
  await newcomer.keyboard.press('Enter');
  await shows(newcomer, 'main', '没有岗位');
  await look(newcomer, 'no-post');
  await page.locator('form.posts select').nth(0).selectOption({ label: '便民服务中心' });
  await page.locator('form.posts select').nth(2).selectOption('clerk');
  await page.locator('form.posts .btn').click();
  await page.locator('dialog[open] .lines-s', { hasText: '便民服务中心' }).waitFor();
  await look(page, 'people-change');
  await newcomer.evaluate(() => dispatchEvent(new Event('focus')));
  await newcomer.locator('nav.menu a', { hasText: '窗口' }).waitFor();
  await page.locator('dialog[open] .btn', { hasText: '撤掉' }).click();
  await page.locator('dialog[open]', { hasText: '没有岗位' }).waitFor();
  await newcomer.evaluate(() => dispatchEvent(new Event('focus')));
  await shows(newcomer, 'main', '没有岗位');
  const wrong = () => newcomer.request.post(`${town.url}/v1/session`, { data: { name: 'hexin', password: fresh }, headers: { Origin: town.url } }).then((r) => r.status());
  await page.locator('dialog[open] .btn', { hasText: '锁住' }).click();
  await page.locator('dialog[open] .btn', { hasText: '解锁' }).waitFor();
  holds(await wrong() >= 401, 'locked out');
  await newcomer.evaluate(() => dispatchEvent(new Event('focus')));
  await newcomer.waitForSelector('#lapsed-name');
  await page.locator('dialog[open] .btn', { hasText: '解锁' }).click();
  await page.locator('dialog[open] .btn', { hasText: '锁住' }).waitFor();
  same(await wrong(), 200, 'unlocked');
  await newcomer.context().close();
  await page.context().close();
});

/* -- 台账, 跑几趟, 留痕 -------------------------------------------------------------------------------- */

await test('registry: found, nothing found, next page; no whole number is shown', async () => {
  const page = await desk('window', '/registry');
  await page.waitForSelector('.table tbody tr');
  await look(page, 'registry');
  const first = await page.textContent('.table tbody tr');
  holds(!/\d{17}[\dX]/.test(await page.textContent('.table')), 'ID numbers are covered');
  await page.locator('.pager .btn').last().click();
  await page.waitForFunction((old) => document.querySelector('.table tbody tr').textContent !== old, first);
  await page.fill('main input[type=search]', '没有这个人');
  await page.keyboard.press('Enter');
  await page.waitForSelector('main .empty');
  await look(page, 'registry-empty');
  await page.context().close();
});

await test('report and audit: what the numbers and the chain say', async () => {
  const page = await desk('window', '/report');
  await page.waitForSelector('.report');
  holds(/白跑 1 趟/.test(await heading(page)), await heading(page));
  await look(page, 'report');
  await page.context().close();
  const auditor = await desk('auditor');
  await auditor.waitForSelector('.table');
  const words = await auditor.textContent('.table');
  for (const wanted of ['登录', '加人', '给岗位']) holds(words.includes(wanted), wanted);
  await look(auditor, 'audit');
  await auditor.context().close();
});

await test('English: the review and the counter', async () => {
  const page = await openCase('window', cases.granted.ref);
  await page.locator('.nav .btn', { hasText: 'English' }).click();
  await shows(page, '.nav', 'Counter');
  await page.reload();
  await page.waitForSelector('.rules .rule');
  await look(page, 'english-review', ['desk', 'narrow']);
  await page.goto(`${town.url}/#/desk/counter`);
  await page.locator('.choose .btn').first().click();
  await page.waitForSelector('form.two');
  await look(page, 'english-counter', ['desk', 'narrow']);
  await page.context().close();
});

await browser.close();
await town.close();
rmSync(files, { recursive: true, force: true });
finish();
