/* Golden tests of forms: the native runner compares with the out-*.txt files and leaves what it did;
 * then the same calls are played through ui/src/engine/engine.ts and engine.wasm, and every answer
 * must be equal byte for byte.
 *
 *   node run.mjs RUNNER WASM SRC OUT          node run.mjs RUNNER WASM --corpus SRC OUT
 *
 * With ACCEPT=1 in the environment (make accept) the out-*.txt files are rewritten. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [runner, wasm, ...rest] = process.argv.slice(2);
const isCorpus = rest[0] === '--corpus';
const [source, out] = isCorpus ? rest.slice(1) : rest;
if (isCorpus && !existsSync(source)) { console.log(`skipped: ${source} is not here`); process.exit(77); }
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

let failed = 0;
try {
  const text = execFileSync(runner, isCorpus ? ['--corpus', source, out] : [source, out, ...(process.env.ACCEPT ? ['--accept'] : [])],
    { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] });
  console.log(text.trimEnd().split('\n').slice(isCorpus ? -1 : 0).join('\n'));
} catch (error) {
  console.log(error.stdout ?? error.message);
  failed++;
}

/* The glue itself is under test: engine.ts, with its types taken off. */
const ui = join(dirname(fileURLToPath(import.meta.url)), '../../ui');
const typescript = createRequire(join(ui, 'package.json'))('typescript');
const script = typescript.transpileModule(readFileSync(join(ui, 'src/engine/engine.ts'), 'utf8'),
  { compilerOptions: { module: 'ESNext', target: 'ES2020' } }).outputText;
const { loadEngine, EngineError } = await import(`data:text/javascript;base64,${Buffer.from(script).toString('base64')}`);

/* The host of runner.c. */
let chance = 1;
const host = {
  nowMs: () => 1795489200000,
  utcOffsetMin: () => 480,
  random32: () => (chance = (Math.imul(chance, 1664525) + 1013904223) >>> 0),
  property: (name) => (name === 'username' ? 'tester' : ''),
};
const engine = await loadEngine(readFileSync(wasm), host);
const methods = {
  questions: 'questions', choices: 'choices', answer: 'answer', add: 'addRepeat', remove: 'removeRepeat',
  verdict: 'verdict', rule: 'rule', xml: 'xml', value: 'value', finding: 'finding', entities: 'entities',
};

/* JSON as wasm.c writes it: \u00xx for every control character. */
const print = (value) => JSON.stringify(value).replace(/\\[bfnrt]/g,
  (c) => ({ '\\b': '\\u0008', '\\f': '\\u000c', '\\n': '\\u000a', '\\r': '\\u000d', '\\t': '\\u0009' })[c]);

function attempt(action) {
  try {
    return print(action() ?? null);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return print({ code: error.code, where: error.where, message: error.message, messageZh: error.messageZh });
  }
}

let played = 0;
for (const file of readdirSync(out).filter((name) => name.endsWith('.calls')).sort()) {
  const stem = file.slice(0, -'.calls'.length);
  const image = readFileSync(join(out, `${stem.slice(0, stem.lastIndexOf('.'))}.image`));
  const wanted = readFileSync(join(out, `${stem}.answers`), 'utf8').split('\n');
  chance = 1;
  const form = engine.form(image);
  const folder = stem.slice(0, stem.lastIndexOf('.'));
  for (const list of readdirSync(out).filter((name) => name.startsWith(`${folder}@`)))
    form.attachList(list.slice(folder.length + 1, -'.list'.length), readFileSync(join(out, list)));
  let sheet = null;
  let at = 0;
  for (const line of readFileSync(join(out, file), 'utf8').split('\n').slice(0, -1)) {
    const [verb, ...words] = line.split('\x1f').map((word) => word.replaceAll('\x1e', '\n'));
    words.pop();
    const index = at++;
    if (verb === 'same') continue; // said by the native side alone
    const found = attempt(() => {
      if (verb !== 'open') return sheet[methods[verb]](...words);
      sheet?.close();
      sheet = null;
      const answers = [];
      for (let i = 0; i < words.length; i += 2) answers.push({ path: words[i], text: words[i + 1] });
      sheet = form.open(answers);
      return null;
    });
    if (found !== wanted[index]) {
      failed++;
      console.log(`wasm differs: ${stem} line ${index + 1} (${verb} ${words.join(' ')})\n- ${wanted[index]}\n+ ${found}`);
    }
    played++;
  }
  sheet?.close();
  form.close();
}
console.log(`wasm: ${played} calls played, ${failed} failed`);
process.exit(failed || !played ? 1 : 0);
