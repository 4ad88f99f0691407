/* The clock has two ends: the bar is the legal limit, its tick the promise, its fill the days used. */
import { b } from './words';

interface ClockProps { budget?: number | undefined; used?: number | undefined; promised?: number | undefined; isLate?: boolean; hasNumbers?: boolean }

export function Clock({ budget = 0, used = 0, promised = 0, isLate = false, hasNumbers = true }: ClockProps) {
  if (!budget) return <span class="mut">–</span>;
  const share = (n: number) => `${Math.min(100, Math.round((n / budget) * 100))}%`;
  return (
    <>
      <span class={`clock ${isLate ? 'late' : ''}`} role="img" aria-label={b('clock.words', { used, promised: promised || budget, budget })}>
        <i style={{ width: share(used) }} />{promised > 0 && <b style={{ left: `calc(${share(promised)} - 1px)` }} />}
      </span>
      {hasNumbers && <span class="mut s14 clock-n">{used}/{budget}</span>}
    </>
  );
}
