/* One question's control. Native inputs; the label is the page's heading, the error stands at the field. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Choice, Question } from '../engine/engine';
import { w } from '../words/words';
import { Icon } from './icon';
import { SayButton } from './page';
import { mediaUrlIn } from './text';

export interface ControlProps {
  question: Question; id: string; error: string; onValue: (text: string) => void;
  /** The form's own pictures and sounds: name → address. */
  media?: Record<string, string> | undefined;
}

/** aria for a control that is wrong. */
const wrong = (id: string, error: string) => (error ? { 'aria-invalid': true as const, 'aria-describedby': `${id}-error` } : { 'aria-describedby': `${id}-hint` });

export function ErrorAt({ id, error }: { id: string; error: string }) {
  return error ? <p class="msg" id={`${id}-error`}><Icon name="warn" />{error}</p> : null;
}

export function Field({ id, label, hint, error = '', children }: { id: string; label: string; hint?: string; error?: string; children: ComponentChildren }) {
  return (
    <div class={error ? 'field bad' : 'field'}>
      <label for={id}>{label}</label>
      {children}
      {hint && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      <ErrorAt id={id} error={error} />
    </div>
  );
}

interface InputProps { id: string; value: string; error?: string; onValue: (text: string) => void; mode?: 'text' | 'numeric' | 'decimal' | 'tel'; type?: string; label?: string; auto?: string; max?: number }

export function TextInput({ id, value, error = '', onValue, mode = 'text', type = 'text', label, auto = 'off', max }: InputProps) {
  return (
    <input class="in" id={id} type={type} inputMode={mode} value={value} autocomplete={auto} aria-label={label} maxLength={max}
      {...wrong(id, error)} onInput={(event) => onValue(event.currentTarget.value)} />
  );
}

const isLong = (q: Question) => q.appearance.includes('multiline');
const onlyDigits = (text: string) => text.replace(/[０-９]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));

function Text({ question: q, id, error, onValue }: ControlProps) {
  if (isLong(q)) return <textarea class="in" id={id} rows={4} value={q.value} aria-label={q.label} {...wrong(id, error)} onInput={(e) => onValue(e.currentTarget.value)} />;
  const mode = q.kind === 'integer' || q.appearance.includes('numbers') ? 'numeric' : q.kind === 'decimal' ? 'decimal' : 'text';
  const clean = (text: string) => onValue(/_id$|id_number/.test(q.name) ? onlyDigits(text).replace(/\s/g, '').toUpperCase() : mode === 'text' ? text : onlyDigits(text));
  return <TextInput id={id} value={q.value} error={error} onValue={clean} mode={mode} label={q.label} />;
}

const pad = (text: string) => (text ? text.padStart(2, '0') : '');

/** Three boxes, no calendar. Halves of a date are kept too: the engine says what is wrong with them. */
function DateBoxes({ question: q, id, error, onValue }: ControlProps) {
  const [year = '', month = '', day = ''] = q.value.split('T')[0]!.split('-');
  const [boxes, setBoxes] = useState([year, month.replace(/^0/, ''), day.replace(/^0/, '')]);
  const put = (at: number, text: string) => {
    const next = boxes.map((old, i) => (i === at ? onlyDigits(text).replace(/\D/g, '') : old));
    setBoxes(next);
    onValue(next.some(Boolean) ? `${next[0]}-${pad(next[1]!)}-${pad(next[2]!)}` : '');
  };
  const words = [w('date.year'), w('date.month'), w('date.day')];
  return (
    <div class="dates">
      {words.map((word, at) => (
        <label class={at === 0 ? 'y' : ''}>{word}
          <input class="in" id={at === 0 ? id : `${id}-${at}`} inputMode="numeric" maxLength={at === 0 ? 4 : 2} autocomplete="off"
            value={boxes[at]} {...wrong(id, error)} onInput={(e) => put(at, e.currentTarget.value)} />
        </label>))}
    </div>
  );
}

const zone = () => {
  const minutes = -new Date().getTimezoneOffset();
  const two = (n: number) => String(n).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
};

