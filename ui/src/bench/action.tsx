/* What an action still needs, asked for before it is taken: the reason, the note, a file, a signature,
 * a visit, a day; and for a notice the very words that will be sent. */
import { useState } from 'preact/hooks';
import { faultWords } from '../base/api';
import { localDay } from '../base/day';
import { randomHex } from '../base/ids';
import { shrinkPhoto } from '../base/photo';
import { Dialog } from '../parts/dialog';
import { staffApi, type ActionFile, type ActionMore } from './api';
import { causeWords, CAUSES } from './facts';
import { Fault } from './load';
import type { CaseAction, StaffCase } from './types';
import { b } from './words';

interface Props {
  action: CaseAction; value: StaffCase; items: { path: string; material: string; text: string }[]; fault: string; isBusy: boolean;
  onClose: () => void; onTake: (reason: string, note: string, more: ActionMore) => void;
}

/** Needs that cannot be met by pressing the button alone. */
export const asksMore = (action: CaseAction): boolean =>
  /reason|note|leader|file|signature|visit/.test(action.needs) || ['notice', 'stop', 'extend'].includes(action.effect);

export function ActionDialog({ action, value, items, fault, isBusy, onClose, onTake }: Props) {
  const [reason, setReason] = useState('');
  const [note, setNote] = useState('');
  const [isTried, setTried] = useState(false);
  const [more, setMore] = useState<ActionMore>(() => ({ ...(/visit/.test(action.needs) && { visit: { cause: CAUSES[0] } }), ...(action.effect === 'stop' && { told_on: localDay(new Date()) }), ...(action.effect === 'extend' && { amount: 10 }) }));
  const kinds = (['file', 'signature'] as const).filter((kind) => action.needs.split(/\s+/).includes(kind)).map((kind): ActionFile['kind'] => (kind === 'file' ? '' : kind));
  const hasFiles = kinds.every((kind) => more.files?.some((file) => file.kind === kind));
  const isSecond = action.effect === 'notice' && value.notices.length > 0;
  const needsReason = /reason/.test(action.needs) || isSecond;
  const isEmpty = action.effect === 'notice' && items.length === 0;
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (isEmpty || !hasFiles || (needsReason && !reason.trim())) return;
    onTake(reason.trim(), note.trim(), more);
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
        {kinds.map((kind) => <OneFile key={kind} caseRef={value.ref} kind={kind} fault={isTried ? b('act.file.needed') : ''}
          onFile={(file) => setMore((old) => ({ ...old, files: [...(old.files ?? []).filter((one) => one.kind !== kind), file] }))} />)}
        {more.visit && <label class="field"><span class="label">{b('trip.cause')}</span><select class="in" value={more.visit.cause}
          onChange={(event) => setMore({ ...more, visit: { cause: (event.target as HTMLSelectElement).value } })}>{CAUSES.map((cause) => <option value={cause}>{causeWords(cause)}</option>)}</select></label>}
        {more.told_on !== undefined && <label class="field"><span class="label">{b('act.told')}</span><input class="in" type="date" value={more.told_on}
          onInput={(event) => setMore({ ...more, told_on: (event.target as HTMLInputElement).value })} /></label>}
        {more.amount !== undefined && <label class="field"><span class="label">{b('act.amount')}</span><input class="in" type="number" min="1" max="365" value={more.amount}
          onInput={(event) => setMore({ ...more, amount: Number((event.target as HTMLInputElement).value) })} /></label>}
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

/** Sent as soon as it is chosen; a photograph is made small first. */
function OneFile({ caseRef, kind, fault, onFile }: { caseRef: string; kind: ActionFile['kind']; fault: string; onFile: (file: ActionFile) => void }) {
  const [name, setName] = useState('');
  const [trouble, setTrouble] = useState('');
  const id = `file-${kind || 'any'}`;
  const take = async (picked: File | undefined) => {
    if (!picked) return;
    try {
      const bytes = picked.type.startsWith('image/') ? await shrinkPhoto(picked) : picked;
      const ending = bytes.type === 'image/jpeg' ? 'jpg' : /\.(\w{1,5})$/.exec(picked.name)?.[1] ?? 'bin';
      const sent = await staffApi.sendFile(caseRef, `${kind || 'file'}-${randomHex(3)}.${ending}`, bytes);
      setName(picked.name); setTrouble('');
      onFile({ name: sent.name, hash: sent.hash, kind });
    } catch (wrong) { setTrouble(faultWords(wrong)); }
  };
  const words = trouble || (name ? '' : fault);
  return (
    <div class={`field ${words ? 'bad' : ''}`}>
      <label for={id}>{b(kind === 'signature' ? 'act.signature' : 'act.file')}</label>
      <input class="in" id={id} type="file" accept="image/*,application/pdf" aria-invalid={words ? 'true' : undefined} aria-describedby={`${id}-words`}
        onChange={(event) => void take((event.target as HTMLInputElement).files?.[0])} />
      <p class={words ? 'msg' : 'hint s14'} id={`${id}-words`}>{words || (name ? b('act.file.sent', { name }) : b('act.file.hint'))}</p>
    </div>
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
