// The main job, end to end, in a real browser against the real server: an owner publishes from Excel, a
// resident files by phone, a clerk gives one notice, two bureaus act, a decision is printed. Then the same
// on PostgreSQL.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gates, launch, openPage, root, shoot } from './browser.mjs';
import { finish, holds, none, same, test } from './check.mjs';
import { fillIn, guide, heading, idNumber, next, onward, openService, photoOf, photographAll } from './steps.mjs';
import { openDemo } from './town.mjs';

const isFirst = !process.env.BANGBAN_DATABASE;
const label = isFirst ? 'SQLite' : 'PostgreSQL';
const files = mkdtempSync(join(tmpdir(), 'bangban-story-'));
const town = await openDemo();
process.env.BANGBAN_URL = town.url;
const browser = await launch();

/* -- the owner's workbooks ------------------------------------------------------------------------ */

const pack = (name) => readFileSync(join(root, 'packs', 'township', `${name}.md`), 'utf8');

function asWorkbook(text, name) {
  const source = join(files, `${name}.md`), target = join(files, `${name}.xlsx`);
  writeFileSync(source, text);
  spawnSync(town.program, ['workbook', source, '--to', 'xlsx', '-o', target]);
  same(readFileSync(target).subarray(0, 2).toString(), 'PK', `${name}.xlsx is a workbook`);
  return target;
}

/** [in the sheet as written, as spoilt, the cell's column]: a list, a name and a step that are not there. */
const FAULTS = [
  ['| select_one care | care |', '| select_one caer | care |', 'survey', 'A'],
  [". = 'yes' or ${who} = 'proxy' |", ". = 'yes' or ${whom} = 'proxy' |", 'survey', 'I'],
  ['| reply | deliver | 已送达 | Delivered | end |', '| reply | deliver | 已送达 | Delivered | finish |', 'actions', 'E'],
];

/** The spoilt workbook, and in which row of its sheet each fault stands. */
function spoilt(text) {
  const places = FAULTS.map(([good, , sheet]) => {
    const lines = text.slice(text.indexOf(`\n## ${sheet}\n`)).split('\n').filter((line) => line.startsWith('|') && !/^\|[-|]+$/.test(line));
    return lines.findIndex((line) => line.includes(good)) + 1;
  });
  holds(places.every((row) => row > 1), `each fault has its row: ${places}`);
  return { text: FAULTS.reduce((now, [good, bad]) => now.replace(good, bad), text), places };
}

/* -- the people ----------------------------------------------------------------------------------- */

