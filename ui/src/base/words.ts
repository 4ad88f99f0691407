/* The words of the screens: JSON dictionaries, Chinese first. A set of screens makes its own words
 * with dictionary(); the other language is fetched when somebody asks for it. */
import { signal } from '@preact/signals';
import { keep, kept } from './kept';

export type Language = 'zh' | 'en';
type Values = Record<string, string | number>;

export const language = signal<Language>('zh');
const loaders: (() => Promise<void>)[] = [];

export function dictionary<Words extends Record<string, string>>(zh: Words, loadEn: () => Promise<{ default: Record<string, string> }>) {
  let en: Record<string, string> | undefined;
  const load = async () => { en ??= (await loadEn()).default; };
  loaders.push(load);
  // A part that arrives late, while English is on, shows Chinese for the moment it takes to fetch.
  if (language.peek() === 'en') void load().then(() => { language.value = 'zh'; language.value = 'en'; });
  return (key: keyof Words & string, values?: Values): string => {
    const words = language.value === 'en' && en ? en : zh;
    return fill(words[key] ?? zh[key] ?? key, values);
  };
}

/** "{n} item|{n} items": the first form is for n = 1. */
function fill(text: string, values?: Values): string {
  if (!values) return text;
  const forms = text.split('|');
  const form = forms.length === 2 ? forms[values.n === 1 ? 0 : 1]! : text;
  return form.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

export async function chooseLanguage(next: Language): Promise<void> {
  if (next === 'en') await Promise.all(loaders.map((load) => load()));
  language.value = next;
  document.documentElement.lang = next === 'en' ? 'en' : 'zh-CN';
  keep('language', next);
}

export async function startLanguage(): Promise<void> {
  const wanted = new URLSearchParams(location.search).get('lang') ?? kept('language');
  if (wanted === 'en') await chooseLanguage('en');
}

/** Texts of a service come in both languages; an empty translation falls back to Chinese. */
export const either = (zh: string, en?: string): string => (language.value === 'en' && en ? en : zh);
