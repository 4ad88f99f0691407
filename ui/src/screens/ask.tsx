/* 填: one question per page, in the form's order, and "one more?" behind a repeat. */
import { go, href, replace } from '../base/route';
import type { Question } from '../engine/engine';
import { stops, type Stop } from '../filing/lists';
import { changed, choicesOf, keepFiling, questions, work } from '../filing/work';
import { Page } from '../parts/page';
import { w } from '../words/words';
import { titleNow } from './apply';
import { QuestionForm } from './question';

export function Ask({ code, path }: { code: string; path: string }) {
  const now = work.value!;
  const list = stops(now, questions.value);
  const at = list.findIndex((stop) => stop.path === path);
  const question = questions.value.find((q) => q.path === path && q.isRelevant);
  if (!question) { replace('apply', code, 'check'); return null; }
  // A question that is known already, or a scenario question: asked alone, from the last page.
  const stop: Stop = list[at] ?? { path, question, notes: [], isRepeat: false };
  const onward = () => {
    const fresh = stops(now, questions.value);
    const next = at < 0 ? undefined : fresh[fresh.findIndex((one) => one.path === path) + 1];
    if (next) go('apply', code, 'q', next.path); else go('apply', code, 'check');
  };
  const back = at > 0 ? { label: w('nav.previous'), href: href('apply', code, 'q', list[at - 1]!.path) }
    : { label: w('nav.back'), href: href('apply', code, at < 0 ? 'check' : 'materials') };
  const left = list.length - at - 1;
  const step = at < 0 ? '' : left ? w('ask.step', { n: at + 1, left }) : w('ask.last', { n: at + 1 });
  return stop.isRepeat ? <More stop={stop} step={step} back={back} onward={onward} code={code} />
    : <QuestionForm question={stop.question} notes={stop.notes} step={step} back={back} onward={onward} />;
}

interface MoreProps { stop: Stop; step: string; back: { label: string; href: string }; onward: () => void; code: string }

function More({ stop, step, back, onward, code }: MoreProps) {
  const now = work.value!;
  const members = questions.value.filter((q) => q.kind === 'group' && q.parent === stop.path && q.path.startsWith(`${stop.path}[`));
  const add = () => {
    now.sheet.addRepeat(stop.path);
    changed();
    void keepFiling(now);
    const fresh = stops(now, questions.value).find((one) => one.path.startsWith(`${stop.path}[${members.length + 1}]/`));
    if (fresh) go('apply', code, 'q', fresh.path);
  };
  const remove = (path: string) => { now.sheet.removeRepeat(path); changed(); void keepFiling(now); };
  return (
    <Page title={stop.question.label || w('repeat.more')} back={back} aside={titleNow()} next={{ label: w('repeat.done'), onClick: onward }}>
      <div><span class="step">{step}</span><h1>{stop.question.label || w('repeat.more')}</h1></div>
      {members.length === 0 ? <p class="mut">{w('repeat.none')}</p> : (
        <ul class="stack">
          {members.map((member, at) => (
            <li class="card">
              <span><b>{w('repeat.nth', { n: at + 1 })}</b><br />{memberWords(member)}</span>
              <button class="btn btn-small btn-danger" type="button" onClick={() => remove(member.path)} aria-label={w('repeat.remove.one', { n: at + 1 })}>{w('repeat.remove')}</button>
            </li>))}
        </ul>)}
      <button class="btn full" type="button" onClick={add}>{w('repeat.add')}</button>
    </Page>
  );
}

const memberWords = (member: Question): string => questions.value
  .filter((q) => q.path.startsWith(`${member.path}/`) && q.value && q.isRelevant && !['group', 'repeat', 'note', 'file'].includes(q.kind))
  .slice(0, 3).map((q) => (q.kind === 'select_one' ? choicesOf(q.path).find((choice) => choice.value === q.value)?.label : q.value)).join('，');
