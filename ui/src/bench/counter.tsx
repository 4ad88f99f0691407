/* 窗口: who stands here, the whole form on one page, the materials beside it; one button that takes
 * the file in, or, while something is missing, prints what is missing and keeps what is there. */
import { useMemo, useRef, useState } from 'preact/hooks';
import { api, ApiError, faultWords } from '../base/api';
import { randomHex, uuid } from '../base/ids';
import { shrinkPhoto } from '../base/photo';
import type { Answer, Finding, Material, OpenDraft, Receipt, Service } from '../base/types';
import type { Question } from '../engine/engine';
import { Icon } from '../parts/icon';
import { Phrases } from '../parts/text';
import { staffApi } from './api';
import { DeskPage, useKeys } from './desk';
import { DeskField } from './field';
import { useForm, type DeskForm } from './form';
import { Fault, State, useLoad } from './load';
import { PersonFinder } from './person';
import type { Person } from './types';
import { b } from './words';

interface Intake { id: string; key: string; service: string; answers: Answer[]; known: string[]; files: Record<string, { name: string; hash: string }>; draft: string }

const fresh = (service: string): Intake => ({ id: `uuid:${uuid()}`, key: randomHex(16), service, answers: [], known: [], files: {}, draft: '' });

function fromDraft(draft: OpenDraft): Intake {
  const sent = new Set(draft.files.map((file) => file.name));
  const files = Object.fromEntries(draft.answers.filter((one) => sent.has(one.text)).map((one) => [one.path, { name: one.text, hash: '' }]));
  return { id: draft.instance_id, key: draft.key, service: draft.service, answers: draft.answers, known: [], files, draft: draft.id };
}

export function CounterDesk() {
  const [intake, setIntake] = useState<Intake | null>(null);
  const [done, setDone] = useState<Receipt | null>(null);
  if (done) return <Done receipt={done} onNext={() => { setDone(null); setIntake(null); }} />;
  if (!intake) return <Begin onBegin={setIntake} />;
  return <Filling key={intake.id} intake={intake} onDone={setDone} onLeave={() => setIntake(null)} />;
}

function Begin({ onBegin }: { onBegin: (intake: Intake) => void }) {
  const services = useLoad(() => api.services());
  const [code, setCode] = useState('');
  const [fault, setFault] = useState('');
  const resume = (event: Event) => {
    event.preventDefault();
    api.openDraft(code.replace(/\D/g, '')).then((draft) => onBegin(fromDraft(draft))).catch((wrong) => setFault(faultWords(wrong)));
  };
  return (
    <DeskPage current="counter" title={b('desk.counter')}>
      <main id="main" class="wrap narrow stack" tabIndex={-1}>
        <h1><Phrases text={b('counter.what')} /></h1>
        <State of={services}>{(list) => <ul class="choose">{list.map((service) => (
          <li><button class="btn" type="button" onClick={() => onBegin(fresh(service.code))}>{service.title}</button></li>))}</ul>}</State>
        <form class="row" onSubmit={resume}>
          <label class="field"><span class="label">{b('counter.resume')}</span>
            <input class="in code-in" inputMode="numeric" autoComplete="off" value={code} onInput={(event) => setCode((event.target as HTMLInputElement).value)} /></label>
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
      <DeskPage current="counter" title={b('desk.counter')}><main id="main" class="wrap"><State of={service}>{() => (broken ? <Fault words={faultWords(broken)} /> : <span class="bone" />)}</State></main></DeskPage>);
  }
  return <Sheet intake={intake} service={service.value} form={form} onDone={onDone} onLeave={onLeave} />;
}

