/* 窗口: who stands here, the whole form on one page, the materials beside it; one button that takes
 * the file in, or, while something is missing, prints what is missing and keeps what is there. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { api, ApiError } from '../base/api';
import { randomHex } from '../base/ids';
import { shrinkPhoto } from '../base/photo';
import { href } from '../base/route';
import { session } from '../base/session';
import { language } from '../base/words';
import type { Finding, Material, Receipt, Service } from '../base/types';
import type { Question } from '../engine/engine';
import { Dialog } from '../parts/dialog';
import { Icon } from '../parts/icon';
import { Phrases } from '../parts/text';
import { staffApi } from './api';
import { DeskPage, useKeys } from './desk';
import { faultWords } from './fault';
import { DeskField } from './field';
import { useForm, type DeskForm } from './form';
import { DraftKeeper, fresh, fromDraft, type Intake, type Taken } from './intake';
import { Fault, State, useLoad } from './load';
import { PersonFinder } from './person';
import type { Person } from './types';
import { b } from './words';

export function CounterDesk() {
  const [intake, setIntake] = useState<Intake | null>(null);
  const [done, setDone] = useState<Receipt | null>(null);
  if (done) return <Done receipt={done} onNext={() => { setDone(null); setIntake(null); }} />;
  if (!intake) return <Begin onBegin={setIntake} />;
  return <Filling key={intake.id} intake={intake} onDone={setDone} onLeave={() => setIntake(null)} />;
}

function Begin({ onBegin }: { onBegin: (intake: Intake) => void }) {
  const services = useLoad(() => api.services());
  const [words, setWords] = useState('');
  const [code, setCode] = useState('');
  const [fault, setFault] = useState('');
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => { box.current?.focus(); }, []);
  const found = (services.value ?? []).filter((one) => `${one.title} ${one.title_en ?? ''} ${one.keywords}`.toLowerCase().includes(words.trim().toLowerCase()));
  const resume = (event: Event) => {
    event.preventDefault();
    const digits = code.replace(/\D/g, '');
    if (digits.length !== 8) { setFault(b('counter.digits')); return; }
    api.openDraft(digits).then((draft) => onBegin(fromDraft(draft, digits))).catch((wrong) => setFault(faultWords(wrong)));
  };
  const first = (event: Event) => { event.preventDefault(); if (found[0]) onBegin(fresh(found[0].code)); };
  return (
    <DeskPage current="counter" title={b('desk.counter')} keys={[{ keys: ['Enter'], label: b('key.first') }, { keys: ['Tab'], label: b('key.tab') }]}>
      <main id="main" class="wrap narrow stack" tabIndex={-1}>
        <h1><Phrases text={b('counter.what')} /></h1>
        <form role="search" onSubmit={first}><label class="field"><span class="label">{b('counter.which')}</span>
          <input class="in" id="service-box" ref={box} autoComplete="off" value={words} onInput={(event) => setWords((event.target as HTMLInputElement).value)} /></label></form>
        <State of={services}>{() => (found.length ? <ul class="choose">{found.slice(0, 24).map((service) => (
          <li><button class="btn" type="button" onClick={() => onBegin(fresh(service.code))}>{service.title}</button></li>))}</ul>
          : <p class="mut" role="status">{b('work.nothing')}</p>)}</State>
        <form class="row resume" onSubmit={resume}>
          <label class="field"><span class="label">{b('counter.resume')}</span>
            <input class="in code-in" id="code-box" inputMode="numeric" autoComplete="off" value={code} onInput={(event) => setCode((event.target as HTMLInputElement).value)} /></label>
          <button class="btn low">{b('counter.open')}</button>
        </form>
        <Fault words={fault} />
      </main>
    </DeskPage>
  );
}

interface FillingProps { intake: Intake; onDone: (receipt: Receipt) => void; onLeave: () => void }

function Filling({ intake, onDone, onLeave }: FillingProps) {
  const service = useLoad(() => api.service(intake.service));
  const [form, broken] = useForm(service.value?.form.image ?? '', intake.answers, intake.id);
  if (!service.value || !form) {
    return (
      <DeskPage current="counter" title={b('desk.counter')}><main id="main" class="wrap" tabIndex={-1}>
        <State of={service}>{() => (broken ? <Fault words={faultWords(broken)} /> : <span class="bone" />)}</State>
        {(service.fault || Boolean(broken)) && <p class="empty"><button class="btn" type="button" onClick={onLeave}>{b('counter.back')}</button></p>}</main></DeskPage>);
  }
  return <Sheet intake={intake} service={service.value} form={form} onDone={onDone} onLeave={onLeave} />;
}

const FULL_ID = /^\d{17}[\dX]$/;
/** What goes on paper: the code of the draft, and whether something is missing or it only waits. */
interface Paper { code: string; isNotice: boolean; round: number }

