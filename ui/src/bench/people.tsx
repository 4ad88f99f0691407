/* 人员: who can sign in, the posts they hold (unit × place × role, with dates), a new password. */
import { useState } from 'preact/hooks';
import { faultWords } from './fault';
import { localDay } from '../base/day';
import { Dialog } from '../parts/dialog';
import { staffApi } from './api';
import { DeskPage } from './desk';
import { Fault, State, useLoad } from './load';
import type { Staff } from './types';
import { b } from './words';

export function PeopleDesk() {
  const list = useLoad(() => staffApi.staff());
  const [open, setOpen] = useState<string | 'new' | ''>('');
  const [first, setFirst] = useState('');
  const person = list.value?.find((one) => one.id === open);
  const close = () => { setOpen(''); setFirst(''); };
  return (
    <DeskPage current="people" title={b('desk.people')}>
      <main id="main" class="wrap" tabIndex={-1}>
        <div class="head"><h1>{b('people.title', { n: list.value?.length ?? 0 })}</h1>
          <button class="btn btn-pri push" type="button" onClick={() => setOpen('new')}>{b('people.add')}</button></div>
        <State of={list}>{(staff) => (
          <div class="wide-ok"><table class="table cards people-t"><thead><tr>{(['name', 'sign_in', 'posts', 'phone', 'state'] as const).map((column) => <th scope="col">{b(`people.col.${column}`)}</th>)}<th scope="col"><span class="vh">{b('people.change')}</span></th></tr></thead>
            <tbody>{staff.map((one) => (
              <tr><td class="b nb">{one.name}</td><td>{one.sign_in}</td><td>{heldPosts(one).map((post) => <div>{postWords(post)}</div>)}</td><td class="nb">{one.phone}</td>
                <td class={one.state === 'active' ? '' : 'err'}>{b(`people.state.${one.state}` as 'people.state.active')}</td>
                <td class="r"><button class="btn btn-small" type="button" onClick={() => setOpen(one.id)}>{b('people.change')}<span class="vh">{one.name}</span></button></td></tr>))}</tbody></table></div>)}</State>
      </main>
      {open === 'new' && <AddPerson onClose={() => setOpen((now) => (now === 'new' ? '' : now))} onDone={(fresh) => { list.again(); setFirst(fresh.password ?? ''); setOpen(fresh.id); }} />}
      {person && <ChangePerson key={person.id} person={person} first={first} onClose={close} onChange={list.again} />}
    </DeskPage>
  );
}

const postWords = (post: Staff['posts'][number]): string => `${post.unit_name}${b('desk.comma')}${roleWords(post.role)}${b('desk.comma')}${post.area_name}`;

/** Posts that are held or will be; what has ended is history of the audit chain. */
const heldPosts = (person: Staff) => person.posts.filter((post) => !post.valid_to || post.valid_to >= localDay(new Date()));

const ROLES = ['admin', 'service_owner', 'clerk', 'officer', 'leader', 'helper', 'auditor'] as const;
const roleWords = (role: string): string => ((ROLES as readonly string[]).includes(role) ? b(`role.${role as 'admin'}`) : role);

function AddPerson({ onClose, onDone }: { onClose: () => void; onDone: (person: Staff) => void }) {
  const [values, setValues] = useState({ sign_in: '', name: '', phone: '' });
  const [fault, setFault] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    staffApi.addStaff(values.sign_in.trim(), values.name.trim(), values.phone.trim()).then(onDone).catch((wrong) => setFault(faultWords(wrong)));
  };
  const input = (name: keyof typeof values) => (
    <div class="field"><label for={`new-${name}`}>{b(`people.col.${name}`)}</label>
      <input class="in" id={`new-${name}`} autoComplete="off" required={name !== 'phone'} value={values[name]} onInput={(event) => setValues({ ...values, [name]: (event.target as HTMLInputElement).value })} /></div>);
  return (
    <Dialog title={b('people.add')} onClose={onClose}>
      <form class="stack" onSubmit={submit}>{input('name')}{input('sign_in')}{input('phone')}<Fault words={fault} /><div class="row"><button class="btn btn-pri">{b('people.add')}</button>
        <button class="btn btn-quiet" type="button" onClick={(event) => (event.target as HTMLElement).closest('dialog')?.close()}>{b('act.cancel')}</button></div></form>
    </Dialog>
  );
}