function Sheet({ intake, service, form, onDone, onLeave }: FillingProps & { service: Service; form: DeskForm }) {
  const [files, setFiles] = useState(intake.files);
  const [known, setKnown] = useState(new Set(intake.known));
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const [server, setServer] = useState<Finding[]>([]);
  const [hasCome, setCome] = useState(true);
  const started = useRef(Date.now());
  const materials = useMemo(() => neededMaterials(service, form), [service, form]);
  const files_ = new Set(materials.map((one) => one.question?.path));
  const missing = materials.filter((one) => one.question && one.question.isRequired && !one.question.value);
  const wrong = [...form.findings.values(), ...server].filter((finding) => !files_.has(finding.path));
  const isReady = form.isAcceptable && missing.length === 0;

  const take = async (material: Material, question: Question, picked: File) => {
    setFault('');
    try {
      const photo = await shrinkPhoto(picked);
      const name = `${material.name}-${randomHex(3)}.${photo.type === 'application/pdf' ? 'pdf' : 'jpg'}`;
      const sent = await api.upload(intake.id, name, intake.key, photo);
      setFiles((old) => ({ ...old, [question.path]: { name, hash: sent.hash } }));
      form.answer(question.path, name);
    } catch (bad) { setFault(faultWords(bad)); }
  };
  const pickPerson = (person: Person) => {
    const found = new Set<string>();
    const put = (name: string, text: string | undefined) => {
      const question = form.questions.find((one) => one.name === name);
      if (question && text) { form.answer(question.path, text); found.add(question.path); }
    };
    put(service.applicant_name || 'applicant_name', person.name);
    put(service.applicant_area || 'village', person.village);
    for (const [name, text] of Object.entries(person.values ?? {})) put(name, text);
    setKnown(found);
  };
  const submit = async () => {
    if (isBusy) return;
    setTried(true);
    if (!isReady) { notify(); return; }
    setBusy(true);
    try {
      const list = Object.values(files).map(({ name, hash }) => ({ name, hash }));
      const body = { service: service.code, version: service.version, instance_id: intake.id, key: intake.key, xml: form.sheet.xml(intake.id), files: list };
      const got = await api.submit(intake.draft ? { ...body, draft: intake.draft } : body);
      if (hasCome && got.ref) await staffApi.visit(got.ref, 'file', false).catch(() => undefined);
      onDone(got);
    } catch (bad) {
      if (bad instanceof ApiError && bad.code === 'submission.invalid') setServer(bad.findings);
      setFault(faultWords(bad));
    }
    setBusy(false);
  };
  const keep = async (): Promise<string> => (await api.newDraft(service.code, intake.id, answersOf(form))).code;
  /** What is missing goes on paper with the code under which the rest can be sent from home. */
  const notify = () => {
    setBusy(true);
    keep().then((code) => { setSlip(code); setTimeout(() => print(), 100); }).catch((bad) => setFault(faultWords(bad))).finally(() => setBusy(false));
  };
  const [slip, setSlip] = useState('');
  useKeys({ F2: () => void submit(), F4: onLeave, F6: () => document.getElementById('person-box')?.focus() });
  const name = form.questions.find((one) => one.name === (service.applicant_name || 'applicant_name'))?.value ?? '';
  return (
    <DeskPage current="counter" title={b('desk.counter')} keys={[
      { keys: ['Tab'], label: b('key.tab') }, { keys: ['F2'], label: b('key.f2') }, { keys: ['F4'], label: b('key.f4') }, { keys: ['F6'], label: b('key.f6') }]} foot={
      <>
        <label class="ck"><input type="checkbox" checked={hasCome} onChange={(event) => setCome((event.target as HTMLInputElement).checked)} />{b('counter.came')}</label>
        <span class="push" /><Fault words={fault} />
        <button class="btn" type="button" onClick={onLeave}>{b('counter.leave')}<kbd class="kbd">F4</kbd></button>
        <button class="btn btn-pri" type="button" aria-busy={isBusy} onClick={() => void submit()}>{isReady ? <Icon name="check" /> : <Icon name="print" />}{b(isReady ? 'counter.take' : 'counter.notice')}<kbd class="kbd">F2</kbd></button>
      </>}>
      <div class="split ct">
        <aside class="queue" aria-label={b('counter.who')}><PersonFinder onPick={pickPerson} /></aside>
        <main id="main" class="pane" tabIndex={-1}>
          <div class="head"><div><h1><Phrases text={headline(missing.map((one) => one.material.label), wrong.length)} /></h1>
            <p class="mut">{service.title}{b('desk.comma')}{service.limit_promised ? b('counter.limit', { n: service.limit_promised }) : b('counter.instant')}</p></div></div>
          <Questions form={form} skip={files_} known={known} isTried={isTried} server={server} />
        </main>
        <aside class="pane mats" aria-label={b('materials.label')}>
          <h2>{b('counter.materials', { got: materials.length - missing.length, missing: missing.length })}</h2>
          <ul class="lines">{materials.map((one) => <MaterialRow {...one} onFile={(file) => void take(one.material, one.question!, file)} />)}</ul>
          {missing.length > 0 && <section class="letter" aria-label={b('notice.preview')}><p class="mut s14">{b('notice.preview')}</p>
            <p><b>{name}</b>{b('counter.lacking', { service: service.title, n: missing.length })}<b>{missing.map((one) => one.material.label).join(b('desk.list'))}</b>{b('counter.home')}</p></section>}
        </aside>
      </div>
      {slip && <Slip code={slip} name={name} service={service} missing={missing.map((one) => one.material)} started={started.current} />}
    </DeskPage>
  );
}

const headline = (missing: string[], wrong: number): string =>
  missing.length ? b('counter.short', { n: missing.length, what: missing.join(b('desk.list')) }) : wrong ? b('counter.wrong', { n: wrong }) : b('counter.ready');