function Sheet({ intake, service, form, onDone, onLeave }: FillingProps & { service: Service; form: DeskForm }) {
  const [files, setFiles] = useState(intake.files);
  const [known, setKnown] = useState(new Set<string>());
  const [person, setPerson] = useState<Person | null>(null);
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const [server, setServer] = useState<Finding[]>([]);
  const [hasCome, setCome] = useState(true);
  const [paper, setPaper] = useState<Paper | null>(null);
  const keeper = useMemo(() => new DraftKeeper(intake, form.sheet, intake.draft), [form.sheet]);
  const materials = neededMaterials(service, form);
  const filePaths = new Set(materials.map((one) => one.question?.path));
  const missing = materials.filter((one) => one.question && one.question.isRequired && !one.question.value);
  const wrong = [...form.findings.values(), ...server.filter((one) => !form.findings.has(one.path))].filter((finding) => !filePaths.has(finding.path));
  const next: 'notice' | 'fill' | 'take' = missing.length ? 'notice' : wrong.length ? 'fill' : 'take';
  useObjectUrls(files);
  useEffect(() => { if (paper?.isNotice) print(); }, [paper]);

  const run = async (work: () => Promise<void>) => {
    if (isBusy) return;
    setBusy(true);
    try { await work(); setFault(''); } catch (bad) {
      if (bad instanceof ApiError && bad.code === 'submission.invalid') { setServer(bad.findings); setTried(true); }
      setFault(faultWords(bad));
    }
    setBusy(false);
  };
  const take = (material: Material, question: Question, picked: File) => run(async () => {
    const photo = await shrinkPhoto(picked);
    const isPicture = photo.type.startsWith('image/');
    const name = `${material.name}-${randomHex(3)}.${isPicture ? 'jpg' : 'pdf'}`;
    const { key } = await keeper.begun();
    await api.upload(intake.id, name, key, photo);
    setFiles((old) => ({ ...old, [question.path]: { name, url: URL.createObjectURL(photo), isPicture } }));
    form.answer(question.path, name);
  });
  const fillIn = (found: Person) => {
    const put = new Set<string>();
    const values: Record<string, string> = { name_full: found.name, village: found.village, ...found.values };
    for (const question of form.sheet.questions()) {
      const text = values[question.saveTo || question.name] ?? '';
      if (!text || text.includes('*') || question.kind === 'hidden' || question.isReadonly || question.kind === 'file') continue;
      form.answer(question.path, text);
      if (form.sheet.value(question.path) === text) put.add(question.path);
    }
    setKnown(put);
    setPerson(found);
    setTimeout(() => firstOpen()?.focus());
  };
  /** An ID number typed from the card finds its owner by itself. */
  const answer = (question: Question, text: string) => {
    form.answer(question.path, text);
    if (question.name !== service.applicant_id || !FULL_ID.test(text) || form.sheet.finding(question.path)) return;
    staffApi.findPeople({ id_number: text }).then((found) => { if (found.length === 1) fillIn(found[0]!); }).catch((bad) => setFault(faultWords(bad)));
  };
  const submit = () => run(async () => {
    const list = Object.values(files).map(({ name }) => ({ name, hash: '' }));
    const { id = '', key = randomHex(16) } = keeper.kept ?? {};
    const body = { service: service.code, version: service.version, instance_id: intake.id, key, xml: form.sheet.xml(intake.id), files: list };
    const got = await api.submit(id ? { ...body, draft: id } : body);
    if (hasCome && got.ref) await staffApi.visit(got.ref, 'file', false).catch(() => undefined);
    onDone(got);
  });
  /** What is missing goes on paper with the code under which the rest can be sent from home. */
  const lay = (isNotice: boolean) => run(async () => { const { code } = await keeper.save(); setPaper((old) => ({ code, isNotice, round: (old?.round ?? 0) + 1 })); });
  const press = () => {
    if (next === 'take') { void submit(); return; }
    setTried(true);
    if (next === 'notice') void lay(true);
    else document.getElementById(`q${wrong[0]!.path}`)?.focus();
  };
  const drop = () => { if (keeper.kept) void keeper.save([]).catch(() => undefined); onLeave(); };
  const pause = () => { if (form.questions.some((one) => one.value && !one.isReadonly && one.kind !== 'hidden')) void lay(false); else onLeave(); };
  useKeys({ F2: press, F4: pause, F6: () => document.getElementById('person-box')?.focus() });
  const name = form.questions.find((one) => one.name === service.applicant_name)?.value ?? '';
  const faults = wrong.filter((one) => one.kind === 'constraint' && one.message).map((one) => `${form.questions.find((question) => question.path === one.path)?.label ?? ''} ${one.message}`.trim());
  return (
    <DeskPage current="counter" title={b('desk.counter')} keys={[
      { keys: ['Tab'], label: b('key.tab') }, { keys: ['F2'], label: b('key.f2') }, { keys: ['F4'], label: b('key.f4') }, { keys: ['F6'], label: b('key.f6') }]} foot={
      <>
        <label class="ck"><input type="checkbox" checked={hasCome} onChange={(event) => setCome((event.target as HTMLInputElement).checked)} />{b('counter.came')}</label>
        <span class="push" /><Fault words={fault} />
        <button class="btn btn-quiet" type="button" onClick={drop}>{b('counter.drop')}</button>
        <button class="btn" type="button" onClick={pause}>{b('counter.later')}<kbd class="kbd">F4</kbd></button>
        <button class="btn btn-pri" type="button" aria-busy={isBusy} aria-disabled={next === 'fill' ? 'true' : undefined} onClick={press}>
          {next !== 'fill' && <Icon name={next === 'take' ? 'check' : 'print'} />}{next === 'fill' ? b('counter.wrong', { n: wrong.length }) : b(next === 'take' ? 'counter.take' : 'counter.notice')}<kbd class="kbd">F2</kbd></button>
      </>}>
      <div class="split ct">
        <aside class="queue" aria-label={b('counter.who')}><PersonFinder picked={person} onPick={fillIn} /></aside>
        <main id="main" class="pane" tabIndex={-1}>
          <div class="head"><div><h1><Phrases text={headline(missing.map((one) => one.material.label), wrong.length)} /></h1>
            <p class="mut">{service.title}{b('desk.comma')}{service.limit_promised ? b('counter.limit', { n: service.limit_promised }) : b('counter.instant')}</p></div></div>
          <Questions form={form} skip={filePaths} known={known} isTried={isTried} server={server} onAnswer={answer}
            onUnlock={(path) => { setKnown(new Set([...known].filter((one) => one !== path))); setTimeout(() => document.getElementById(`q${path}`)?.focus()); }} />
          {known.size > 0 && <p class="mut s14 note">{b('counter.known', { n: known.size })}</p>}
        </main>
        <aside class="pane mats" aria-label={b('materials.label')}>
          <h2>{b(missing.length ? 'counter.materials' : 'counter.materials.all', { got: materials.length - missing.length, missing: missing.length })}</h2>
          <ul class="lines">{materials.map((one) => <MaterialRow {...one} taken={one.question && files[one.question.path]} onFile={(file) => void take(one.material, one.question!, file)} />)}</ul>
          {missing.length > 0 && <section class="letter" aria-label={b('notice.preview')}><p class="mut s14">{b('notice.preview')}</p>
            <p>{name && <><b>{name}</b>{b('desk.colon')}</>}{b('counter.lacking', { service: service.title, n: missing.length })}<b>{missing.map((one) => one.material.label).join(b('desk.list'))}</b>{b('counter.home')}</p>
            {faults.map((words) => <p>{words}</p>)}</section>}
        </aside>
      </div>
      {paper && <>
        <Slip paper={paper} name={name} service={service} missing={missing.map((one) => one.material)} faults={faults} />
        <Laid paper={paper} onAgain={() => setPaper(null)} onNext={onLeave} /></>}
    </DeskPage>
  );
}

