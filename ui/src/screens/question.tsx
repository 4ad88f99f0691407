/* One question on a page: heading, control, error at the field and in a summary that takes the focus. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Choice, Question } from '../engine/engine';
import { answer, choicesOf, findingAt, mediaUrl } from '../filing/work';
import { Control, ErrorAt } from '../parts/field';
import { Page } from '../parts/page';
import { PhotoBox } from '../parts/photo-box';
import { ErrorSummary } from '../parts/summary';
import { Phrases } from '../parts/text';
import { w } from '../words/words';
import { titleNow } from './apply';

export function sayQuestion(q: Question, choices: Choice[]) {
  const audio = [q.audio, ...choices.map((choice) => choice.audio)].map(mediaUrl).filter(Boolean);
  return { text: [q.say || q.label, q.hint, ...choices.slice(0, 9).map((choice) => choice.label)].filter(Boolean).join('。'), audio: q.audio ? audio : [] };
}

interface Props {
  question: Question; notes: Question[]; step: string; back: { label: string; href: string };
  onward: () => void; below?: ComponentChildren;
}
const CHOOSING = new Set(['select_one', 'select_many', 'rank']);

export function QuestionForm({ question, notes, step, back, onward, below }: Props) {
  const { path } = question;
  const choices = CHOOSING.has(question.kind) ? choicesOf(path) : [];
  const [tries, setTries] = useState(0);
  const typed = useTyped(path, question.value);
  const finding = tries > 0 ? findingAt(path) : '';
  const forward = async () => {
    await typed.commit();
    if (findingAt(path)) setTries((old) => old + 1); else onward();
  };
  const submit = (event: Event) => { event.preventDefault(); void forward(); };
  return (
    <Page title={finding ? `${w('fault.title')}：${question.label}` : question.label} back={back} aside={titleNow()}
      say={sayQuestion(question, choices)} next={{ label: w('ask.next'), onClick: () => void forward() }}>
      <ErrorSummary faults={finding ? [{ message: finding, field: 'answer' }] : []} round={tries} />
      <form class="stack" onSubmit={submit} noValidate>
        <div><span class="step">{step}</span><h1><Phrases text={question.label} /></h1></div>
        {question.hint && <p class="lead" id="answer-hint">{question.hint}</p>}
        {notes.map((note) => <p>{note.label}</p>)}
        {mediaUrl(question.image) && <img class="pic" src={mediaUrl(question.image)} alt="" />}
        <div class={finding ? 'field bad' : 'field'}>
          {question.kind === 'file' ? <PhotoBox path={path} name={question.name} error={finding} />
            : <Control question={{ ...question, value: typed.value }} id="answer" error={finding} choices={choices} onValue={typed.put} />}
          <ErrorAt id="answer" error={finding} />
          {!question.isRequired && <p class="hint">{w('ask.optional')}</p>}
        </div>
      </form>
      <p class="mut">{w('state.saved')}</p>
      {below}
    </Page>
  );
}

/** What is typed goes into the sheet after a moment's rest, at 下一步, and when the page is left. */
function useTyped(path: string, kept: string) {
  const [value, setValue] = useState(kept);
  const latest = useRef<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const commit = async () => {
    clearTimeout(timer.current);
    const text = latest.current;
    latest.current = null;
    if (text !== null) await answer(path, text.trim());
  };
  const put = (text: string) => {
    setValue(text);
    latest.current = text;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void commit(), 500);
  };
  useEffect(() => {
    const leave = () => void commit();
    addEventListener('pagehide', leave);
    return () => { removeEventListener('pagehide', leave); leave(); };
  }, [path]);
  useEffect(() => { if (latest.current === null) setValue(kept); }, [kept]);
  return { value, put, commit };
}
