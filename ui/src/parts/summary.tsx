/* All faults together on top of the page; it takes the focus, its links lead to the fields. */
import { useEffect, useRef } from 'preact/hooks';
import { w } from '../words/words';
import { Phrases } from './text';

export interface Fault { message: string; href?: string; field?: string }

/** round: changes with every failed attempt, so that the focus comes back here. */
export function ErrorSummary({ title, faults, round, isHeading = false }: { title?: string; faults: Fault[]; round: number; isHeading?: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => { if (round > 0) box.current?.focus(); }, [round]);
  if (!faults.length) return null;
  const words = title ?? w('fault.count', { n: faults.length });
  return (
    <div class="summary" role="alert" tabIndex={-1} ref={box}>
      {isHeading ? <h1><Phrases text={words} /></h1> : <h2>{words}</h2>}
      <ul>{faults.map((fault) => <li><FaultLink {...fault} /></li>)}</ul>
    </div>
  );
}

function FaultLink({ message, href, field }: Fault) {
  if (!field) return href ? <a href={href}>{message}</a> : <span class="b err">{message}</span>;
  const toField = (event: Event) => { event.preventDefault(); document.getElementById(field)?.focus(); };
  return <a href={`#${field}`} onClick={toField}>{message}</a>;
}