/** The first field that still wants something. */
const firstOpen = (): HTMLElement | null => {
  const fields = [...document.querySelectorAll<HTMLInputElement>('form.two fieldset, form.two .field:not(.known) > .in')];
  const open = fields.find((one) => (one.tagName === 'FIELDSET' ? !one.querySelector(':checked') : !one.value));
  return open?.tagName === 'FIELDSET' ? open.querySelector('input') : open ?? null;
};

/** Pictures are shown from memory; nothing of them stays when the next person comes. */
function useObjectUrls(files: Record<string, Taken>) {
  const latest = useRef(files);
  latest.current = files;
  useEffect(() => () => { for (const { url } of Object.values(latest.current)) if (url) URL.revokeObjectURL(url); }, []);
}

const headline = (missing: string[], wrong: number): string =>
  missing.length ? b('counter.short', { n: missing.length, what: missing.join(b('desk.list')) }) : wrong ? b('counter.wrong', { n: wrong }) : b('counter.ready');

interface Needed { material: Material; question: Question | undefined }

function neededMaterials(service: Service, form: DeskForm): Needed[] {
  return service.materials.flatMap((material): Needed[] => {
    const question = form.questions.find((one) => one.kind === 'file' && one.name === material.name);
    if (question) return question.isRelevant ? [{ material, question }] : [];
    try { return form.sheet.rule(`material/${material.name}`) ? [{ material, question: undefined }] : []; } catch { return [{ material, question: undefined }]; }
  });
}

