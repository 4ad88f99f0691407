/* 问几句: the scenario, one tap per page; it ends on 您能办, 还差什么, 去哪里. */
import { useState } from 'preact/hooks';
import { go, href } from '../base/route';
import type { Service } from '../base/types';
import { either } from '../base/words';
import type { Choice, Question } from '../engine/engine';
import { guideQuestions, materialLines, stops, type MaterialLine } from '../filing/lists';
import { answer, choicesOf, findingAt, mediaUrl, questions, ruleHolds, work, type Work } from '../filing/work';
import { sayChoice } from '../parts/field';
import { Icon } from '../parts/icon';
import { Page, SayButton } from '../parts/page';
import { ErrorSummary } from '../parts/summary';
import { Phrases } from '../parts/text';
import { w } from '../words/words';
import { titleNow } from './apply';
import { QuestionForm, sayQuestion } from './question';

export function Guide({ code, n }: { code: string; n: number }) {
  const list = guideQuestions(questions.value);
  const question = list[n - 1];
  if (!question) return <Result code={code} />;
  const onward = () => (n < list.length ? go('apply', code, 'g', n + 1) : go('apply', code, 'result'));
  const back = n > 1 ? { label: w('nav.previous'), href: href('apply', code, 'g', n - 1) } : { label: w('nav.home'), href: href() };
  const frame = { code, n, question, back, onward, chips: list.slice(0, n - 1) };
  return question.kind === 'select_one' ? <OneTap {...frame} /> : <Typed {...frame} />;
}

interface Frame { code: string; n: number; question: Question; back: { label: string; href: string }; onward: () => void; chips: Question[] }

function OneTap({ code, n, question, back, onward, chips }: Frame) {
  const choices = choicesOf(question.path);
  const [tries, setTries] = useState(0);
  const pick = (choice: Choice) => void answer(question.path, choice.value).then(() => {
    if (findingAt(question.path)) setTries((old) => old + 1); else onward();
  });
  const next = question.value && !findingAt(question.path) ? { label: w('ask.next'), onClick: onward } : { label: '', blocked: w('guide.pick') };
  const error = tries ? findingAt(question.path) : '';
  return (
    <Page title={error ? `${w('fault.title')}：${question.label}` : question.label} back={back} aside={titleNow()} say={sayQuestion(question, choices)} next={next}>
      <ErrorSummary faults={error ? [{ message: error, field: 'first' }] : []} round={tries} />
      <div><span class="step">{w('guide.step', { n })}</span><h1><Phrases text={question.label} /></h1></div>
      {question.hint && <p class="lead">{question.hint}</p>}
      <div class={choices.length > 7 ? 'opts dense' : 'opts'} role="group" aria-label={question.label}>
        {choices.map((choice, at) => <Tap choice={choice} question={question} id={at === 0 ? 'first' : undefined} onPick={() => pick(choice)} />)}
      </div>
      <Chips list={chips} />
      {n === 1 && <p class="links"><a href={href('apply', code, 'about')}>{w('about.link')}</a></p>}
    </Page>
  );
}

function Tap({ choice, question, id, onPick }: { choice: Choice; question: Question; id?: string | undefined; onPick: () => void }) {
  const isOn = question.value === choice.value;
  return (
    <div class={isOn ? 'opt-row chosen' : 'opt-row'}>
      <button class="opt" type="button" id={id} aria-pressed={isOn} onClick={onPick}>
        {mediaUrl(choice.image) && <img src={mediaUrl(choice.image)} alt="" width="64" height="64" />}<span>{choice.label}</span>
      </button>
      <SayButton id={`${question.path}/${choice.value}`} say={sayChoice(choice, work.value?.service.form.media)} label={choice.label} />
    </div>
  );
}

function Typed({ question, back, onward, chips }: Frame) {
  return <QuestionForm question={question} notes={[]} step={w('guide.step', { n: chips.length + 1 })} back={back} onward={onward} below={<Chips list={chips} />} />;
}

/** The answers so far. */
export function Chips({ list }: { list: Question[] }) {
  const answered = list.filter((q) => q.value);
  if (!answered.length) return null;
  return (
    <div class="chips" aria-label={w('guide.answers')} role="group">
      {answered.map((q) => <span><Icon name="check" />{labelOf(q)}</span>)}
    </div>
  );
}

