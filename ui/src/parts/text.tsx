/* Text that breaks where a reader would breathe. */

/** A heading's clauses stay whole while they fit: 还差 1 样，/ 先别出门 */
export function Phrases({ text }: { text: string }) {
  const parts = text.match(/[^，,；;：]+[，,；;：]?\s*/g) ?? [text];
  return <>{parts.length < 2 ? text : parts.map((part) => <span class="ph">{part}</span>)}</>;
}

const segmenter = 'Segmenter' in Intl ? new Intl.Segmenter('zh', { granularity: 'word' }) : undefined;

/** A name on a tile: words stay whole. 残疾人两项 / 补贴 */
export function Words({ text }: { text: string }) {
  if (!segmenter || text.length <= 5 || !/[\u4e00-\u9fff]/.test(text)) return <>{text}</>;
  return <>{wordsOf(text).map((word) => (word.trim() ? <span class="ph">{word}</span> : word))}</>;
}

/** A line never begins with a mark; a space stays outside, or it would vanish at the edge of its word. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const { segment } of segmenter!.segment(text)) {
    if (/^[，。、；：？！）》」%]+$/.test(segment) && words.length) words[words.length - 1] += segment;
    else words.push(segment);
  }
  return words;
}

export const pictureUrl = (name: string): string => `pictures/${encodeURIComponent(name.replace(/\.svg$/, ''))}.svg`;

export function Picture({ name, size = 64 }: { name: string; size?: number }) {
  return <img src={pictureUrl(name)} alt="" width={size} height={size} />;
}

/** A picture or sound a form names: a file of the form, else one that came with the program; '' = none. */
export function mediaUrlIn(media: Record<string, string> | undefined, name: string): string {
  if (!name) return '';
  return media?.[name] ?? (name.endsWith('.svg') ? pictureUrl(name) : '');
}