function MaterialRow({ material, question, taken, onFile }: Needed & { taken: Taken | undefined; onFile: (file: File) => void }) {
  const isThere = !question || Boolean(question.value);
  const state = !question ? b('counter.exempt') : taken && !taken.isPicture ? b('counter.sent') : material.guide;
  return (
    <li>
      <span class={`tag ${isThere ? 'ok' : question?.isRequired ? 'err' : 'mut'}`}><Icon name={isThere ? 'check' : 'warn'} /></span>
      <span><b>{material.label}</b>{question && !question.isRequired && <span class="mut s14">{b('field.optional')}</span>}<br /><span class="mut s14">{state}</span></span>
      {taken?.isPicture && <img class="thumb" src={taken.url} alt={b('materials.photo', { label: material.label })} />}
      {question && <label class="btn btn-small"><Icon name="camera" />{b(question.value ? 'counter.again' : 'counter.scan')}<span class="vh">{material.label}</span>
        <input type="file" class="vh" accept="image/*,application/pdf" onChange={(event) => { const input = event.target as HTMLInputElement; const file = input.files?.[0]; if (file) onFile(file); input.value = ''; }} /></label>}
    </li>
  );
}

interface QuestionsProps {
  form: DeskForm; skip: Set<string | undefined>; known: Set<string>; isTried: boolean; server: Finding[];
  onAnswer: (question: Question, text: string) => void; onUnlock: (path: string) => void;
}

function Questions({ form, skip, known, isTried, server, onAnswer, onUnlock }: QuestionsProps) {
  const shown = form.questions.filter((one) => one.isRelevant && !skip.has(one.path) && one.label && !(one.kind === 'hidden' || (one.isReadonly && !['group', 'repeat', 'note'].includes(one.kind))));
  const parents = new Set(shown.filter((one) => one.kind !== 'group').flatMap((one) => ancestors(one, form.questions)));
  return (
    <form class="two" autoComplete="off" onSubmit={(event) => event.preventDefault()}>
      {shown.map((one) => {
        if (one.kind === 'group') return parents.has(one.path) || /\]$/.test(one.path) ? <h2 class="wide group-h">{one.label}{/\]$/.test(one.path) && <button class="btn btn-small btn-quiet" type="button" onClick={() => form.remove(one.path)}>{b('field.remove')}</button>}</h2> : null;
        if (one.kind === 'repeat') return one.isReadonly ? null : <p class="wide"><button class="btn btn-small" type="button" onClick={() => form.add(one.path)}><Icon name="plus" />{one.label}</button></p>;
        if (one.kind === 'note') return <p class="wide mut">{one.label}</p>;
        const fault = form.findings.get(one.path)?.message ?? server.find((finding) => finding.path === one.path)?.message ?? '';
        return <DeskField key={one.path} question={one} choices={form.choices(one.path)} fault={fault} isShown={isTried} isKnown={known.has(one.path)}
          onAnswer={(text) => onAnswer(one, text)} onUnlock={() => onUnlock(one.path)} />;
      })}
    </form>
  );
}

