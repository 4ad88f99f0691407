/* Which screen an address shows. */
import { effect } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { faultWords } from './base/api';
import { applyLook, isBench, isElder } from './base/look';
import { href, route } from './base/route';
import { isSessionKnown, session } from './base/session';
import { hush } from './base/speak';
import { HelpDialog } from './parts/help';
import { IdleGuard } from './parts/idle';
import { Loading, Page, Trouble } from './parts/page';
import { Find, Home } from './screens/home';
import { w } from './words/words';

effect(() => { void isElder.value; isBench.value = route.value.parts[0] === 'desk' && session.value.kind === 'staff'; applyLook(); });
effect(() => { void route.value; hush(); });

export function App() {
  return <><Screen /><HelpDialog /><IdleGuard /></>;
}


/* Fetched when first needed: the first page stays small. */
const signIn = () => import('./screens/sign-in');
const forms = () => import('./screens/forms');

function Screen() {
  const { parts: [first = '', code = '', page = '', rest = ''], query, hash } = route.value;
  switch (first) {
    case '': return <Home />;
    case 'all': return <Find q="" />;
    case 'find': return <Find q={query.get('q') ?? ''} />;
    case 'apply': return <Later load={() => forms().then((m) => m.Apply)} props={{ code, page, rest }} key={`apply/${code}/${page}`} />;
    case 'case': return <Later load={() => forms().then((m) => m.Case)} key="case" />;
    case 'track': return <Later load={() => forms().then((m) => m.Track)} props={{ given: code }} key={hash} />;
    case 'open': return <Later load={() => forms().then((m) => m.OpenDraft)} key="open" />;
    case 'prove': return <Later load={() => forms().then((m) => m.Prove)} props={{ service: code }} key="prove" />;
    case 'signin': return <Later load={() => signIn().then((m) => m.SignIn)} key="signin" />;
    case 'password': return <Later load={() => signIn().then((m) => m.ChangePassword)} key="password" />;
    case 'desk': return <DeskOrSignIn />;
    default: return <Find q="" />;
  }
}

/** The desks of the staff, for staff only; whoever got a new password changes it first. */
function DeskOrSignIn() {
  if (!isSessionKnown.value) return <Page title={w('state.loading')} back={{ label: w('nav.home'), href: href() }}><Loading /></Page>;
  if (session.value.kind !== 'staff') return <Later load={() => signIn().then((m) => m.SignIn)} key="signin" name="signin" />;
  if (session.value.must_change_password) return <Later load={() => signIn().then((m) => m.ChangePassword)} key="password" name="password" />;
  return <Later load={() => import('./bench/desk').then((m) => m.default)} key="desk" />;
}

const loaded = new Map<string, ComponentType<any>>();

/** A screen of another chunk. What was fetched once shows at once. */
function Later<P extends object>({ load, props, name = route.value.parts[0] ?? '' }: { load: () => Promise<ComponentType<P>>; props?: P; name?: string }) {
  const [Shown, setShown] = useState<ComponentType<P> | undefined>(() => loaded.get(name));
  const [fault, setFault] = useState('');
  const fetchIt = () => {
    setFault('');
    load().then((screen) => { loaded.set(name, screen); setShown(() => screen); }, (e) => setFault(faultWords(e)));
  };
  useEffect(() => { if (!Shown) fetchIt(); }, []);
  if (Shown) return <Shown {...(props ?? ({} as P))} />;
  return (
    <Page title={w('state.loading')} back={{ label: w('nav.home'), href: href() }}>
      {fault ? <Trouble words={fault} again={fetchIt} /> : <Loading />}
    </Page>
  );
}

