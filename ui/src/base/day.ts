/* Days are "2026-11-24", instants are ms; shown in the words of the reader. */
import { language } from './words';

const locale = () => (language.value === 'en' ? 'en-GB' : 'zh-CN');

export function dayWords(day: string): string {
  const [year, month, date] = day.split('-').map(Number);
  if (!year || !month || !date) return day;
  const isThisYear = year === new Date().getFullYear();
  if (language.value === 'zh') return `${isThisYear ? '' : `${year} 年 `}${month} 月 ${date} 日`;
  return new Date(Date.UTC(year, month - 1, date)).toLocaleDateString(locale(), {
    timeZone: 'UTC', day: 'numeric', month: 'long', ...(isThisYear ? {} : { year: 'numeric' }),
  });
}

const pad = (n: number) => String(n).padStart(2, '0');

export function momentWords(ms: number): string {
  const at = new Date(ms);
  return `${dayWords(localDay(at))} ${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

export const localDay = (at: Date): string => `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;

export function longDayWords(at: Date): string {
  const words = at.toLocaleDateString(locale(), { weekday: 'long' });
  return `${dayWords(localDay(at))} ${words} ${pad(at.getHours())}:${pad(at.getMinutes())}`;
}