function TimeBoxes({ question: q, id, error, onValue }: ControlProps) {
  const found = /(\d{1,2}):(\d{1,2})/.exec(q.value);
  const [boxes, setBoxes] = useState([found?.[1] ?? '', found?.[2] ?? '']);
  const put = (at: number, text: string) => {
    const next = boxes.map((old, i) => (i === at ? onlyDigits(text).replace(/\D/g, '') : old));
    setBoxes(next);
    onValue(next.some(Boolean) ? `${pad(next[0]!)}:${pad(next[1] || '0')}:00.000${zone()}` : '');
  };
  return (
    <div class="dates">
      {[w('time.hour'), w('time.minute')].map((word, at) => (
        <label>{word}<input class="in" id={at === 0 ? id : `${id}-m`} inputMode="numeric" maxLength={2} autocomplete="off"
          value={boxes[at]} {...wrong(id, error)} onInput={(e) => put(at, e.currentTarget.value)} /></label>))}
    </div>
  );
}

function DateTimeBoxes(props: ControlProps) {
  const [date = '', time = ''] = props.question.value.split('T');
  const [parts, setParts] = useState({ date, time });
  const put = (next: { date: string; time: string }) => { setParts(next); props.onValue(next.date || next.time ? `${next.date}T${next.time}` : ''); };
  return (
    <div class="stack">
      <DateBoxes {...props} question={{ ...props.question, value: date }} onValue={(text) => put({ ...parts, date: text })} />
      <TimeBoxes {...props} id={`${props.id}-t`} question={{ ...props.question, value: time }} onValue={(text) => put({ ...parts, time: text })} />
    </div>
  );
}

/** Picture, words and voice together; more than seven become a plain grid of names. */
export function Options({ question: q, id, error, choices, onValue, media }: ControlProps & { choices: Choice[] }) {
  const isMany = q.kind === 'select_many';
  const chosen = isMany ? q.value.split(' ').filter(Boolean) : [q.value];
  const pick = (value: string, isOn: boolean) => {
    if (!isMany) return onValue(value);
    onValue(choices.map((c) => c.value).filter((v) => (v === value ? isOn : chosen.includes(v))).join(' '));
  };
  const isDense = choices.length > 7;
  return (
    <div class={isDense ? 'opts dense' : 'opts'} role={isMany ? 'group' : 'radiogroup'} aria-label={q.label} id={`${id}-group`}
      aria-invalid={!isMany && error ? true : undefined} aria-describedby={error ? `${id}-error` : undefined}>
      {choices.map((choice, at) => (
        <div class="opt-row">
          <label class="opt">
            <input type={isMany ? 'checkbox' : 'radio'} id={at === 0 ? id : `${id}-${at}`} name={id} value={choice.value}
              checked={chosen.includes(choice.value)} aria-invalid={isMany && at === 0 && error ? true : undefined}
              aria-describedby={isMany && at === 0 && error ? `${id}-error` : undefined}
              onChange={(event) => pick(choice.value, event.currentTarget.checked)} />
            {mediaUrlIn(media, choice.image) && <img src={mediaUrlIn(media, choice.image)} alt="" width="64" height="64" />}
            <span>{choice.label}</span>
          </label>
          {!isDense && <SayButton id={`${q.path}/${choice.value}`} say={sayChoice(choice, media)} label={choice.label} />}
        </div>))}
    </div>
  );
}

export const sayChoice = (choice: Choice, media?: Record<string, string>) =>
  ({ text: choice.label, audio: [mediaUrlIn(media, choice.audio)].filter(Boolean) });

