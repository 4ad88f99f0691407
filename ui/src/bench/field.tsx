/* One question on a desk: dense, native inputs, Tab through and done. The words of a fault stand under
 * it once the clerk has left the field. */
import { useState } from 'preact/hooks';
import type { Choice, Question } from '../engine/engine';
import { Icon } from '../parts/icon';
import { b } from './words';

interface Props { question: Question; choices: Choice[]; fault: string; isShown: boolean; isKnown: boolean; onAnswer: (text: string) => void }

export function DeskField({ question, choices, fault, isShown, isKnown, onAnswer }: Props) {
  const [isLeft, setLeft] = useState(false);
  const words = (isShown || isLeft) && !isKnown ? fault : '';
  const isGroup = ['select_one', 'select_many', 'trigger'].includes(question.kind) && choices.length <= 7;
  const id = `q${question.path}`;
  const described = [question.hint && `${id}-hint`, words && `${id}-fault`].filter(Boolean).join(' ') || undefined;
  const common = { 'aria-invalid': words ? 'true' as const : undefined, 'aria-describedby': described, onBlur: () => setLeft(true) };
  const tail = (
    <>
      {words && <p class="msg" id={`${id}-fault`}><Icon name="warn" />{words}</p>}
      {!words && question.hint && <p class="hint s14" id={`${id}-hint`}>{question.hint}</p>}
    </>);
  if (isGroup) {
    return (
      <fieldset class={`field wide ${words ? 'bad' : ''}`} aria-describedby={described}>
        <legend>{question.label}<Need question={question} /></legend>
        <div class="row picks">{choices.map((choice) => <Pick question={question} choice={choice} onAnswer={onAnswer} onLeave={() => setLeft(true)} />)}</div>
        {tail}
      </fieldset>);
  }
  return (
    <div class={`field ${words ? 'bad' : ''}`}>
      <label for={id}>{question.label}<Need question={question} /></label>
      {choices.length > 0
        ? <select class="in" id={id} value={question.value} {...common} onChange={(event) => onAnswer((event.target as HTMLSelectElement).value)}>
          <option value="">{b('field.choose')}</option>{choices.map((choice) => <option value={choice.value}>{choice.label}</option>)}</select>
        : <input class="in" id={id} value={question.value} type={typeOf(question)} inputMode={modeOf(question)} readOnly={isKnown} tabIndex={isKnown ? -1 : undefined} autoComplete="off" {...common}
          onChange={(event) => onAnswer((event.target as HTMLInputElement).value.trim())} />}
      {tail}
    </div>);
}

const Need = ({ question }: { question: Question }) => (question.isRequired ? null : <span class="mut s14 optional">{b('field.optional')}</span>);

function Pick({ question, choice, onAnswer, onLeave }: { question: Question; choice: Choice; onAnswer: (text: string) => void; onLeave: () => void }) {
  const chosen = question.value.split(' ').filter(Boolean);
  const isMany = question.kind === 'select_many';
  const toggle = () => onAnswer(isMany ? (chosen.includes(choice.value) ? chosen.filter((one) => one !== choice.value) : [...chosen, choice.value]).join(' ') : choice.value);
  return (
    <label class="ck"><input type={isMany ? 'checkbox' : 'radio'} name={question.path} checked={chosen.includes(choice.value)} onChange={toggle} onBlur={onLeave} />{choice.label}</label>
  );
}

const typeOf = (question: Question): string => ({ date: 'date', time: 'time', dateTime: 'datetime-local' }[question.kind as string] ?? 'text');
const modeOf = (question: Question): 'decimal' | 'numeric' | 'text' =>
  question.kind === 'decimal' ? 'decimal' : question.kind === 'integer' || /numbers/.test(question.appearance) ? 'numeric' : 'text';
