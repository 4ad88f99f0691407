/* A screen's data: asked for when the screen opens, asked again on demand, with its three states. */
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { faultWords, returns } from './fault';
import { Icon } from '../parts/icon';
import { b } from './words';

export interface Loaded<T> { value: T | undefined; fault: string; again: () => void; set: (value: T) => void }

export function useLoad<T>(ask: () => Promise<T>, ...on: unknown[]): Loaded<T> {
  const [value, set] = useState<T>();
  const [fault, setFault] = useState('');
  const [round, setRound] = useState(0);
  const answered = useRef<unknown[]>();
  useEffect(() => {
    let isCurrent = true;
    ask().then((got) => { if (isCurrent) { answered.current = on; set(got); setFault(''); } })
      .catch((wrong: unknown) => {
        if (!isCurrent) return;
        // The answer to an earlier question must not stand under this one.
        if (on.some((one, at) => one !== answered.current?.[at])) set(undefined);
        setFault(faultWords(wrong));
      });
    return () => { isCurrent = false; };
  }, [round, returns.value, ...on]);
  return { value, fault, again: useCallback(() => setRound((n) => n + 1), []), set };
}

/** Bones while it loads, words and a way on when it failed, else the children. */
export function State<T>({ of, children }: { of: Loaded<T>; children: (value: T) => ComponentChildren }) {
  if (of.value !== undefined) return <>{of.fault && <Fault words={of.fault} />}{children(of.value)}</>;
  if (of.fault) {
    return (
      <div class="empty" role="alert"><p class="b">{of.fault}</p>
        <button class="btn" type="button" onClick={of.again}>{b('state.again')}</button></div>);
  }
  return <div class="stack" role="status" aria-label={b('state.loading')}><span class="bone short" /><span class="bone" /><span class="bone" /></div>;
}

export function Fault({ words }: { words: string }) {
  return words ? <p class="msg" role="alert"><Icon name="warn" />{words}</p> : null;
}

export function Pager({ page, total, size, onPage }: { page: number; total: number; size: number; onPage: (page: number) => void }) {
  const pages = Math.max(1, Math.ceil(total / size));
  if (pages === 1) return null;
  return (
    <nav class="row pager" aria-label={b('pager.label')}>
      <button class="btn btn-small" type="button" disabled={page <= 1} onClick={() => onPage(page - 1)}>{b('pager.before')}</button>
      <span class="mut">{b('pager.at', { page, pages, total })}</span>
      <button class="btn btn-small" type="button" disabled={page >= pages} onClick={() => onPage(page + 1)}>{b('pager.after')}</button>
    </nav>
  );
}