function ChangePerson({ person, first, onClose, onChange }: { person: Staff; first: string; onClose: () => void; onChange: () => void }) {
  const [fault, setFault] = useState('');
  const [password, setPassword] = useState(first);
  const act = (work: Promise<unknown>) => work.then(() => { setFault(''); onChange(); }).catch((wrong: unknown) => setFault(faultWords(wrong)));
  const state = (next: string) => act(staffApi.changeStaff(person.id, { name: person.name, phone: person.phone, state: next }));
  return (
    <Dialog title={`${person.name}${b('desk.comma')}${person.sign_in}`} onClose={onClose}>
      {password && <p role="status" class="letter">{b('people.password')}<b class="code-s">{password}</b><span class="mut s14">{b('people.password.how')}</span></p>}
      <h3>{b('people.posts')}</h3>
      <ul class="lines-s">{heldPosts(person).map((post) => (
        <li><span>{postWords(post)}{post.valid_to && <span class="mut s14 nb">{b('desk.comma')}{b('people.until')} {post.valid_to}</span>}</span> <button class="btn btn-small btn-quiet push" type="button" onClick={() => void act(staffApi.endPost(person.id, post.id))}>{b('people.endpost')}</button></li>))}
        {heldPosts(person).length === 0 && <li class="mut">{b('people.nopost')}</li>}</ul>
      <AddPost person={person} onAdd={(fresh) => act(staffApi.addPost(person.id, fresh))} />
      <h3>{b('people.account')}</h3>
      <div class="row">
        <button class="btn btn-small" type="button" onClick={() => void act(staffApi.resetPassword(person.id).then((got) => setPassword(got.password)))}>{b('people.reset')}</button>
        {person.state === 'active' ? <button class="btn btn-small btn-danger" type="button" onClick={() => void state('locked')}>{b('people.lock')}</button>
          : <button class="btn btn-small" type="button" onClick={() => void state('active')}>{b('people.unlock')}</button>}
      </div>
      <Fault words={fault} />
      <form method="dialog"><button class="btn">{b('act.close')}</button></form>
    </Dialog>
  );
}

interface FreshPost { unit: string; area: string; role: string; valid_from: string; valid_to: string }

function AddPost({ person, onAdd }: { person: Staff; onAdd: (fresh: FreshPost) => Promise<unknown> }) {
  const units = useLoad(() => staffApi.units());
  const areas = useLoad(() => staffApi.areas());
  const [fresh, setFresh] = useState<FreshPost>({ unit: '', area: '', role: 'clerk', valid_from: localDay(new Date()), valid_to: '' });
  const pick = (name: keyof FreshPost) => (event: Event) => setFresh({ ...fresh, [name]: (event.target as HTMLSelectElement).value });
  const unit = fresh.unit || units.value?.[0]?.code || '';
  const area = fresh.area || areas.value?.find((one) => one.kind === 'township')?.code || areas.value?.[0]?.code || '';
  const submit = (event: Event) => { event.preventDefault(); void onAdd({ ...fresh, unit, area }); };
  return (
    <form class="row posts" onSubmit={submit} aria-label={b('people.addpost', { name: person.name })}>
      <label><span class="vh">{b('people.unit')}</span><select class="in in-s" value={unit} onChange={pick('unit')}>{(units.value ?? []).map((one) => <option value={one.code}>{one.name}</option>)}</select></label>
      <label><span class="vh">{b('people.area')}</span><select class="in in-s" value={area} onChange={pick('area')}>{(areas.value ?? []).map((one) => <option value={one.code}>{one.name}</option>)}</select></label>
      <label><span class="vh">{b('people.role')}</span><select class="in in-s" value={fresh.role} onChange={pick('role')}>{ROLES.map((role) => <option value={role}>{roleWords(role)}</option>)}</select></label>
      <label class="s14">{b('people.until')} <input class="in in-s" type="date" value={fresh.valid_to} onChange={pick('valid_to')} /></label>
      <button class="btn btn-small">{b('people.givepost')}</button>
    </form>
  );
}
