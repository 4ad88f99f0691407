/* The session ended while somebody worked: the same person goes on where he was; anybody else begins
 * with an empty desk. */
import { useState } from 'preact/hooks';
import { api, ApiError } from '../base/api';
import { replace } from '../base/route';
import { readSession, session, takeSession } from '../base/session';
import { Dialog } from '../parts/dialog';
import { faultWords, hasLapsed, returns } from './fault';
import { Fault } from './load';
import { b } from './words';

export function Lapsed() {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState('');
  const [isBusy, setBusy] = useState(false);
  if (!hasLapsed.value) return null;
  const leave = () => { hasLapsed.value = false; void readSession(); };
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const before = session.peek().person?.name;
    try {
      const who = await api.signIn(name.trim(), password);
      if (who.person?.name !== before) { replace('desk'); location.reload(); return; }
      takeSession(who);
      returns.value += 1;
      hasLapsed.value = false;
      setFault('');
    } catch (wrong) { setFault(wrong instanceof ApiError ? wrong.message : faultWords(wrong)); }
    setPassword('');
    setBusy(false);
  };
  return (
    <Dialog title={b('lapsed.title')} onClose={() => { if (hasLapsed.peek()) leave(); }}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <p>{b('lapsed.kept')}</p>
        <div class="field"><label for="lapsed-name">{b('people.col.sign_in')}</label>
          <input class="in" id="lapsed-name" required autoComplete="username" value={name} onInput={(event) => setName((event.target as HTMLInputElement).value)} /></div>
        <div class="field"><label for="lapsed-password">{b('lapsed.password')}</label>
          <input class="in" id="lapsed-password" type="password" required autoComplete="current-password" value={password} onInput={(event) => setPassword((event.target as HTMLInputElement).value)} /></div>
        <Fault words={fault} />
        <div class="row"><button class="btn btn-pri" aria-busy={isBusy}>{b('lapsed.go')}</button>
          <button class="btn btn-quiet" type="button" onClick={(event) => (event.target as HTMLElement).closest('dialog')?.close()}>{b('desk.leave')}</button></div>
      </form>
    </Dialog>
  );
}
