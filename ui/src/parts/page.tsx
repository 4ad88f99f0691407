/* The frame of every resident's page: what lies behind, the work, and the bar that never moves. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { goBack } from '../base/route';
import { isOnline } from '../base/net';
import { canSay, sayIt, speaking, type Say } from '../base/speak';
import { w } from '../words/words';
import { Icon } from './icon';
import { askForHelp } from './help';

export interface Next {
  label: string; icon?: string | undefined; busy?: boolean; href?: string; onClick?: () => void;
  /** Why it cannot be pressed yet; shown instead of the label. */
  blocked?: string | undefined;
}
interface PageProps {
  title: string; say?: Say; next?: Next | undefined; children: ComponentChildren;
  top?: ComponentChildren; back?: { label: string; href: string }; aside?: string;
  foot?: ComponentChildren; class?: string;
}

export function Page({ title, say, next, top, back, aside, foot, children, class: extra = '' }: PageProps) {
  const main = useRef<HTMLElement>(null);
  useEffect(() => { document.title = `${title} · ${w('app.name')}`; }, [title]);
  useEffect(() => { focusHeading(main.current); }, []);
  return (
    <div class={`flow ${extra}`}>
      <header class="top">
        {top ?? <><Back {...back!} />{aside && <span class="push mut">{aside}</span>}</>}
      </header>
      {!isOnline.value && <p class="outbox" role="status"><Icon name="offline" /><span>{w('net.off')}</span></p>}
      <main id="main" ref={main} tabIndex={-1}>{children}</main>
      <Bar say={say ?? { text: title }} next={next} />
      {foot}
    </div>
  );
}

/** A new page starts at its top, and a screen reader at its heading. */
function focusHeading(main: HTMLElement | null): void {
  if (!main || main.contains(document.activeElement) && document.activeElement !== main) return;
  const heading = main.querySelector<HTMLElement>('h1');
  heading?.setAttribute('tabindex', '-1');
  (heading ?? main).focus({ preventScroll: true });
}

function Back({ label, href }: { label: string; href: string }) {
  const onClick = (event: Event) => { event.preventDefault(); goBack(href); };
  return <a class="back" href={href} onClick={onClick}><Icon name="back" />{label}</a>;
}

function Bar({ say, next }: { say: Say; next?: Next | undefined }) {
  const isSpeaking = speaking.value === 'page';
  return (
    <nav class={next ? 'bar' : 'bar even'} aria-label={w('bar.label')}>
      {canSay(say) && (
        <button class="btn tool" type="button" aria-pressed={isSpeaking} onClick={() => sayIt('page', say)}>
          <Icon name={isSpeaking ? 'stop' : 'speak'} /><span>{isSpeaking ? w('bar.stop') : w('bar.say')}</span>
        </button>)}
      <button class="btn tool" type="button" onClick={askForHelp}><Icon name="help" /><span>{w('bar.help')}</span></button>
      {next && <NextButton {...next} />}
    </nav>
  );
}

function NextButton({ label, icon, busy, href, onClick, blocked }: Next) {
  const inside = busy ? <><span class="spin" />{label}</> : <>{icon && !blocked && <Icon name={icon} />}{blocked ?? label}</>;
  if (href && !blocked) return <a class="btn btn-pri" href={href}>{inside}</a>;
  const press = () => { if (!busy && !blocked) onClick?.(); };
  return <button class="btn btn-pri" type="button" aria-disabled={blocked ? true : undefined} aria-busy={busy} onClick={press}>{inside}</button>;
}

/** The small round button that reads one thing. */
export function SayButton({ id, say, label }: { id: string; say: Say; label: string }) {
  if (!canSay(say)) return null;
  const isOn = speaking.value === id;
  return (
    <button class="say" type="button" aria-pressed={isOn} aria-label={w(isOn ? 'say.stop' : 'say.one', { what: label })}
      onClick={() => sayIt(id, say)}><Icon name={isOn ? 'stop' : 'speak'} /></button>
  );
}

export function Loading() {
  return (
    <div class="stack" role="status" aria-label={w('state.loading')}>
      <span class="bone short" /><span class="bone" /><span class="bone" /><p class="mut">{w('state.loading')}</p>
    </div>
  );
}

export function Trouble({ words, again }: { words: string; again?: (() => void) | undefined }) {
  return (
    <div class="empty" role="alert">
      <img src="pictures/telephone.svg" alt="" width="72" height="72" />
      <p class="b big">{words}</p><p class="mut">{w('state.kept')}</p>
      {again && <button class="btn" type="button" onClick={again}>{w('state.again')}</button>}
    </div>
  );
}
