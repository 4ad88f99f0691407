/* A form of the engine on a desk: its sheet, drawn again after each answer. Nothing of it is kept on
 * this machine: a desk is shared. */
import { useEffect, useState } from 'preact/hooks';
import { image } from '../base/api';
import type { Answer } from '../base/types';
import type { Choice, Finding, Form, Question, Sheet } from '../engine/engine';
import { languageOf, startEngine } from '../base/engine';

export interface DeskForm {
  sheet: Sheet; questions: Question[]; findings: Map<string, Finding>; isAcceptable: boolean;
  choices: (path: string) => Choice[]; answer: (path: string, text: string) => void; add: (path: string) => void; remove: (path: string) => void;
}

/** undefined while it loads; throws nothing: a fault is in the second place. */
export function useForm(address: string, answers: readonly Answer[], round: string): [DeskForm | undefined, unknown] {
  const [opened, setOpened] = useState<{ form: Form; sheet: Sheet }>();
  const [fault, setFault] = useState<unknown>();
  const [, redraw] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    let mine: { form: Form; sheet: Sheet } | undefined;
    setOpened(undefined);
    setFault(undefined);
    if (address) {
      Promise.all([image(address), startEngine()]).then(([bytes, engine]) => {
        if (!isCurrent) return;
        const form = engine.form(bytes);
        mine = { form, sheet: form.open(answers) };
        setOpened(mine);
      }).catch((wrong: unknown) => { if (isCurrent) setFault(wrong); });
    }
    return () => { isCurrent = false; mine?.sheet.close(); mine?.form.close(); };
  }, [address, round]);
  if (!opened) return [undefined, fault];
  const { form, sheet } = opened;
  const tongue = languageOf(form);
  const verdict = sheet.verdict(tongue);
  const change = (act: () => unknown) => { try { act(); } catch { /* read-only: the sheet stays as it is */ } redraw((n) => n + 1); };
  return [{
    sheet, questions: sheet.questions(tongue), isAcceptable: verdict.acceptable,
    findings: new Map(verdict.findings.map((finding) => [finding.path, finding])),
    choices: (path) => sheet.choices(path, tongue),
    answer: (path, text) => change(() => sheet.answer(path, text)),
    add: (path) => change(() => sheet.addRepeat(path)), remove: (path) => change(() => sheet.removeRepeat(path)),
  }, fault];
}