async function desk(name) {
  const page = await openPage(browser, { viewport: 'desk' });
  await page.goto(`${town.url}/#/desk`);
  await page.locator('main input').nth(0).fill(name);
  await page.locator('main input').nth(1).fill(town.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.nav .who');
  return page;
}

const desks = new Map();
async function at(name) {
  if (!desks.has(name)) desks.set(name, await desk(name));
  const page = desks.get(name);
  await page.bringToFront();
  return page;
}

async function look(page, viewport, name) {
  await page.waitForTimeout(200);
  if (isFirst) await shoot(page, `${viewport}-${name}`, { full: viewport === 'phone' });
  none(isFirst ? await gates(page, viewport) : page.faults.splice(0), name);
}

async function openCase(name, ref) {
  const page = await at(name);
  await page.goto(`${town.url}/#/desk/work`);
  await page.waitForFunction((wanted) => document.querySelector(`.table a[href$="${wanted}"]`), ref);
  await page.click(`.table a[href$="${ref}"]`);
  await page.waitForSelector('.rules .rule');
  return page;
}

const act = (page, words) => page.locator('.foot .btn', { hasText: words }).first().click();
const notHere = (page, words) => page.waitForFunction((w) => ![...document.querySelectorAll('.foot .btn')].some((b) => b.textContent.includes(w)), words);

/** A dialog that still wants words. */
async function withReason(page, words) {
  await page.locator('dialog[open] textarea').first().fill(words);
  await page.locator('dialog[open] .btn-pri').click();
  await page.waitForSelector('dialog[open]', { state: 'detached' });
}

/** A PDF fetched with the page's own session. */
async function pdf(page, address) {
  const answer = await page.request.get(`${town.url}${address}`);
  same(answer.status(), 200, address);
  const path = join(files, 'page.pdf');
  writeFileSync(path, await answer.body());
  const { stdout } = spawnSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' });
  return stdout.replace(/\s+/g, '');
}

/* -- the story ------------------------------------------------------------------------------------ */

const resident = { name: '', id: '', code: '', ref: '' };

await test(`${label}: the owner sees three planted faults at their cells, mends them, publishes`, async () => {
  const good = pack('disability_subsidy');
  const { text, places } = spoilt(good);
  const page = await at('owner');
  await page.goto(`${town.url}/#/desk/publish`);
  await page.waitForSelector('.drop');
  await look(page, 'desk', '12-publish');
  await page.setInputFiles('.drop input', asWorkbook(text, 'spoilt'));
  await page.waitForSelector('.sheet');
  holds(/3 处要改/.test(await heading(page)), await heading(page));
  holds(await page.locator('.foot .btn-pri').getAttribute('aria-disabled') === 'true', '发布 is grey');
  await look(page, 'desk', '12-publish-faults');
  for (const [n, [, , sheet, column]] of FAULTS.entries()) {
    await page.locator('.tabs a', { hasText: sheet }).click();
    await page.locator('tr.note', { hasText: `第 ${places[n]} 行 ${column} 列` }).waitFor();
    const bad = page.locator(`.sheet tr:has(> th:text-is("${places[n]}")) td.bad`);
    holds(await bad.count() === 1, `${sheet}!${column}${places[n]} is framed`);
  }
  await page.locator('.foot .btn', { hasText: '换一张表' }).click();
  await page.setInputFiles('.drop input', asWorkbook(good, 'good'));
  await page.waitForSelector('.foot .btn-pri:not([aria-disabled])');
  await page.locator('.pv .opt').first().click();
  await look(page, 'desk', '12-publish-ready');
  await page.locator('.foot .btn-pri').click();
  await page.waitForFunction(() => /上线了/.test(document.querySelector('h1')?.textContent ?? ''));
  await page.setInputFiles('.drop input', asWorkbook(pack('birth_registration'), 'birth'));
  await page.waitForSelector('.foot .btn-pri:not([aria-disabled])');
  await page.locator('.foot .btn-pri').click();
  await page.waitForFunction(() => /生育登记.*上线了/.test(document.querySelector('h1')?.textContent ?? ''));
});

await test(`${label}: 生育登记 by a proxy in one sitting, no trip`, async () => {
  const window_ = await at('window');
  const found = await window_.request.post(`${town.url}/v1/people/find`, { data: { name: '王' }, headers: { 'Sec-Fetch-Site': 'same-origin' } });
  same(found.status(), 200, 'people/find');
  const woman = (await found.json()).found.find((one) => one.birth > '1988' && one.birth < '2004');
  resident.name = woman.name;
  const page = await openPage(browser);
  await openService(page, town.url, '生育登记');
  await guide(page, ['替别人办', '第一个', '初婚', '是']);
  await onward(page);
  await photographAll(page);
  await page.goto(`${town.url}/#/apply/birth_registration/check`);
  await page.waitForSelector('.sl');
  const serial = '020';
  resident.id = idNumber('1996-05-04', serial);
  await page.locator('.sl .edit').first().click();
  await page.waitForSelector('#answer, .opts, .dates');
  await fillIn(page, [
    ['母亲叫什么', '王小梅'], ['身份证号码是多少', resident.id], ['打哪个电话', '000-12345678'], ['哪个村', '十堡村'],
    ['父亲叫什么', '刘建'], ['父亲的身份证', idNumber('1990-01-01', '003')], ['出生了吗', '出生了'], ['哪一天出生', '2026-10-01'],
    ['代办人叫什么', '李帮办'], ['代办人的身份证', idNumber('1985-03-03', '005')], ['结婚证在手边', '不在'], ['承诺', '我承诺'],
  ]);
  await page.waitForFunction(() => document.querySelector('.bar .btn-pri')?.textContent === '提交');
  await next(page);
  await page.waitForSelector('.stub .code');
  holds(/办好|办结|批准|登记/.test(await heading(page)), await heading(page));
  resident.name = '王小梅';
  const ref = (await page.textContent('.stub .kv dd')).trim();
  await look(page, 'phone', '5-decided-at-once');
  const view = await (await page.request.get(`${town.url}/v1/my/case`)).json();
  same([view.outcome, view.visit_count, view.ref], ['granted', 0, ref], 'granted without a trip');
  await page.context().close();
  resident.first = ref;
});

await test(`${label}: the window gives her a claim code`, async () => {
  const page = await at('window');
  await page.goto(`${town.url}/#/desk/case/${resident.first}`);
  await page.waitForSelector('.facts');
  const got = await page.request.post(`${town.url}/v1/cases/${resident.first}/claim`, { data: {}, headers: { 'Sec-Fetch-Site': 'same-origin' } });
  same(got.status(), 200, await got.text());
  resident.claim = (await got.json()).code;
  holds(/^\d{8}$/.test(resident.claim.replace(/\D/g, '')), resident.claim);
});

let phone;
await test(`${label}: on her phone: the guide, exactly her materials, what the registry knows, what is missing, 提交`, async () => {
  phone = await openPage(browser);
  await phone.goto(`${town.url}/#/prove/disability_subsidy`);
  await phone.waitForSelector('#code');
  await phone.fill('#code', resident.claim);
  await phone.fill('#last4', resident.id.slice(-4));
  await next(phone);
  await phone.waitForFunction(() => !location.hash.startsWith('#/prove'));
  await phone.goto(`${town.url}/#/apply/disability_subsidy/g/1`);
  await phone.waitForSelector('button.opt');
  await guide(phone, ['两种都要', '二级', '肢体', '是', '家里人', '我自己办']);
  same(await heading(phone), '您能办');
  await onward(phone);
  const list = await phone.textContent('main');
  for (const wanted of ['残疾人证', '身份证', '银行卡', '低保']) holds(list.includes(wanted), `${wanted} is listed`);
  for (const other of ['供养机构', '委托书', '代办人']) holds(!list.includes(other), `${other} is not for her`);
  holds(/还差 3 样/.test(await heading(phone)), await heading(phone));
  const photo = await photoOf(phone);
  for (let n = 0; n < 2; n += 1) {
    const missing = await phone.textContent('.shoot b.big');
    await phone.setInputFiles('main > input[type=file]', photo);
    await phone.waitForFunction((old) => document.querySelector('.shoot b.big')?.textContent !== old, missing);
  }
  await phone.goto(`${town.url}/#/apply/disability_subsidy/check`);
  await phone.waitForSelector('.sl');
  const known = await phone.textContent('.sl');
  for (const fact of ['王小梅', '十堡村']) holds(known.includes(fact), `${fact} is known, not asked`);
  await look(phone, 'phone', '4-known');
  await phone.goto(`${town.url}/#/apply/disability_subsidy/q/${encodeURIComponent('/data/money/bank_account')}`);
  await phone.waitForSelector('#answer');
  await fillIn(phone, [['卡号', '000000000000012'], ['本人的', '是']]);
  holds(/还差 1 样，先别出门/.test(await heading(phone)), await heading(phone));
  await onward(phone);
  await photographAll(phone);
  await phone.goto(`${town.url}/#/apply/disability_subsidy/check`);
  await phone.waitForFunction(() => document.querySelector('.bar .btn-pri')?.textContent === '提交');
  await next(phone);
  await phone.waitForSelector('.stub .qr svg');
  resident.code = (await phone.textContent('.stub .code')).replace(/\D/g, '');
  resident.ref = (await phone.textContent('.stub .kv dd')).trim();
  same(resident.code.length, 6, 'six digits');
  await look(phone, 'phone', '5-received');
  const words = await pdf(phone, '/v1/my/case/receipt.pdf?paper=a4');
  for (const part of ['云溪镇', resident.ref, '残疾人两项补贴', resident.code.slice(0, 3)]) holds(words.includes(part), `receipt says ${part}`);
});

await test(`${label}: the clerk records her one trip and gives one notice`, async () => {
  const page = await openCase('window', resident.ref);
  await look(page, 'desk', '9-review-window');
  await page.locator('.facts form select').selectOption('file');
  await page.locator('.facts form button').click();
  await page.waitForFunction(() => /跑了 1 趟/.test(document.querySelector('.facts')?.textContent ?? ''));
  await page.locator('.side .lines li', { hasText: '银行卡' }).locator('input[type=checkbox]').check();
  await page.locator('.foot .btn-pri', { hasText: '一次性告知' }).click();
  await page.waitForSelector('dialog[open]');
  await look(page, 'desk', '9-notice');
  await page.locator('dialog[open] .btn-pri').click();
  await page.waitForSelector('dialog[open]', { state: 'detached' });
  await notHere(page, '收件');
});

await test(`${label}: she reads the notice by her code, corrects the one thing, sends it again`, async () => {
  const page = await openPage(browser);
  await page.goto(`${town.url}/#/track`);
  await page.fill('#code', resident.code);
  await page.fill('#last4', resident.id.slice(-4));
  await next(page);
  await page.waitForFunction(() => document.querySelector('main')?.textContent.includes('要补这几样'));
  await look(page, 'phone', '5-notice');
  await next(page);
  await page.waitForSelector('.sl');
  await look(page, 'phone', '4-correction');
  await page.goto(`${town.url}/#/apply/disability_subsidy/materials`);
  await page.waitForSelector('main > input[type=file]', { state: 'attached' });
  const again = page.locator('button, label', { hasText: /重拍|重新拍|再拍|换一张/ }).first();
  if (await again.count()) await again.click();
  await page.setInputFiles('main > input[type=file]', await photoOf(page, '2'));
  await page.waitForTimeout(500);
  await page.waitForFunction(() => !document.querySelector('main')?.textContent.includes('正在送'));
  await page.goto(`${town.url}/#/apply/disability_subsidy/check`);
  await page.waitForFunction(() => document.querySelector('.bar .btn-pri')?.textContent === '提交');
  await next(page);
  await page.waitForSelector('.stub');
  const view = await (await page.request.get(`${town.url}/v1/my/case`)).json();
  same([view.ref, view.can_correct, view.state], [resident.ref, false, 'open'], 'back at the window');
  await page.context().close();
});

await test(`${label}: the clerk accepts; two bureaus act, one returns to the other once`, async () => {
  let page = await openCase('window', resident.ref);
  await act(page, '收件');
  await notHere(page, '收件');
  page = await openCase('canlian', resident.ref);
  await look(page, 'desk', '9-review-bureau');
  await act(page, '审核通过');
  await notHere(page, '审核通过');
  page = await openCase('minzheng', resident.ref);
  await act(page, '退回残联');
  await page.locator('dialog[open] .btn-pri').click();
  await page.waitForSelector('dialog[open] .msg');
  await look(page, 'desk', '9-reason-needed');
  await withReason(page, '等级和证上不一致，请再核对');
  await notHere(page, '批准');
  page = await openCase('canlian', resident.ref);
  await act(page, '审核通过');
  await notHere(page, '审核通过');
  page = await openCase('minzheng', resident.ref);
  const clock = await (await page.request.get(`${town.url}/v1/cases/${resident.ref}`)).json();
  holds(clock.clock.is_running && clock.clock.left > 0, 'within the legal clock');
  await page.locator('.foot .btn', { hasText: /^批准/ }).click();
  await notHere(page, '批准');
  page = await openCase('window', resident.ref);
  await act(page, '已送达');
  await withReason(page, '帮办员送到家里');
  await notHere(page, '已送达');
  await look(page, 'desk', '9-closed');
});

await test(`${label}: decision letter, registry entry, tracking by QR, rating, one trip`, async () => {
  const page = await openPage(browser);
  const view0 = await (await phone.request.get(`${town.url}/v1/my/case`)).json();
  const address = new URL(view0.qr.startsWith('http') ? view0.qr : `${town.url}/#/track/${resident.ref}`);
  holds(view0.qr.includes(resident.ref) && !view0.qr.includes(resident.id) && !view0.qr.includes(resident.code), `QR holds the number only: ${view0.qr}`);
  await page.goto(`${town.url}/${address.hash || `#/track/${resident.ref}`}`);
  await page.waitForSelector('#last4');
  await page.fill('#last4', resident.id.slice(-4));
  await next(page);
  await page.waitForSelector('.faces');
  same(await page.locator('.faces .is-on, .faces [aria-pressed="true"]').count(), 0, 'no face is chosen beforehand');
  await look(page, 'phone', '5-rate');
  const words = await pdf(page, '/v1/my/case/letters/decision.pdf');
  for (const part of ['批准', '王小梅', resident.ref, '肢体二级']) holds(words.includes(part), `letter says ${part}: ${words.slice(0, 400)}`);
  await page.locator('.faces button').first().click();
  const rate = page.locator('.bar .btn-pri, main .btn', { hasText: /评|交/ }).first();
  if (await rate.count()) await rate.click();
  await page.waitForSelector('.faces', { state: 'detached' });
  const view = await (await page.request.get(`${town.url}/v1/my/case`)).json();
  same([view.outcome, view.state, view.visit_count], ['granted', 'closed', 1], 'granted, closed, one trip');
  holds(view.rating && (view.rating.level ?? view.rating) >= 1, 'rated');
  const window_ = await at('window');
  const rows = await (await window_.request.get(`${town.url}/v1/registries/residents?q=${encodeURIComponent('王小梅')}`)).json();
  const entry = JSON.stringify(rows.items ?? rows.rows ?? rows);
  holds(rows.total === 1 && entry.includes('肢体二级'), `registry: ${entry.slice(0, 300)}`);
  await page.context().close();
});

for (const page of desks.values()) await page.context().close();
await phone?.context().close();
await browser.close();

await test(`${label}: the audit chain holds`, async () => {
  await town.stop();
  town.run('verify');
});
await town.close();
rmSync(files, { recursive: true, force: true });
finish();

if (isFirst) {
  const again = spawnSync(join(root, 'tools', 'with-postgres'), ['sh', '-c', `BANGBAN_DATABASE=$BANGBAN_TEST_DATABASE exec node ${fileURLToPath(import.meta.url)}`], { encoding: 'utf8' });
  process.stdout.write(again.stdout.replace(/^(\d+) passed, (\d+) failed$/m, 'PostgreSQL: $1 and $2'));
  process.stderr.write(again.stderr);
  const [, passed, failed] = /PostgreSQL: (\d+) and (\d+)/.exec(again.stdout.replace(/^(\d+) passed, (\d+) failed$/m, 'PostgreSQL: $1 and $2')) ?? [0, 0, 1];
  if (again.status !== 77) finish(Number(passed), Number(failed));
}
