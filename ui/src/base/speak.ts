/* 读给我听: the recorded voice if the form brings one, else a Chinese voice of the device, else no
 * button at all. Speech stops at the next tap. */
import { signal } from '@preact/signals';
import { language } from './words';

export interface Say { text: string; audio?: string[] }

/** What is being read now: the key of its button, '' = silence. */
export const speaking = signal('');
const voices = signal<SpeechSynthesisVoice[]>([]);
let player: HTMLAudioElement | undefined;

function voiceNow(): SpeechSynthesisVoice | undefined {
  const wanted = language.value === 'en' ? 'en' : 'zh';
  return voices.value.find((voice) => voice.lang.toLowerCase().startsWith(wanted));
}

export const canSay = (say: Say): boolean => Boolean(say.audio?.length) || (Boolean(say.text) && Boolean(voiceNow()));

export function hush(): void {
  player?.pause();
  player = undefined;
  if ('speechSynthesis' in window) speechSynthesis.cancel();
  speaking.value = '';
}

function playAll(urls: string[], done: () => void): void {
  const [first, ...rest] = urls;
  if (!first) return done();
  player = new Audio(first);
  player.onended = () => playAll(rest, done);
  player.onerror = () => playAll(rest, done);
  void player.play().catch(done);
}

export function sayIt(key: string, say: Say): void {
  const wasSpeaking = speaking.peek() === key;
  hush();
  if (wasSpeaking || !canSay(say)) return;
  speaking.value = key;
  const done = () => { if (speaking.peek() === key) speaking.value = ''; };
  if (say.audio?.length) return playAll(say.audio, done);
  const words = new SpeechSynthesisUtterance(say.text);
  words.voice = voiceNow() ?? null;
  words.lang = words.voice?.lang ?? 'zh-CN';
  words.rate = 0.9;
  words.onend = words.onerror = done;
  speechSynthesis.speak(words);
}

export function startVoices(): void {
  if (!('speechSynthesis' in window)) return;
  const read = () => { voices.value = speechSynthesis.getVoices(); };
  read();
  speechSynthesis.addEventListener?.('voiceschanged', read);
}