/** 是 and 不是 mean nothing without their question. */
function labelOf(q: Question): string {
  const label = choicesOf(q.path).find((choice) => choice.value === q.value)?.label ?? q.value;
  return !['yes', 'no'].includes(q.value) ? label : `${q.label.replace(/[？?]$/, '')}：${label}`;
}

/* -- the end of the guide ------------------------------------------------------------------------- */

export function Result({ code }: { code: string }) {
  const now = work.value!;
  const all = questions.value;
  const guide = guideQuestions(all);
  const lines = materialLines(now, all);
  const isEligible = ruleHolds('eligible');
  const onward = lines.some((line) => line.state !== 'counter') ? 'materials' : 'check';
  const first = stops(now, all)[0];
  const next = isEligible
    ? onward === 'materials' ? { label: w('result.materials'), href: href('apply', code, 'materials') }
      : { label: w('result.fill'), href: first ? href('apply', code, 'q', first.path) : href('apply', code, 'check') }
    : { label: w('result.change'), href: href('apply', code, 'g', 1) };
  const title = isEligible ? w('result.yes') : w('result.maybe');
  const needed = lines.filter((line) => line.state === 'missing' || line.state === 'counter');
  return (
    <Page title={title} back={{ label: w('nav.previous'), href: href('apply', code, 'g', Math.max(1, guide.length)) }} aside={titleNow()} next={next}
      say={{ text: resultText(title, lines, now.service) }}>
      <h1 class={isEligible ? 'status' : ''}><Phrases text={title} /></h1>
      {!isEligible && <p class="lead">{w('result.maybe.lead')}</p>}
      {!isEligible && now.service.fields.find((f) => f.name === 'condition') && <p>{fieldText(now.service, 'condition')}</p>}
      <Chips list={guide} />
      {isEligible && <Needed title={needed.length ? w('result.need', { n: needed.length }) : w('result.none')} lines={needed} />}
      {isEligible && <Where service={now.service} />}
      {!isEligible && <p class="links"><a href={href('apply', code, 'materials')}>{w('result.anyway')}</a></p>}
    </Page>
  );
}

const resultText = (title: string, lines: MaterialLine[], service: Service) =>
  [title, ...lines.filter((l) => l.state === 'missing').map((l) => either(l.material.label, l.material.label_en)), limitWords(service)].join('。');

function Needed({ title, lines }: { title: string; lines: MaterialLine[] }) {
  return (
    <section class="group">
      <h2>{title}</h2>
      {lines.length > 0 && <ul class="lines">{lines.map((line) => (
        <li><MaterialPicture sample={line.material.sample} /><span><b>{either(line.material.label, line.material.label_en)}</b></span></li>))}</ul>}
    </section>
  );
}

export const MaterialPicture = ({ sample }: { sample: string }) =>
  <img class="shot sample" src={`pictures/${encodeURIComponent((sample || 'sample-paper').replace(/\.svg$/, ''))}.svg`} alt="" width="64" height="48" />;

function Where({ service }: { service: Service }) {
  const place = fieldText(service, 'place');
  return (
    <dl class="sl">
      <div><dt>{w('result.where')}</dt><dd class="v">{service.visits === 0 ? w('result.phone') : place}</dd>{service.visits === 0 && place && <dd class="mut wide">{w('result.or', { place })}</dd>}</div>
      {limitWords(service) && <div><dt>{w('result.when')}</dt><dd class="v">{limitWords(service)}</dd></div>}
    </dl>
  );
}

export const fieldText = (service: Service, name: string): string => {
  const field = service.fields.find((one) => one.name === name);
  return field ? either(field.value, field.value_en) : '';
};

export function limitWords(service: Service): string {
  const n = service.limit_promised || service.limit_legal;
  if (service.case_kind === 'instant' || service.case_kind === '即办件') return w('about.atonce');
  const unit = service.limit_promised ? service.limit_promised_unit : service.limit_legal_unit;
  return n ? w(unit === 'h' ? 'about.hours' : unit === 'd' ? 'about.calendar' : 'about.days', { n }) : '';
}

export type { Work };