const answersOf = (form: DeskForm): Answer[] =>
  form.questions.filter((one) => !['note', 'group', 'repeat', 'hidden'].includes(one.kind) && !one.isReadonly).map((one) => ({ path: one.path, text: one.value }));

interface Needed { material: Material; question: Question | undefined }

function neededMaterials(service: Service, form: DeskForm): Needed[] {
  return service.materials.flatMap((material): Needed[] => {
    const question = form.questions.find((one) => one.kind === 'file' && one.name === material.name);
    if (question) return question.isRelevant ? [{ material, question }] : [];
    try { return form.sheet.rule(`material/${material.name}`) ? [{ material, question: undefined }] : []; } catch { return [{ material, question: undefined }]; }
  });
}

function MaterialRow({ material, question, onFile }: Needed & { onFile: (file: File) => void }) {
  const isThere = !question || Boolean(question.value);
  return (
    <li>
      <span class={`tag ${isThere ? 'ok' : 'err'}`}><Icon name={isThere ? 'check' : 'warn'} /></span>
      <span><b>{material.label}</b><br /><span class="mut s14">{question ? material.guide : b('counter.exempt')}</span></span>
      {question && <label class="btn btn-small"><Icon name="camera" />{b(question.value ? 'counter.again' : 'counter.scan')}
        <input type="file" class="vh" accept="image/*,application/pdf" onChange={(event) => { const input = event.target as HTMLInputElement; const file = input.files?.[0]; if (file) onFile(file); input.value = ''; }} /></label>}
    </li>
  );
}

interface QuestionsProps { form: DeskForm; skip: Set<string | undefined>; known: Set<string>; isTried: boolean; server: Finding[] }

function Questions({ form, skip, known, isTried, server }: QuestionsProps) {
  return (
    <form class="two" autoComplete="off" onSubmit={(event) => event.preventDefault()}>
      {form.questions.filter((one) => one.isRelevant && !skip.has(one.path) && one.label).map((one) => {
        if (one.kind === 'group') return <h2 class="wide group-h">{one.label}</h2>;
        if (one.kind === 'repeat') return one.isReadonly ? null : <p class="wide"><button class="btn btn-small" type="button" onClick={() => form.add(one.path)}><Icon name="plus" />{one.label}</button></p>;
        if (one.kind === 'note') return <p class="wide mut">{one.label}</p>;
        if (one.kind === 'hidden' || one.isReadonly) return null;
        const fault = form.findings.get(one.path)?.message ?? server.find((finding) => finding.path === one.path)?.message ?? '';
        return <DeskField key={one.path} question={one} choices={form.choices(one.path)} fault={fault} isShown={isTried} isKnown={known.has(one.path)} onAnswer={(text) => form.answer(one.path, text)} />;
      })}
    </form>
  );
}

/** On paper only: what is missing, and the code that goes on from any phone. */
function Slip({ code, name, service, missing, started }: { code: string; name: string; service: Service; missing: Material[]; started: number }) {
  return (
    <section class="paper" role="status">
      <h2>{b('slip.title')}</h2><p>{name}{b('slip.begin', { service: service.title })}</p>
      <ol class="numbered">{missing.map((material) => <li><b>{material.label}</b>{material.guide ? `${b('desk.comma')}${material.guide}` : ''}</li>)}</ol>
      <p>{b('slip.how')}</p><p class="code">{code}</p><p class="mut s14">{new Date(started).toLocaleDateString('zh-CN')}</p>
    </section>
  );
}

function Done({ receipt, onNext }: { receipt: Receipt; onNext: () => void }) {
  useKeys({ n: onNext, F9: onNext });
  const at = `/v1/cases/${encodeURIComponent(receipt.ref)}/receipt.pdf`;
  return (
    <DeskPage current="counter" title={b('counter.done')} keys={[{ keys: ['N'], label: b('key.person') }]} foot={<><span class="push" /><button class="btn btn-pri" type="button" onClick={onNext}>{b('counter.next')}<kbd class="kbd">N</kbd></button></>}>
      <main id="main" class="wrap narrow stack" tabIndex={-1}>
        <h1><Phrases text={b(receipt.outcome === 'granted' ? 'counter.granted' : 'counter.received')} /></h1>
        <dl class="sl"><div><dt>{b('counter.ref')}</dt><dd class="v">{receipt.ref}</dd></div><div><dt>{b('counter.code')}</dt><dd class="v">{receipt.code}</dd></div></dl>
        <p class="row"><a class="btn" href={`${at}?paper=a4`} target="_blank" rel="noopener"><Icon name="print" />{b('letter.receipt')}</a>
          <a class="btn" href={`${at}?paper=slip`} target="_blank" rel="noopener"><Icon name="print" />{b('letter.slip')}</a></p>
        <p class="mut">{b('counter.tell')}</p>
      </main>
    </DeskPage>
  );
}
