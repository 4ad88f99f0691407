/* The form as a resident will see it, one question at a time, judged by the same engine: in a phone,
 * or in the kiosk of the hall. */
import { useState } from 'preact/hooks';
import type { Choice, Question } from '../engine/engine';
import { Icon } from '../parts/icon';
import { Picture } from '../parts/text';
import { useForm, type DeskForm } from './form';
import { b } from './words';

const ASKED = new Set(['text', 'integer', 'decimal', 'date', 'time', 'dateTime', 'select_one', 'select_many', 'file', 'note', 'geo', 'barcode', 'trigger', 'range', 'rank']);

export function Preview({ image, title }: { image: string; title: string }) {
  const [isKiosk, setKiosk] = useState(false);
  const [form, fault] = useForm(image, [], image);
  const [at, setAt] = useState('');
  const asked = form?.questions.filter((question) => question.isRelevant && ASKED.has(question.kind) && question.label) ?? [];
  const index = Math.max(0, asked.findIndex((question) => question.path === at));
  const question = asked[index];
  const show = (to: number) => { const next = asked[to]; if (next) setAt(next.path); };
  return (
    <aside class="pv" aria-label={b('preview.label')}>
      <div class="row side-head"><h2>{b(isKiosk ? 'preview.kiosk' : 'preview.phone')}</h2>
        <span class="seg push">
          <button type="button" aria-pressed={!isKiosk} onClick={() => setKiosk(false)}>{b('preview.toPhone')}</button>
          <button type="button" aria-pressed={isKiosk} onClick={() => setKiosk(true)}>{b('preview.toKiosk')}</button></span></div>
      <div class={`device as-flow ${isKiosk ? 'wide' : ''}`}>
        <div class="pv-top"><span class="back"><Icon name="back" />{b('preview.back')}</span><span class="push mut">{title}</span></div>
        <div class="m" tabIndex={0} role="region" aria-label={b('preview.label')}>
          {!image && <p class="mut">{b('preview.none')}</p>}
          {Boolean(fault) && <p class="mut">{b('preview.fault')}</p>}
          {question && form && <Shown form={form} question={question} at={index} count={asked.length} />}
        </div>
        <footer class="pv-bar"><button class="btn" type="button" disabled={!question || index === 0} onClick={() => show(index - 1)}>{b('preview.before')}</button>
          <button class="btn btn-deep" type="button" disabled={!question || index >= asked.length - 1} onClick={() => show(index + 1)}>{b('preview.next')}</button></footer>
      </div>
    </aside>
  );
}

function Shown({ form, question, at, count }: { form: DeskForm; question: Question; at: number; count: number }) {
  const finding = question.value ? form.findings.get(question.path) : undefined;
  const choices = form.choices(question.path);
  return (
    <>
      <p class="mut">{b('preview.at', { n: at + 1, left: count - at - 1 })}</p>
      <p class="pv-title">{question.label}</p>
      {question.hint && <p class="mut">{question.hint}</p>}
      {choices.map((choice) => <Option form={form} question={question} choice={choice} />)}
      {choices.length === 0 && !['note', 'file'].includes(question.kind) && <input class="in" aria-label={question.label} value={question.value}
        type={question.kind === 'date' ? 'date' : 'text'} onChange={(event) => form.answer(question.path, (event.target as HTMLInputElement).value)} />}
      {question.kind === 'file' && <p class="btn"><Icon name="camera" />{b('preview.photo')}</p>}
      {finding && <p class="msg"><Icon name="warn" />{finding.message}</p>}
    </>
  );
}

function Option({ form, question, choice }: { form: DeskForm; question: Question; choice: Choice }) {
  const chosen = question.value.split(' ').filter(Boolean);
  const isMany = question.kind === 'select_many';
  const next = () => form.answer(question.path, isMany ? (chosen.includes(choice.value) ? chosen.filter((v) => v !== choice.value) : [...chosen, choice.value]).join(' ') : choice.value);
  return (
    <div class="opt-row"><label class="opt"><input type={isMany ? 'checkbox' : 'radio'} name={`pv${question.path}`} checked={chosen.includes(choice.value)} onChange={next} />
      {choice.image && <Picture name={choice.image} size={48} />}<span>{choice.label || choice.value}</span></label></div>
  );
}
