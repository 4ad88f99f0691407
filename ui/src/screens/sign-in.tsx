/* Sign-in of staff, and the change of a password that must be changed. */
import { useState } from 'preact/hooks';
import { api, faultWords } from '../base/api';
import { go, href, replace } from '../base/route';
import { readSession, session, takeSession } from '../base/session';
import { Field, TextInput } from '../parts/field';
import { Icon } from '../parts/icon';
import { Page } from '../parts/page';
import { ErrorSummary } from '../parts/summary';
import { w } from '../words/words';

function useForm(fieldIds: string[]) {
  const [values, setValues] = useState<Record<string, string>>({});
  const [fault, setFault] = useState<{ message: string; field: string } | null>(null);
  const [round, setRound] = useState(0);
  const [isBusy, setBusy] = useState(false);
  const fail = (message: string, field: string) => { setFault({ message, field }); setRound((old) => old + 1); };
  const run = (work: () => Promise<void>) => {
    setBusy(true);
    setFault(null);
    work().catch((e) => fail(faultWords(e), fieldIds[fieldIds.length - 1]!)).finally(() => setBusy(false));
  };
  const put = (id: string) => (text: string) => setValues((old) => ({ ...old, [id]: text }));
  const errorOf = (id: string) => (fault?.field === id ? fault.message : '');
  return { values, put, fail, run, isBusy, round, errorOf, faults: fault ? [fault] : [] };
}

export function SignIn() {
  const form = useForm(['name', 'password']);
  const send = () => {
    const { name = '', password = '' } = form.values;
    if (!name || !password) return form.fail(w('sign.need'), name ? 'password' : 'name');
    form.run(async () => {
      const who = await api.signIn(name, password);
      takeSession(who);
      if (who.must_change_password) replace('password'); else replace('desk');
    });
  };
  return (
    <Page title={w('sign.title')} back={{ label: w('nav.home'), href: href() }} next={{ label: w('sign.go'), busy: form.isBusy, onClick: send }}>
      <ErrorSummary faults={form.faults} round={form.round} />
      <h1>{w('sign.title')}</h1>
      {!isSecureContext && <p class="msg"><Icon name="warn" />{w('sign.https')}</p>}
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); send(); }}>
        <Field id="name" label={w('sign.name')} error={form.errorOf('name')}><TextInput id="name" value={form.values.name ?? ''} error={form.errorOf('name')} auto="username" onValue={form.put('name')} /></Field>
        <Field id="password" label={w('sign.password')} error={form.errorOf('password')}><TextInput id="password" type="password" value={form.values.password ?? ''} error={form.errorOf('password')} auto="current-password" onValue={form.put('password')} /></Field>
        <button class="vh" type="submit" tabIndex={-1} aria-hidden="true">{w('sign.go')}</button>
      </form>
    </Page>
  );
}

const SHORTEST = 10;

export function ChangePassword() {
  const form = useForm(['old', 'new', 'again']);
  const send = () => {
    const { old = '', new: fresh = '', again = '' } = form.values;
    if (fresh.length < SHORTEST) return form.fail(w('password.short'), 'new');
    if (fresh !== again) return form.fail(w('password.differ'), 'again');
    form.run(async () => { await api.changePassword(old, fresh); await readSession(); go('desk'); });
  };
  const field = (id: 'old' | 'new' | 'again', hint?: string) => (
    <Field id={id} label={w(`password.${id}`)} error={form.errorOf(id)} {...(hint ? { hint } : {})}>
      <TextInput id={id} type="password" value={form.values[id] ?? ''} error={form.errorOf(id)} auto={id === 'old' ? 'current-password' : 'new-password'} onValue={form.put(id)} />
    </Field>);
  return (
    <Page title={w('password.title')} back={{ label: w('nav.home'), href: href() }} aside={session.value.person?.name ?? ''} next={{ label: w('password.go'), busy: form.isBusy, onClick: send }}>
      <ErrorSummary faults={form.faults} round={form.round} />
      <h1>{w('password.title')}</h1>
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); send(); }}>
        {field('old')}{field('new', w('password.hint'))}{field('again')}
        <button class="vh" type="submit" tabIndex={-1} aria-hidden="true">{w('password.go')}</button>
      </form>
    </Page>
  );
}