/** The groups a question stands in; those that would be empty get no heading. */
function ancestors(question: Question, all: Question[]): string[] {
  const parent = all.find((one) => one.path === question.parent);
  return parent ? [parent.path, ...ancestors(parent, all)] : [];
}

/** On paper only: what is missing, and the code that goes on from any phone. */
function Slip({ paper, name, service, missing, faults }: { paper: Paper; name: string; service: Service; missing: Material[]; faults: string[] }) {
  const { tenant } = session.value;
  return (
    <section class="paper" aria-hidden="true">
      <h2>{b(paper.isNotice ? 'slip.title' : 'slip.later')}</h2>
      <p>{name && <>{name}{b('desk.colon')}</>}{b(paper.isNotice ? 'slip.begin' : 'slip.kept', { service: service.title })}</p>
      <ol class="numbered">{missing.map((material) => <li><b>{material.label}</b>{material.guide ? `${b('desk.comma')}${material.guide}` : ''}</li>)}
        {faults.map((words) => <li>{words}</li>)}</ol>
      <p>{b('slip.how')}</p><p class="code">{paper.code}</p>
      <p>{tenant.name} {tenant.phone}<br />{new Date().toLocaleDateString(language.value === 'en' ? 'en-GB' : 'zh-CN', { dateStyle: 'long' })}</p>
    </section>
  );
}

/** It is kept and printed: the number once more in large, and on to the next person. */
function Laid({ paper, onAgain, onNext }: { paper: Paper; onAgain: () => void; onNext: () => void }) {
  return (
    <Dialog title={b(paper.isNotice ? 'slip.done' : 'slip.saved')} onClose={onAgain}>
      <p>{b('slip.number')}</p><p class="code big-code">{paper.code}</p>
      <div class="row">
        <button class="btn btn-pri" type="button" onClick={onNext}>{b('counter.next')}<kbd class="kbd">Enter</kbd></button>
        <button class="btn" type="button" onClick={() => print()}><Icon name="print" />{b(paper.isNotice ? 'slip.again' : 'slip.print')}</button>
        <button class="btn btn-quiet" type="button" onClick={onAgain}>{b('slip.back')}</button>
      </div>
    </Dialog>
  );
}

function Done({ receipt, onNext }: { receipt: Receipt; onNext: () => void }) {
  const at = `/v1/cases/${encodeURIComponent(receipt.ref)}/receipt.pdf`;
  const a4 = `${at}?paper=a4`, slip = `${at}?paper=slip`;
  const see = (address: string) => { open(address, '_blank', 'noopener'); };
  useEffect(() => { document.getElementById('main')?.focus(); }, []);
  useKeys({ n: onNext, Enter: onNext, F9: onNext, a: () => see(a4), s: () => see(slip) });
  return (
    <DeskPage current="counter" title={b('counter.done')} keys={[{ keys: ['A'], label: b('letter.receipt') }, { keys: ['S'], label: b('letter.slip') }, { keys: ['N'], label: b('key.person') }]}
      foot={<><span class="push" /><button class="btn btn-pri" type="button" onClick={onNext}>{b('counter.next')}<kbd class="kbd">N</kbd></button></>}>
      <main id="main" class="wrap narrow stack" tabIndex={-1}>
        <h1><Phrases text={b(receipt.outcome === 'granted' ? 'counter.granted' : 'counter.received')} /></h1>
        <dl class="sl"><div><dt>{b('counter.ref')}</dt><dd class="v">{receipt.ref}</dd></div><div><dt>{b('counter.code')}</dt><dd class="v">{receipt.code}</dd></div></dl>
        <p class="row"><a class="btn" href={a4} target="_blank" rel="noopener"><Icon name="print" />{b('letter.receipt')}<kbd class="kbd">A</kbd></a>
          <a class="btn" href={slip} target="_blank" rel="noopener"><Icon name="print" />{b('letter.slip')}<kbd class="kbd">S</kbd></a>
          <a class="btn btn-quiet" href={href('desk', 'case', receipt.ref)}>{b('counter.see')}</a></p>
        {receipt.files_missing.length > 0 && <Fault words={b('counter.lost', { what: receipt.files_missing.join(b('desk.list')) })} />}
        <p class="mut">{b('counter.tell')}</p>
      </main>
    </DeskPage>
  );
}
