// A township with work in it, made through the public routes: what a clerk's day looks like. Forms are
// filled in by the very engine of the screens.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './browser.mjs';

const ui = join(root, 'ui');
let engine;

/** engine.ts with its types taken off, on the engine.wasm that the screens were built with. */
async function startEngine() {
  if (engine) return engine;
  const typescript = createRequire(join(ui, 'package.json'))('typescript');
  const script = typescript.transpileModule(readFileSync(join(ui, 'src/engine/engine.ts'), 'utf8'), { compilerOptions: { module: 'ESNext', target: 'ES2020' } }).outputText;
  const { loadEngine } = await import(`data:text/javascript;base64,${Buffer.from(script).toString('base64')}`);
  engine = await loadEngine(readFileSync(join(ui, 'src/engine/engine.wasm')));
  return engine;
}

/** A person at a desk, without a screen. */
export class Caller {
  constructor(url) { this.url = url; this.cookie = ''; }

  async call(method, path, { json, bytes, headers = {} } = {}) {
    const answer = await fetch(this.url + path, {
      method, body: bytes ?? (json === undefined ? undefined : JSON.stringify(json)),
      headers: { Origin: this.url, ...(this.cookie ? { Cookie: this.cookie } : {}), ...(json === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    });
    const cookie = answer.headers.get('set-cookie');
    if (cookie) this.cookie = cookie.split(';')[0];
    const text = await answer.text();
    if (!answer.ok) throw Object.assign(new Error(`${method} ${path}: ${answer.status} ${text}`), { status: answer.status });
    return text ? JSON.parse(text) : {};
  }

  get(path) { return this.call('GET', path); }
  post(path, json = {}) { return this.call('POST', path, { json }); }
}

export async function signIn(url, name, password) {
  const caller = new Caller(url);
  await caller.post('/v1/session', { name, password });
  return caller;
}

let count = 0;
const hex = (n) => (n + 1).toString(16).padStart(12, '0');

/** One application, filled in whole: answers by name of the question, files by name with their bytes. */
export async function submit(caller, code, answers, files = {}, replaces = '') {
  count += 1;
  const instance_id = `uuid:${hex(process.pid).slice(-8)}-0000-4000-8000-${hex(count)}`, key = `key${hex(count)}key`;
  const service = await caller.get(`/v1/services/${code}`);
  const bytes = new Uint8Array(await (await fetch(caller.url + service.form.image)).arrayBuffer());
  const form = (await startEngine()).form(bytes), sheet = form.open([]);
  const put = (name, text) => { const at = sheet.questions().find((one) => one.name === name); if (at) sheet.answer(at.path, text); };
  for (const [name, text] of Object.entries(answers)) put(name, text);
  const sent = [];
  for (const [name, content] of Object.entries(files)) {
    const file = `${name}.jpg`;
    sent.push(await caller.call('POST', `/v1/uploads/${encodeURIComponent(instance_id)}/${file}`, { bytes: content, headers: { 'X-Bangban-Key': key, 'Content-Type': 'image/jpeg' } }));
    put(name, file);
  }
  const xml = sheet.xml(instance_id, replaces);
  sheet.close(); form.close();
  const body = { service: code, version: service.version, instance_id, key, xml, files: sent.map(({ name, hash }) => ({ name, hash })) };
  return caller.post('/v1/submissions', replaces ? { ...body, replaces } : body);
}

/** An action of a desk on what it sees now. */
export async function act(caller, ref, action, more = {}) {
  const { version } = await caller.get(`/v1/cases/${ref}`);
  return caller.post(`/v1/cases/${ref}/actions/${action}`, { version, reason: '', note: '', items: [], ...more });
}

const sample = (name) => readFileSync(join(root, 'packs', 'township', 'samples', `${name}.jpg`));

/** A whole application for the subsidies; what differs is given. */
export const subsidy = (person, more = {}) => ({
  kind: 'both', level: '2', category: 'limb', low_income: 'yes', care: 'home', who: 'self', ...person,
  applicant_phone: '000-12345678', village: '000000100200', bank_account: '000000000000012', own_card: 'yes', ...more,
});
export const sampleOf = sample;
export const papers = () => ({ disability_cert: sample('certificate'), id_card: sample('id'), bank_card: sample('bankcard') });