/** Put things in order: each can move up. */
function Rank({ question: q, choices, onValue }: ControlProps & { choices: Choice[] }) {
  const order = [...q.value.split(' ').filter(Boolean), ...choices.map((c) => c.value).filter((v) => !q.value.split(' ').includes(v))];
  const up = (at: number) => { const next = [...order]; [next[at - 1], next[at]] = [next[at]!, next[at - 1]!]; onValue(next.join(' ')); };
  return (
    <ol class="lines">
      {order.map((value, at) => {
        const label = choices.find((c) => c.value === value)?.label ?? value;
        return <li><span>{at + 1}. {label}</span>{at > 0 && <button class="btn btn-small" type="button" onClick={() => up(at)} aria-label={w('rank.up', { what: label })}>{w('rank.up.short')}</button>}</li>;
      })}
    </ol>
  );
}

function Trigger({ question: q, id, error, onValue }: ControlProps) {
  return (
    <div class="opt-row"><label class="opt">
      <input id={id} type="checkbox" checked={q.value !== ''} {...wrong(id, error)} onChange={(e) => onValue(e.currentTarget.checked ? 'OK' : '')} />
      <span>{w('trigger.ok')}</span></label></div>
  );
}

function Place({ question: q, id, error, onValue }: ControlProps) {
  const [fault, setFault] = useState('');
  const ask = () => navigator.geolocation.getCurrentPosition(
    ({ coords: c }) => { setFault(''); onValue(`${c.latitude} ${c.longitude} ${c.altitude ?? 0} ${c.accuracy}`); }, () => setFault(w('place.none')));
  return (
    <div class="stack">
      {'geolocation' in navigator && <button class="btn full" type="button" id={id} onClick={ask} {...wrong(id, error)}>{q.value ? w('place.again') : w('place.ask')}</button>}
      {q.value && <p role="status"><Icon name="check" class="ok inline" />{w('place.have')}</p>}
      {fault && <p class="msg"><Icon name="warn" />{fault}</p>}
    </div>
  );
}

export function Control(props: ControlProps & { choices: Choice[] }) {
  switch (props.question.kind) {
    case 'select_one': case 'select_many': return <Options {...props} />;
    case 'rank': return <Rank {...props} />;
    case 'date': return <DateBoxes {...props} />;
    case 'time': return <TimeBoxes {...props} />;
    case 'dateTime': return <DateTimeBoxes {...props} />;
    case 'trigger': return <Trigger {...props} />;
    case 'geo': return <Place {...props} />;
    default: return <Text {...props} />;
  }
}

interface QuestionFieldProps {
  question: Question; choices?: Choice[]; error?: string; onAnswer: (text: string) => void;
  media?: Record<string, string>;
  /** Staff forms: a list to choose from instead of tiles. */
  dense?: boolean;
}

/** A question with its label, for forms that show many at once. Holds no state of a filing. */
export function QuestionField({ question: q, choices = [], error = '', onAnswer, media, dense = false }: QuestionFieldProps) {
  const id = `q-${q.path.replace(/[^\w-]/g, '-')}`;
  const control = { question: q, id, error, onValue: onAnswer, media };
  const label = <>{q.label}{!q.isRequired && <span class="mut"> {w('ask.optional')}</span>}</>;
  const rest = <>{q.hint && <p class="hint" id={`${id}-hint`}>{q.hint}</p>}<ErrorAt id={id} error={error} /></>;
  const className = error ? 'field bad' : 'field';
  if (dense && q.kind === 'select_one') return <div class={className}><label for={id}>{label}</label><ListBox {...control} choices={choices} />{rest}</div>;
  if (BOXED.has(q.kind)) return <fieldset class={className}><legend>{label}</legend><Control {...control} choices={choices} />{rest}</fieldset>;
  return <div class={className}><label for={id}>{label}</label><Control {...control} choices={choices} />{rest}</div>;
}

const BOXED = new Set(['select_one', 'select_many', 'rank', 'date', 'time', 'dateTime', 'trigger', 'geo']);

function ListBox({ question: q, id, error, choices, onValue }: ControlProps & { choices: Choice[] }) {
  return (
    <select class="in" id={id} value={q.value} {...wrong(id, error)} onChange={(event) => onValue(event.currentTarget.value)}>
      <option value="" />
      {choices.map((choice) => <option value={choice.value}>{choice.label}</option>)}
    </select>
  );
}
