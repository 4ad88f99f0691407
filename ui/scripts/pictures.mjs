// Writes the pictures that screens and packs name into public/pictures/, one SVG file each: our own
// drawings from pictures/, the others from Fluent Emoji (flat), MIT, which is needed only to build.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ui = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(ui, 'public', 'pictures');
const require = createRequire(import.meta.url);
const PICTURE_COLUMN = /^(picture|sample|图|图片|样图|样例|示例图|image|media::image.*)$/i;

function filesBelow(folder, found = []) {
  for (const entry of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) filesBelow(path, found);
    else if (entry.name.endsWith('.md')) found.push(path);
  }
  return found;
}

const cellsOf = (line) => line.trim().replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim());

/** Every value below a picture heading of a table in a pack. */
function namesInPack(text) {
  const names = [];
  let columns = [];
  let inTable = false;
  for (const line of text.split('\n')) {
    if (!line.trim().startsWith('|')) { inTable = false; continue; }
    const cells = cellsOf(line);
    if (!inTable) columns = cells.map((cell) => PICTURE_COLUMN.test(cell));
    else cells.forEach((cell, i) => { if (columns[i] && cell && !/^-+$/.test(cell)) names.push(cell.replace(/\.svg$/, '')); });
    inTable = true;
  }
  return names;
}

function loadEmoji() {
  const set = JSON.parse(readFileSync(require.resolve('@iconify-json/fluent-emoji-flat/icons.json'), 'utf8'));
  return (name) => {
    const icon = set.icons[name] ?? set.icons[set.aliases?.[name]?.parent];
    const width = set.width ?? 32, height = set.height ?? 32;
    return icon && `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">${icon.body}</svg>`;
  };
}

export function writePictures() {
  const { always, aliases } = JSON.parse(readFileSync(join(ui, 'pictures', 'names.json'), 'utf8'));
  const named = filesBelow(join(ui, '..', 'packs')).flatMap((file) => namesInPack(readFileSync(file, 'utf8')));
  const emoji = loadEmoji();
  const unknown = [];
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const name of new Set([...always, ...Object.keys(aliases), ...named])) {
    const svg = /^[a-z0-9-]+$/.test(name) && emoji(aliases[name] ?? name);
    if (svg) writeFileSync(join(out, `${name}.svg`), svg);
    else if (!existsSync(join(ui, 'pictures', `${name}.svg`))) unknown.push(name);
  }
  for (const file of readdirSync(join(ui, 'pictures'))) if (file.endsWith('.svg')) cpSync(join(ui, 'pictures', file), join(out, file));
  return unknown;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const unknown = writePictures();
  if (unknown.length) console.warn(`pictures: no picture of this name: ${unknown.join(' ')}`);
}
