/* The form engine in the page: the same judgement as in the hall, offline. This file is glue only:
 * it moves bytes in and out of the WebAssembly module (src/engine/wasm.c) and decides nothing. */

export type QuestionKind =
  | 'note' | 'text' | 'integer' | 'decimal' | 'date' | 'time' | 'dateTime' | 'select_one' | 'select_many'
  | 'rank' | 'range' | 'trigger' | 'file' | 'geo' | 'barcode' | 'group' | 'repeat' | 'hidden';

export interface Media { image: string; bigImage: string; audio: string; video: string }

/** One entry of the body, in document order. A repeat is one `repeat` entry (path without an index,
 *  value = number of instances, isReadonly = instances may not be added or removed) followed by a
 *  `group` entry for each instance ("/data/member[1]", parent "/data/member"). A group without a
 *  node of its own has a path like "/data/#3". */
export interface Question extends Media {
  path: string; name: string; kind: QuestionKind; type: string;
  label: string; hint: string; guidance: string; say: string;
  appearance: string; mediatype: string; value: string; parent: string; saveTo: string;
  isRelevant: boolean; isRequired: boolean; isReadonly: boolean;
}
export interface Choice extends Media { value: string; label: string }
export type FindingKind = 'required' | 'constraint' | 'type' | 'choice' | 'structure' | 'calculate';
export interface Finding { path: string; kind: FindingKind; code: string; message: string }
export interface Answer { path: string; text: string }
export interface Verdict { acceptable: boolean; findings: Finding[]; answers: Answer[] }
export interface EntityChange {
  list: string; id: string; label: string; isCreate: boolean; isUpdate: boolean; baseVersion: number;
  properties: Record<string, string>;
}

/** What the engine may ask of the page. */
export interface Host {
  nowMs(): number;
  utcOffsetMin(atMs: number): number;
  random32(): number;
  property(name: string): string;
}

/** A refusal of the engine, with its stable code: "node.missing", "image.damaged" … */
export class EngineError extends Error {
  constructor(readonly code: string, readonly where: string, message: string, readonly messageZh: string) {
    super(message);
  }
}

interface Exports {
  memory: WebAssembly.Memory;
  engine_alloc(size: number): number;
  engine_free(block: number): void;
  engine_form(image: number, size: number): number;
  engine_attach(form: number, words: number, size: number, list: number, listSize: number): number;
  engine_form_close(form: number): void;
  engine_open(form: number, answers: number, size: number): number;
  engine_call(sheet: number, verb: number, words: number, size: number): number;
  engine_close(sheet: number): void;
}

/* The verbs of engine_call(), in the order of enum verb in src/engine/wasm.c. */
const QUESTIONS = 0, CHOICES = 1, ANSWER = 2, REPEAT_ADD = 3, REPEAT_REMOVE = 4, VERDICT = 5, RULE = 6,
  WRITE = 7, VALUE = 8, FINDING = 9, ENTITIES = 10;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const pageHost: Host = {
  nowMs: () => Date.now(),
  utcOffsetMin: (atMs) => -new Date(atMs).getTimezoneOffset(),
  random32: () => crypto.getRandomValues(new Uint32Array(1))[0],
  property: () => '',
};

export class Engine {
  constructor(private readonly wasm: Exports) {}

  /** The image's bytes are copied; close() gives the memory back. */
  form(image: Uint8Array): Form {
    const { handle, value } = this.run((at) => this.wasm.engine_form(at, image.length), image);
    return new Form(this, handle, value as FormHead);
  }

  /** @internal Bytes in, JSON out; a refusal is thrown. */
  run(call: (at: number) => number, bytes: Uint8Array): { handle: number; value: unknown } {
    const at = this.wasm.engine_alloc(bytes.length + 1);
    new Uint8Array(this.wasm.memory.buffer).set(bytes, at);
    const result = call(at);
    this.wasm.engine_free(at);
    const [ok, handle, text, size] = new Uint32Array(this.wasm.memory.buffer, result, 4);
    const value = JSON.parse(decoder.decode(new Uint8Array(this.wasm.memory.buffer, text, size)));
    if (ok) return { handle, value };
    this.wasm.engine_form_close(handle);
    throw new EngineError(value.code, value.where, value.message, value.messageZh);
  }

  /** @internal */
  get exports(): Exports { return this.wasm; }
}

interface FormHead { id: string; version: string; languages: string[] }

