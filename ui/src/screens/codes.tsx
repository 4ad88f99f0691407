/* Pages with one or two short fields: 查进度, 接着办 with a code, the claim code of a receipt. */
import { useState } from 'preact/hooks';
import { api, faultWords } from '../base/api';
import { go, href } from '../base/route';
import { readSession } from '../base/session';
import { takeDraft, takeKnown, work } from '../filing/work';
import { Field, TextInput } from '../parts/field';
import { Page } from '../parts/page';
import { ErrorSummary, type Fault } from '../parts/summary';
import { Phrases } from '../parts/text';
import { w } from '../words/words';
import { tookTracking } from './case';

interface FormField { id: string; label: string; hint: string; mode: 'numeric' | 'text'; need: string; isGood: (value: string) => boolean }

interface CodeFormProps {
  title: string; lead?: string; go: string; back: { label: string; href: string }; fields: FormField[];
  onSend: (values: string[]) => Promise<void>;
}

/** Fields, their errors, a summary that takes the focus, and one button in the bar. */
function CodeForm({ title, lead, go: goWords, back, fields, onSend }: CodeFormProps) {
  const [values, setValues] = useState(fields.map(() => ''));
  const [round, setRound] = useState(0);
  const [isBusy, setBusy] = useState(false);
  const [refused, setRefused] = useState('');
  const [isChecked, setChecked] = useState(false);
  const errors = fields.map((field, at) => (isChecked && !field.isGood(values[at]!.trim()) ? field.need : ''));
  const faults: Fault[] = fields.flatMap((field, at) => (errors[at] ? [{ message: errors[at], field: field.id }] : []));
  if (refused && !faults.length) faults.push({ message: refused, field: fields[0]!.id });
  const put = (at: number, text: string) => setValues(values.map((old, i) => (i === at ? text : old)));
  const send = () => {
    setChecked(true);
    setRefused('');
    if (!fields.every((field, at) => field.isGood(values[at]!.trim()))) return setRound(round + 1);
    setBusy(true);
    onSend(values.map((value) => value.trim())).catch((e) => { setRefused(faultWords(e)); setRound(round + 1); }).finally(() => setBusy(false));
  };
  return (
    <Page title={faults.length ? `${w('fault.title')}：${title}` : title} back={back} next={{ label: goWords, onClick: send, busy: isBusy }}
      say={{ text: [title, lead ?? '', ...fields.map((field) => `${field.label}。${field.hint}`)].join('。') }}>
      <ErrorSummary faults={faults} round={round} />
      <div><h1><Phrases text={title} /></h1>{lead && <p class="mut">{lead}</p>}</div>
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); send(); }}>
        {fields.map((field, at) => (
          <Field id={field.id} label={field.label} hint={field.hint} error={errors[at] ?? ''}>
            <TextInput id={field.id} value={values[at]!} error={errors[at] ?? ''} mode={field.mode} onValue={(text) => put(at, text)} />
          </Field>))}
        <button class="vh" type="submit" tabIndex={-1} aria-hidden="true">{goWords}</button>
      </form>
    </Page>
  );
}

const home = () => ({ label: w('nav.home'), href: href() });
const last4 = (): FormField => ({ id: 'last4', label: w('track.last4'), hint: w('track.last4.hint'), mode: 'text', need: w('track.need.last4'), isGood: (v) => /^\d{3}[\dXx]$/.test(v) });
const code = (): FormField => ({ id: 'code', label: w('track.code'), hint: w('track.code.hint'), mode: 'text', need: w('track.need.code'), isGood: (v) => v.length >= 6 });

const claim = (): FormField => ({ id: 'code', label: w('prove.code'), hint: w('prove.hint'), mode: 'numeric', need: w('prove.need'), isGood: (v) => /^\d{8}$/.test(digits(v)) });

export const digits = (text: string) => text.replace(/[\s-]/g, '');

export function Track({ given }: { given: string }) {
  const fields = given ? [last4()] : [code(), last4()];
  const send = async (values: string[]) => {
    const [which, four] = given ? [given, values[0]!] : [values[0]!, values[1]!];
    const isCode = /^\d{6}$/.test(digits(which));
    await api.track(isCode ? { code: digits(which) } : { ref: which }, four.toUpperCase());
    tookTracking();
    go('case');
  };
  return <CodeForm title={w('track.title')} go={w('track.go')} back={home()} fields={fields} onSend={send} />;
}

export function OpenDraft() {
  const field: FormField = { id: 'code', label: w('open.code'), hint: w('open.hint'), mode: 'numeric', need: w('open.need'), isGood: (v) => /^\d{8}$/.test(digits(v)) };
  const send = async ([typed]: string[]) => {
    const draft = await api.openDraft(digits(typed!));
    await takeDraft(draft, typed!);
    go('apply', draft.service, 'result');
  };
  return <CodeForm title={w('open.title')} go={w('open.go')} back={home()} fields={[field]} onSend={send} />;
}

/** The claim code proves who is asking: from then on the registries' answers are shown, not asked. */
export function Prove({ service }: { service: string }) {
  const send = async ([which, four]: string[]) => {
    await api.prove(digits(which!), four!.toUpperCase());
    await readSession();
    if (work.peek()) await takeKnown(work.peek()!);
    go('apply', service, 'materials');
  };
  return <CodeForm title={w('prove.title')} lead={w('prove.lead')} go={w('prove.go')} back={{ label: w('nav.back'), href: href('apply', service, 'materials') }} fields={[claim(), last4()]} onSend={send} />;
}
