/* The way through one service: 问几句 → 备材料 → 填 → 查 → 交. Each page has its own address. */
import { useEffect, useState } from 'preact/hooks';
import { ApiError, faultWords } from '../base/api';
import { href, replace } from '../base/route';
import { either } from '../base/words';
import { Loading, Page, Trouble } from '../parts/page';
import { handOver } from '../parts/help';
import { filingOf, askDraftCode, openWork, restart, work, type Filing } from '../filing/work';
import { Dialog } from '../parts/dialog';
import { w } from '../words/words';
import { About } from './about';
import { Check } from './check';
import { Guide, Result } from './guide';
import { Materials } from './materials';
import { Ask } from './ask';

export const titleNow = (): string => (work.value ? either(work.value.service.title, work.value.service.title_en) : '');

export function Apply({ code, page, rest }: { code: string; page: string; rest: string }) {
  const [fault, setFault] = useState('');
  const [kept, setKept] = useState<Filing | null | undefined>(page ? null : undefined);
  const open = () => { setFault(''); openWork(code).catch((e) => setFault(wordsOf(e))); };
  useEffect(() => {
    handOver.value = askDraftCode;
    if (page) open();
    else void filingOf(code).then((found) => { if (found?.answers.length) setKept(found); else { open(); replace('apply', code, 'g', 1); } });
    return () => { handOver.value = null; };
  }, [code, page === '']);
  if (!page && kept) return <Unfinished code={code} filing={kept} />;
  if (work.value?.service.code !== code) return <Opening fault={fault} again={open} />;
  return <Inside code={code} page={page} rest={rest} />;
}

const wordsOf = (fault: unknown) => (fault instanceof ApiError ? faultWords(fault) : fault instanceof WebAssembly.CompileError ? w('fault.engine') : faultWords(fault));

function Opening({ fault, again }: { fault: string; again: () => void }) {
  return (
    <Page title={w('state.loading')} back={{ label: w('nav.home'), href: href() }}>
      {fault ? <Trouble words={fault} again={again} /> : <Loading />}
    </Page>
  );
}

function Inside({ code, page, rest }: { code: string; page: string; rest: string }) {
  switch (page) {
    case 'about': return <About code={code} />;
    case 'result': return <Result code={code} />;
    case 'materials': return <Materials code={code} />;
    case 'q': return <Ask key={rest} code={code} path={rest} />;
    case 'check': return <Check code={code} />;
    default: return <Guide key={rest} code={code} n={Math.max(1, Number(rest) || 1)} />;
  }
}

/** Something is left from last time: go on, or begin anew after one more question. */
function Unfinished({ code, filing }: { code: string; filing: Filing }) {
  const [isAsking, setAsking] = useState(false);
  const goOn = () => { void openWork(code).then(() => replace('apply', code, filing.replaces ? 'check' : 'result')); };
  const anew = () => { void restart(code).then(() => openWork(code)).then(() => replace('apply', code, 'g', 1)); };
  return (
    <Page title={w('start.title')} back={{ label: w('nav.home'), href: href() }} next={{ label: w('start.go'), onClick: goOn }}>
      <h1>{w('start.title')}</h1>
      <p class="lead">{w('start.lead', { n: filing.answers.length })}</p>
      <button class="btn" type="button" onClick={() => setAsking(true)}>{w('start.anew')}</button>
      {isAsking && (
        <Dialog title={w('start.sure')} onClose={() => setAsking(false)}>
          <p>{w('start.sure.lead')}</p>
          <div class="row">
            <form method="dialog"><button class="btn">{w('start.keep')}</button></form>
            <button class="btn btn-danger" type="button" onClick={anew}>{w('start.anew')}</button>
          </div>
        </Dialog>)}
    </Page>
  );
}
