// What a resident does, in the words of the screens. Each step waits for what a person would see.
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** An ID number of nobody: area 000000 is not assigned; the check digit is right. */
export function idNumber(birth, serial = '001') {
  const body = `000000${birth.replaceAll('-', '')}${serial}`;
  return body + '10X98765432'[WEIGHTS.reduce((sum, weight, at) => sum + weight * Number(body[at]), 0) % 11];
}

/** A small photograph, made by the browser itself. */
export const photoOf = async (page, text = '1') => ({
  name: 'photo.png', mimeType: 'image/png',
  buffer: Buffer.from(await page.evaluate((words) => new Promise((resolve) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 2600, height: 1800 });
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#dde7ee'; pen.fillRect(0, 0, 2600, 1800); pen.fillStyle = '#223'; pen.font = '400px sans-serif'; pen.fillText(words, 300, 900);
    canvas.toBlob((blob) => blob.arrayBuffer().then((bytes) => resolve([...new Uint8Array(bytes)])), 'image/png');
  }), text)),
});

export const heading = (page) => page.textContent('h1');
export const next = (page) => page.click('.bar .btn-pri');
const settled = (page, before) => page.waitForFunction((old) => location.hash !== old || document.querySelector('.summary'), before);

/** Press the one filled button and wait for the next page or an error. */
export async function onward(page) {
  const before = await page.evaluate(() => location.hash);
  await next(page);
  await settled(page, before);
}

/** 问几句: one tap per page. */
export async function guide(page, labels) {
  for (const label of labels) {
    const before = await page.evaluate(() => location.hash);
    await page.locator('button.opt', { hasText: label }).first().click();
    await settled(page, before);
  }
}

export async function openService(page, url, title, query = '') {
  await page.goto(`${url}/${query}`);
  await page.locator('.tile', { hasText: title }).click();
  await page.waitForSelector('button.opt');
}

/** Photograph whatever the page still asks for. */
export async function photographAll(page) {
  const photo = await photoOf(page);
  for (let guard = 0; guard < 12 && await page.$('.shoot'); guard += 1) {
    const missing = await page.locator('.shoot b.big').textContent();
    await page.setInputFiles('main > input[type=file]', photo);
    await page.waitForFunction((old) => document.querySelector('.shoot b.big')?.textContent !== old, missing);
  }
  await page.waitForFunction(() => !document.querySelector('main')?.textContent.includes('正在送'));
}

/** Answer the questions one by one; answers: [part of the heading, value or label of an option]. */
export async function fillIn(page, answers) {
  for (let guard = 0; guard < 30; guard += 1) {
    if (/\/check$/.test(page.url())) return;
    const question = await heading(page);
    const [, value] = answers.find(([words]) => question.includes(words)) ?? [];
    if (value === undefined) throw new Error(`no answer for: ${question}`);
    if (await page.$('.opts')) await page.locator('label.opt', { hasText: value }).first().click();
    else if (await page.$('.dates')) for (const [at, part] of value.split('-').entries()) await page.fill(`.dates input >> nth=${at}`, String(Number(part)));
    else await page.fill('#answer', value);
    await onward(page);
    if (await page.$('form .msg')) throw new Error(`refused: ${question}: ${await page.textContent('form .msg')}`);
  }
}

export const disability = [
  ['名字', '张三'], ['身份证', idNumber('1944-03-02')], ['电话', '13000000000'], ['哪个村', '十堡村'], ['卡号', '000000000000012'], ['本人的', '是'],
];