export class Form {
  readonly id: string;
  readonly version: string;
  /** The first is the form's default language; empty if the form has no translations. */
  readonly languages: string[];
  constructor(private readonly engine: Engine, private handle: number, head: FormHead) {
    this.id = head.id; this.version = head.version; this.languages = head.languages;
  }

  /** Rows of an outside list (registry) as a list image; before open(). */
  attachList(instanceId: string, list: Uint8Array): void {
    const name = encoder.encode(instanceId + '\0');
    const both = new Uint8Array(name.length + list.length);
    both.set(name); both.set(list, name.length);
    this.engine.run((at) =>
      this.engine.exports.engine_attach(this.handle, at, name.length, at + name.length, list.length), both);
  }

  /** A new sheet, or one that goes on from answers kept before (a draft, a returned case). */
  open(answers: readonly Answer[] = []): Sheet {
    const words = pack(answers.flatMap((a) => [a.path, a.text]));
    const { handle } = this.engine.run(
      (at) => this.engine.exports.engine_open(this.handle, at, words.length), words);
    return new Sheet(this.engine, handle);
  }

  /** Close its sheets first. */
  close(): void { this.engine.exports.engine_form_close(this.handle); this.handle = 0; }
}

function pack(words: readonly string[]): Uint8Array {
  return encoder.encode(words.map((w) => w.split('\0').join('') + '\0').join(''));
}

/** One filling-in. language: one of Form.languages; '' is the default language. */
export class Sheet {
  constructor(private readonly engine: Engine, private handle: number) {}

  private call(verb: number, ...words: string[]): unknown {
    const bytes = pack(words);
    return this.engine.run(
      (at) => this.engine.exports.engine_call(this.handle, verb, at, bytes.length), bytes).value;
  }

  questions(language = ''): Question[] { return this.call(QUESTIONS, language) as Question[]; }
  choices(path: string, language = ''): Choice[] { return this.call(CHOICES, path, language) as Choice[]; }
  /** Paths whose value, relevance, choices or finding changed. A wrong answer is kept and shows in
   *  finding() and verdict(). */
  answer(path: string, text: string): string[] { return this.call(ANSWER, path, text) as string[]; }
  addRepeat(repeatPath: string): string[] { return this.call(REPEAT_ADD, repeatPath) as string[]; }
  removeRepeat(instancePath: string): string[] { return this.call(REPEAT_REMOVE, instancePath) as string[]; }
  verdict(language = ''): Verdict { return this.call(VERDICT, language) as Verdict; }
  /** null: nothing is wrong with that node. */
  finding(path: string, language = ''): Finding | null { return this.call(FINDING, path, language) as Finding | null; }
  /** "material/<name>", "eligible", "action/<step>/<action>". */
  rule(name: string): boolean { return this.call(RULE, name) as boolean; }
  /** The submission. instanceId '' keeps what the sheet holds. */
  xml(instanceId = '', deprecatedId = ''): string { return this.call(WRITE, instanceId, deprecatedId) as string; }
  value(path: string): string { return this.call(VALUE, path) as string; }
  entities(): EntityChange[] { return this.call(ENTITIES) as EntityChange[]; }
  close(): void { this.engine.exports.engine_close(this.handle); this.handle = 0; }
}

/** source: an address to fetch, or the module's bytes (tests under node). */
export async function loadEngine(source: string | Uint8Array, host: Host = pageHost): Promise<Engine> {
  let memory: WebAssembly.Memory | undefined;
  const bytes = (at: number, size: number) => new Uint8Array(memory!.buffer, at, size);
  const imports = {
    host: {
      now: () => host.nowMs(),
      offset: (atMs: number) => host.utcOffsetMin(atMs),
      random: () => host.random32(),
      property: (name: number, nameSize: number, out: number, room: number) => {
        const text = encoder.encode(host.property(decoder.decode(bytes(name, nameSize))));
        const part = text.subarray(0, room);
        bytes(out, room).set(part);
        return part.length;
      },
    },
  };
  const { instance } = typeof source === 'string'
    ? await WebAssembly.instantiateStreaming(fetch(source), imports)
    : await WebAssembly.instantiate(source as BufferSource, imports) as unknown as WebAssembly.WebAssemblyInstantiatedSource;
  const wasm = instance.exports as unknown as Exports;
  memory = wasm.memory;
  return new Engine(wasm);
}
