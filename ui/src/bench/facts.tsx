/* Below the answers: what happened so far, the trips and their causes, the letters, the rating. */
import { useState } from 'preact/hooks';
import { faultWords } from './fault';
import { dayWords } from '../base/day';
import { may } from '../base/session';
import { Icon } from '../parts/icon';
import { staffApi } from './api';
import { Fault } from './load';
import type { StaffCase } from './types';
import { b } from './words';

export const CAUSES = ['file', 'supplement', 'sign', 'collect', 'ask', 'wasted_missing', 'wasted_closed', 'wasted_system', 'other'] as const;
export type Cause = (typeof CAUSES)[number];

interface Props { value: StaffCase; onChange: (next: StaffCase) => void }

export function CaseFacts({ value, onChange }: Props) {
  return (
    <div class="facts">
      <section><h2>{b('facts.timeline')}</h2>
        <ol class="tl">{value.timeline.map((entry) => (
          <li class={entry.kind}><b>{entry.label}</b> <span class="mut s14 nb">{dayWords(entry.on)}</span>
            {(entry.by || entry.text) && <p class="mut s14">{[entry.by, entry.text].filter(Boolean).join(b('desk.colon'))}</p>}</li>))}</ol>
      </section>
      <div class="stack">
        <Trips value={value} onChange={onChange} />
        <Letters value={value} />
        {value.rating && <section><h2>{b('facts.rating')}</h2><p>{b(`rating.${value.rating.level}` as 'rating.5')}{value.rating.words ? `${b('desk.comma')}${value.rating.words}` : ''}</p></section>}
      </div>
    </div>
  );
}

function Trips({ value, onChange }: Props) {
  const [cause, setCause] = useState<Cause>('supplement');
  const [fault, setFault] = useState('');
  const add = (event: Event) => {
    event.preventDefault();
    staffApi.visit(value.ref, cause, cause.startsWith('wasted')).then(onChange).catch((wrong) => setFault(faultWords(wrong)));
  };
  return (
    <section><h2>{b('facts.trips', { n: value.visit_count })}</h2>
      <ul class="lines-s">{value.visits.map((visit) => (
        <li><span class="nb">{dayWords(visit.on)}</span> {causeWords(visit.cause)}{visit.is_wasted && <b class="err"> {b('trip.wasted')}</b>}</li>))}</ul>
      {value.state !== 'closed' && <form class="row" onSubmit={add}>
        <label><span class="vh">{b('trip.cause')}</span><select class="in in-s" value={cause} onChange={(event) => setCause((event.target as HTMLSelectElement).value as Cause)}>
          {CAUSES.map((one) => <option value={one}>{b(`trip.${one}`)}</option>)}</select></label>
        <button class="btn btn-small">{b('trip.add')}</button></form>}
      <Fault words={fault} />
    </section>
  );
}

export function causeWords(cause: string): string {
  return (CAUSES as readonly string[]).includes(cause) ? b(`trip.${cause as Cause}`) : cause;
}

function Letters({ value }: { value: StaffCase }) {
  const [code, setCode] = useState('');
  const [fault, setFault] = useState('');
  const at = `/v1/cases/${encodeURIComponent(value.ref)}`;
  const print = (href: string, label: string) => <li><a class="btn btn-small" href={href} target="_blank" rel="noopener"><Icon name="print" />{label}</a></li>;
  return (
    <section><h2>{b('facts.letters')}</h2>
      <ul class="row">
        {print(`${at}/receipt.pdf?paper=a4`, b('letter.receipt'))}
        {print(`${at}/receipt.pdf?paper=slip`, b('letter.slip'))}
        {value.letters.map((letter) => print(`${at}/letters/${encodeURIComponent(letter.name)}.pdf?paper=a4`, letter.label))}
      </ul>
      {may('case.intake') && value.state !== 'closed' && (code
        ? <p role="status">{b('claim.code')} <b class="code-s">{code}</b></p>
        : <p><button class="btn btn-small btn-quiet" type="button" onClick={() => staffApi.claim(value.ref).then((got) => setCode(got.code)).catch((wrong) => setFault(faultWords(wrong)))}>{b('claim.make')}</button></p>)}
      <Fault words={fault} />
    </section>
  );
}
