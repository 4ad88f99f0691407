/* Kiosk: after 120 s without a touch it asks for 30 s whether anybody is there, then wipes itself. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api } from '../base/api';
import { wipeMemory } from '../base/idb';
import { isKiosk } from '../base/kiosk';
import { isElder } from '../base/look';
import { hush } from '../base/speak';
import { w } from '../words/words';
import { Dialog } from './dialog';

const QUIET = 120, COUNTDOWN = 30;
let lastTouch = Date.now();
const left = signal(-1);

/** Nothing of the person stays: memory, session, address, and Back leads nowhere. */
async function wipe(): Promise<void> {
  hush();
  wipeMemory();
  isElder.value = false;
  await api.signOut().catch(() => undefined);
  location.replace(`${location.pathname}?kiosk=1`);
}

function tick(): void {
  const quiet = Math.floor((Date.now() - lastTouch) / 1000);
  const isHome = location.hash.length < 3;
  if (isHome || quiet < QUIET) { left.value = -1; return; }
  left.value = QUIET + COUNTDOWN - quiet;
  if (left.value <= 0) { lastTouch = Date.now(); left.value = -1; void wipe(); }
}

const stay = () => { lastTouch = Date.now(); left.value = -1; };

export function IdleGuard() {
  useEffect(() => {
    if (!isKiosk) return undefined;
    const touched = () => { if (left.peek() < 0) lastTouch = Date.now(); };
    const events = ['pointerdown', 'keydown', 'input'];
    events.forEach((name) => addEventListener(name, touched, { capture: true }));
    const timer = setInterval(tick, 1000);
    return () => { clearInterval(timer); events.forEach((name) => removeEventListener(name, touched, { capture: true })); };
  }, []);
  if (left.value < 0) return null;
  return (
    <Dialog title={w('idle.title')} onClose={stay}>
      <p role="status">{w('idle.lead', { n: left.value })}</p>
      <form method="dialog"><button class="btn full">{w('idle.stay')}</button></form>
    </Dialog>
  );
}
