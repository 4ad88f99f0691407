import { dayWords } from '../base/day';
import type { CaseView } from '../base/types';
import { w } from '../words/words';

/** The server's sentence: its first clause is the fact, the rest says by when. */
export function statusWords(view: CaseView | null): { sentence: string; latest: string } {
  const words = (view?.sentence || w('case.received')).replace(/[。.]$/, '');
  const [, sentence = words, rest = ''] = /^(.+?)(?:，|, )(.+)$/.exec(words) ?? [];
  const by = view && !view.outcome && (view.promised_on || view.due_on);
  return { sentence, latest: rest || (by ? w('case.by', { day: dayWords(by) }) + (view.is_provisional ? w('case.provisional') : '') : '') };
}
