/* 找人帮: who can be called, and how to hand an unfinished matter to somebody else. */
import { signal } from '@preact/signals';
import { faultWords } from '../base/api';
import { session } from '../base/session';
import { hush } from '../base/speak';
import { w } from '../words/words';
import { Dialog } from './dialog';
import { Icon } from './icon';

const isOpen = signal(false);
const code = signal('');
const fault = signal('');

/** Set by the pages of a filing: asks the server for a code under which others can go on. */
export const handOver = signal<(() => Promise<string>) | null>(null);

export function askForHelp(): void { hush(); code.value = ''; fault.value = ''; isOpen.value = true; }

async function askForCode(): Promise<void> {
  try { code.value = await handOver.value!(); fault.value = ''; } catch (e) { fault.value = faultWords(e); }
}

export function HelpDialog() {
  if (!isOpen.value) return null;
  const { name, phone } = session.value.tenant;
  return (
    <Dialog title={w('help.title')} onClose={() => { isOpen.value = false; }}>
      {phone ? <a class="btn full" href={`tel:${phone}`}><Icon name="phone" /><span><span class="ph">{w('help.call', { name: name || w('help.hall') })}</span> <span class="ph">{phone}</span></span></a> : <p>{w('help.come')}</p>}
      {handOver.value && !code.value && (
        <button class="btn full" type="button" onClick={askForCode}><Icon name="go" />{w('help.hand')}</button>)}
      {code.value && <div role="status"><p class="mut">{w('help.code')}</p><p class="code">{code.value}</p></div>}
      {fault.value && <p class="msg"><Icon name="warn" />{fault.value}</p>}
      <form method="dialog"><button class="btn btn-quiet full">{w('help.close')}</button></form>
    </Dialog>
  );
}
