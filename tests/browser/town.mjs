// A township of its own for a test: data in a new folder, served on a free port, gone afterwards.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './browser.mjs';

const bangban = process.env.BANGBAN ?? join(root, 'build', 'bangban');
const packs = process.env.BANGBAN_PACKS ?? join(root, 'packs', 'township');

function run(...args) {
  const { status, stdout, stderr } = spawnSync(bangban, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`bangban ${args.join(' ')}: ${stderr || stdout}`);
  return stdout;
}

const freePort = () => new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => resolve(port)); });
});

async function waitFor(url) {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await fetch(`${url}/healthz`).then((r) => r.ok, () => false)) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`no server on ${url}`);
}

/** BANGBAN_DATABASE: another database than the file in the folder. */
const database = process.env.BANGBAN_DATABASE ? ['--database', process.env.BANGBAN_DATABASE] : [];

async function serve(data, password) {
  const port = await freePort();
  const ui = process.env.BANGBAN_UI ? ['--ui', process.env.BANGBAN_UI] : [];
  const server = spawn(bangban, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`, ...ui, ...database], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  server.stderr.on('data', (bytes) => { log += bytes; });
  const url = `http://127.0.0.1:${port}`;
  await waitFor(url);
  const stop = async () => { server.kill('SIGTERM'); await new Promise((done) => server.on('exit', done)); };
  return {
    url, data, password, log: () => log, program: bangban, run: (command, ...args) => run(command, '--data', data, ...database, ...args), stop,
    close: async () => { if (server.exitCode === null) await stop(); rmSync(data, { recursive: true, force: true }); },
  };
}

export async function openTown(services = ['disability_subsidy', 'birth_registration', 'elder_allowance']) {
  const data = mkdtempSync(join(tmpdir(), 'bangban-'));
  const words = run('init', '--data', data, '--pack', join(root, 'packs', 'township'), '--admin', 'admin', ...database);
  const password = /[\w]{4}(-[\w]{4}){3}/.exec(words)[0];
  for (const code of services) run('publish', '--data', data, join(packs, `${code}.md`), ...database);
  return serve(data, password);
}

/** The demo's people, offices and residents, but no service yet: somebody must publish. */
export async function openDemo() {
  const data = mkdtempSync(join(tmpdir(), 'bangban-'));
  run('demo', '--data', data, '--pack', packs, '--bare', ...database);
  return serve(data, /password: (\S+)/.exec(readFileSync(join(data, 'sign-ins.txt'), 'utf8'))[1]);
}

/** The demo as `make run` makes it: people, residents, services, cases under way. */
export async function openFullDemo() {
  const data = mkdtempSync(join(tmpdir(), 'bangban-'));
  run('demo', '--data', data, '--pack', packs, ...database);
  return serve(data, /password: (\S+)/.exec(readFileSync(join(data, 'sign-ins.txt'), 'utf8'))[1]);
}
