/* One question on a desk: dense, native inputs, Tab through and done. The words of a fault stand under
 * it once the clerk has left the field. What a register knows is shown grey, and Tab passes it by. */
import { useState } from 'preact/hooks';
import type { Choice, Question } from '../engine/engine';
import { Icon } from '../parts/icon';
import { b } from './words';

interface Props {
  question: Question; choices: Choice[]; fault: string; isShown: boolean; isKnown: boolean;
  onAnswer: (text: string) => void; onUnlock: () => void;
}

const MANY = 7, WIDE = 24;

export function DeskField({ question, choices, fault, isShown, isKnown, onAnswer, onUnlock }: Props) {
  const [isLeft, setLeft] = useState(false);
  const [typed, setTyped] = useState<string | null>(null); // as typed, blanks and all; the answer is without them
  const id = `q${question.path}`;
  if (isKnown && question.value) return <Known id={id} question={question} choices={choices} onUnlock={onUnlock} />;
  const words = isShown || isLeft ? fault : '';
  const isGroup = ['select_one', 'select_many', 'trigger'].includes(question.kind) && choices.length > 0 && choices.length <= MANY;
  const described = [question.hint && !words && `${id}-hint`, words && `${id}-fault`].filter(Boolean).join(' ') || undefined;
  const common = { 'aria-invalid': words ? 'true' as const : undefined, 'aria-describedby': described, onBlur: () => setLeft(true) };
  const tail = (
    <>
      {words && <p class="msg" id={`${id}-fault`}><Icon name="warn" />{words}</p>}
      {!words && question.hint && <p class="hint s14" id={`${id}-hint`}>{question.hint}</p>}
    </>);
  if (isGroup) {
    const length = choices.reduce((sum, choice) => sum + choice.label.length + 3, 0);
    return (
      <fieldset class={`field ${length > WIDE ? 'wide' : ''} ${words ? 'bad' : ''}`} aria-describedby={described}>
        <legend>{question.label}<Need question={question} /></legend>
        <div class="row picks">{choices.map((choice, n) => <Pick id={n === 0 ? id : undefined} question={question} choice={choice} onAnswer={onAnswer} onLeave={() => setLeft(true)} />)}</div>
        {tail}
      </fieldset>);
  }
  return (
    <div class={`field ${words ? 'bad' : ''}`}>
      <label for={id}>{question.label}<Need question={question} /></label>
      {choices.length > 0
        ? <select class="in" id={id} value={question.value} {...common} onChange={(event) => onAnswer((event.target as HTMLSelectElement).value)}>
          <option value="">{b('field.choose')}</option>{choices.map((choice) => <option value={choice.value}>{choice.label}</option>)}</select>
        : <input class="in" id={id} value={typed ?? question.value} type={typeOf(question)} inputMode={modeOf(question)} autoComplete="off" {...common}
          onInput={(event) => { const text = (event.target as HTMLInputElement).value; setTyped(text); onAnswer(text.trim()); }}
          onChange={() => setTyped(null)} />}
      {tail}
    </div>);
}

/** From the register: not typed again, and not corrected by chance. */
function Known({ id, question, choices, onUnlock }: { id: string; question: Question; choices: Choice[]; onUnlock: () => void }) {
  const text = choices.find((choice) => choice.value === question.value)?.label ?? question.value;
  return (
    <div class="field known">
      <label for={id}>{question.label}</label>
      <span class="row known-in"><input class="in" id={id} value={text} readOnly tabIndex={-1} />
        <button class="btn btn-small btn-quiet" type="button" tabIndex={-1} onClick={onUnlock}>{b('field.change')}<span class="vh">{question.label}</span></button></span>
    </div>);
}

const Need = ({ question }: { question: Question }) => (question.isRequired ? null : <span class="mut s14 optional">{b('field.optional')}</span>);

interface PickProps { id: string | undefined; question: Question; choice: Choice; onAnswer: (text: string) => void; onLeave: () => void }

function Pick({ id, question, choice, onAnswer, onLeave }: PickProps) {
  const chosen = question.value.split(' ').filter(Boolean);
  const isMany = question.kind === 'select_many';
  const toggle = () => onAnswer(isMany ? (chosen.includes(choice.value) ? chosen.filter((one) => one !== choice.value) : [...chosen, choice.value]).join(' ') : choice.value);
  return (
    <label class="ck"><input id={id} type={isMany ? 'checkbox' : 'radio'} name={question.path} checked={chosen.includes(choice.value)} onChange={toggle} onBlur={onLeave} />{choice.label}</label>
  );
}

const typeOf = (question: Question): string => ({ date: 'date', time: 'time', dateTime: 'datetime-local' }[question.kind as string] ?? 'text');
const modeOf = (question: Question): 'decimal' | 'numeric' | 'text' =>
  question.kind === 'decimal' ? 'decimal' : question.kind === 'integer' || /numbers/.test(question.appearance) ? 'numeric' : 'text';
