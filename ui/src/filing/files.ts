/* Photographs of materials: made small, kept on the phone, sent at once, kept until the receipt. */
import { signal } from '@preact/signals';
import { api, ApiError, faultWords } from '../base/api';
import { save } from '../base/idb';
import { randomHex } from '../base/ids';
import { whenOnline } from '../base/net';
import { shrinkPhoto } from '../base/photo';
import { w } from '../words/words';
import { answer, changed, keepFiling, onNewKey, photoOf, work, type FileEntry, type Work } from './work';

export type { FileEntry };
export type FileState = 'sending' | 'sent' | 'waiting' | 'refused';
export const fileStates = signal<Record<string, FileState>>({});
const setState = (name: string, state: FileState) => { fileStates.value = { ...fileStates.peek(), [name]: state }; };

export const stateOf = (file: FileEntry): FileState => (file.hash ? 'sent' : fileStates.value[file.name] ?? 'waiting');
export const fileAt = (path: string): FileEntry | undefined => work.value?.filing.files.find((file) => file.path === path);

/** Throws words for people if the picture cannot be read or there is no room. */
export async function addPhoto(path: string, name: string, picked: File): Promise<void> {
  const now = work.peek()!;
  const photo = await shrinkPhoto(picked).catch(() => { throw new ApiError(0, 'photo', w('photo.unreadable')); });
  const ending = photo.type === 'application/pdf' ? 'pdf' : 'jpg';
  const entry: FileEntry = { name: `${name}-${randomHex(3)}.${ending}`, path, size: photo.size, type: photo.type };
  try { await save('photos', `${now.filing.id}/${entry.name}`, photo); } catch { throw new ApiError(0, 'photo', w('photo.full')); }
  now.filing.files = [...now.filing.files.filter((file) => file.path !== path), entry];
  await answer(path, entry.name);
  await keepFiling(now);
  void send(now, entry);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Tries three times; what fails then waits for the network or for 提交. */
export async function send(now: Work, file: FileEntry): Promise<boolean> {
  const photo = await photoOf(now.filing, file.name);
  if (file.hash || !photo) return Boolean(file.hash) || !photo;
  for (const wait of [0, 1000, 3000]) {
    await pause(wait);
    setState(file.name, 'sending');
    try {
      file.hash = (await api.upload(now.filing.id, file.name, now.filing.key, photo)).hash;
      setState(file.name, 'sent');
      await keepFiling(now);
      changed();
      return true;
    } catch (fault) {
      const isPassing = fault instanceof ApiError && fault.isPassing;
      setState(file.name, isPassing ? 'waiting' : 'refused');
      refusal.value = isPassing ? '' : faultWords(fault);
      if (!isPassing) return false;
    }
  }
  return false;
}

/** Why the server does not take a photo at all. */
export const refusal = signal('');

export async function sendAll(now: Work): Promise<boolean> {
  for (const file of now.filing.files) if (!file.hash && !(await send(now, file))) return false;
  return true;
}

onNewKey((now) => void sendAll(now));
whenOnline(() => { const now = work.peek(); if (now) void sendAll(now); });
