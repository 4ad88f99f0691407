// Builds ui/dist: pictures, the app, then the service worker, which must know the names of the rest.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { writePictures } from './pictures.mjs';

const ui = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(ui, 'dist');

/** The engine is built by meson; the name with its hash is given by the bundler. */
const places = [process.env.ENGINE_WASM, join(ui, '..', 'build', 'engine.wasm'), join(ui, '..', 'build', 'src', 'engine', 'engine.wasm')];
const engine = places.find((path) => path && existsSync(path));
if (!engine) throw new Error('no engine.wasm: run make build, or set ENGINE_WASM');
copyFileSync(engine, join(ui, 'src', 'engine', 'engine.wasm'));

const unknown = writePictures();
if (unknown.length) console.warn(`pictures: no picture of this name: ${unknown.join(' ')}`);
await build({ root: ui, configFile: join(ui, 'vite.config.js'), logLevel: 'warn' });

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** What a resident's phone needs without a network: not the desks of the staff, not every picture. */
const isShell = (name) => !/desk/.test(name) && (!name.startsWith('pictures/') || /\/(raising-hand|face-\d|paper)\.svg$/.test(name));
const shell = filesBelow(dist).map((path) => relative(dist, path)).filter(isShell).sort();
const version = createHash('sha256');
for (const name of shell) version.update(name).update(readFileSync(join(dist, name)));

await build({
  root: ui, configFile: false, logLevel: 'warn', publicDir: false,
  define: {
    SHELL_VERSION: JSON.stringify(version.digest('hex').slice(0, 12)),
    SHELL_FILES: JSON.stringify(shell.map((name) => (name === 'index.html' ? './' : `./${name}`))),
  },
  build: {
    outDir: dist, emptyOutDir: false, target: 'es2020', reportCompressedSize: false,
    lib: { entry: join(ui, 'src', 'sw.ts'), formats: ['es'], fileName: () => 'sw.js' },
  },
});
