/* What an action still needs, asked for before it is taken: the reason, the note, and for a notice
 * the very words that will be sent. */
import { useState } from 'preact/hooks';
import { Dialog } from '../parts/dialog';
import { Fault } from './load';
import type { CaseAction, StaffCase } from './types';
import { b } from './words';

interface Props {
  action: CaseAction; value: StaffCase; items: { path: string; material: string; text: string }[]; fault: string; isBusy: boolean;
  onClose: () => void; onTake: (reason: string, note: string) => void;
}

export function ActionDialog({ action, value, items, fault, isBusy, onClose, onTake }: Props) {
  const [reason, setReason] = useState('');
  const [note, setNote] = useState('');
  const [isTried, setTried] = useState(false);
  const isSecond = action.effect === 'notice' && value.notices.length > 0;
  const needsReason = /reason/.test(action.needs) || isSecond;
  const isEmpty = action.effect === 'notice' && items.length === 0;
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (isEmpty || (needsReason && !reason.trim())) return;
    onTake(reason.trim(), note.trim());
  };
  return (
    <Dialog title={action.label} onClose={onClose}>
      <form class="stack" onSubmit={submit} noValidate>
        {action.effect === 'notice' && (isEmpty ? <p class="msg">{b('notice.empty')}</p>
          : <section class="letter" aria-label={b('notice.preview')}><p class="mut s14">{b('notice.preview')}</p>
            <p>{b('notice.begin', { name: value.applicant.name, service: value.service.title })}</p>
            <ol class="numbered">{items.map((item) => <li>{item.text}</li>)}</ol></section>)}
        {isSecond && <p class="warn">{b('notice.second')}</p>}
        {needsReason && <Words id="reason" label={b('act.reason')} value={reason} onInput={setReason} fault={isTried && !reason.trim() ? b('act.reason.needed') : ''} />}
        {/note/.test(action.needs) && <Words id="note" label={b('act.note')} value={note} onInput={setNote} fault="" />}
        {action.to_unit && <p class="mut s14">{b('act.to', { unit: action.to_unit })}</p>}
        <Fault words={fault} />
        <div class="row">
          <button class="btn btn-pri" aria-busy={isBusy} disabled={isEmpty}>{action.label}</button>
          <button class="btn btn-quiet" type="button" onClick={(event) => (event.target as HTMLElement).closest('dialog')?.close()}>{b('act.cancel')}</button>
        </div>
      </form>
    </Dialog>
  );
}

function Words({ id, label, value, fault, onInput }: { id: string; label: string; value: string; fault: string; onInput: (text: string) => void }) {
  return (
    <div class={`field ${fault ? 'bad' : ''}`}>
      <label for={id}>{label}</label>
      <textarea class="in" id={id} rows={3} value={value} aria-invalid={fault ? 'true' : undefined} aria-describedby={fault ? `${id}-fault` : undefined}
        onInput={(event) => onInput((event.target as HTMLTextAreaElement).value)} />
      {fault && <p class="msg" id={`${id}-fault`}>{fault}</p>}
    </div>
  );
}
