/* One engine for the page, fetched once and shared by all screens. */
import type { Engine, Form } from '../engine/engine';
import { language } from './words';

let engine: Promise<Engine> | undefined;

export function startEngine(): Promise<Engine> {
  engine ??= Promise.all([import('../engine/engine'), import('../engine/engine.wasm?url')])
    .then(([glue, wasm]) => glue.loadEngine(wasm.default));
  engine.catch(() => { engine = undefined; });
  return engine;
}

/** "English(en)" for en; '' = the form's first language. */
export function languageOf(form: Form): string {
  return form.languages.find((name) => name === language.value || name.endsWith(`(${language.value})`)) ?? '';
}
