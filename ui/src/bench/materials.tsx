/* The materials beside the answers: one large, all as small pictures, Z enlarges. */
import { Dialog } from '../parts/dialog';
import { Icon } from '../parts/icon';
import type { CaseFile, CaseMaterial, StaffCase } from './types';
import { b } from './words';

interface Shown { material: CaseMaterial; file: CaseFile }
export const allFiles = (value: StaffCase): Shown[] => value.materials.flatMap((material) => material.files.map((file) => ({ material, file })));

interface Props {
  value: StaffCase; at: number; onAt: (index: number) => void; isLarge: boolean; onLarge: (isLarge: boolean) => void;
  mark: ((key: string, label: string, why: string) => void) | undefined; marks: Record<string, string>; onWords: (key: string, words: string) => void;
}

export function Materials({ value, at, onAt, isLarge, onLarge, mark, marks, onWords }: Props) {
  const files = allFiles(value);
  const shown = files[Math.min(at, files.length - 1)];
  const needed = value.materials.filter((material) => material.state !== 'not_needed');
  return (
    <aside class="pane side" aria-label={b('materials.label')}>
      {shown && <>
        <div class="row side-head"><h2>{shown.material.label}<span class="mut count">{files.indexOf(shown) + 1}/{files.length}</span></h2>
          <button class="btn btn-small push" type="button" onClick={() => onLarge(true)}><Icon name="zoom" />{b('materials.zoom')}<kbd class="kbd">Z</kbd></button></div>
        <figure><Sheet file={shown.file} label={shown.material.label} />
          {shown.material.criteria && <figcaption class="s14">{shown.material.criteria}</figcaption>}</figure>
        {files.length > 1 && <ul class="thumbs">{files.map((one, index) => (
          <li><button type="button" aria-current={one === shown ? 'true' : undefined} onClick={() => onAt(index)}><b>{index + 1}</b>{one.material.label}</button></li>))}</ul>}
      </>}
      <h2 class="mat-h">{b('materials.list')}</h2>
      {needed.length === 0 && <p class="mut">{b('materials.none')}</p>}
      <ul class="lines">{needed.map((material) => <Line material={material} words={marks[`material/${material.name}`]} mark={mark} onWords={onWords} />)}</ul>
      {isLarge && shown && <Dialog title={shown.material.label} onClose={() => onLarge(false)}>
        <div class="large"><Sheet file={shown.file} label={shown.material.label} /></div>
        <form method="dialog"><button class="btn">{b('act.close')}</button></form></Dialog>}
    </aside>
  );
}

interface LineProps { material: CaseMaterial; words: string | undefined; mark: Props['mark']; onWords: Props['onWords'] }

function Line({ material, words, mark, onWords }: LineProps) {
  const key = `material/${material.name}`, isMarked = words !== undefined;
  const isBad = material.state === 'missing' || isMarked;
  const why = b(material.state === 'missing' ? 'notice.bring' : 'notice.renew', { what: material.label });
  return (
    <li class={isMarked ? 'marked' : ''}>
      <span class={`tag ${isBad ? 'err' : 'ok'}`}><Icon name={isBad ? 'warn' : 'check'} /></span>
      <span><b>{material.label}</b><br /><span class="mut s14">{b(`material.${material.state}`)}</span></span>
      {mark && <label class="ck s14"><input type="checkbox" checked={isMarked} onChange={() => mark(key, material.label, why)} />{b('notice.mark')}<span class="vh">{material.label}</span></label>}
      {isMarked && <label class="words"><span class="vh">{b('notice.words')}</span>
        <input class="in" value={words} onInput={(event) => onWords(key, (event.target as HTMLInputElement).value)} /></label>}
    </li>
  );
}

function Sheet({ file, label }: { file: CaseFile; label: string }) {
  if (file.media_type.startsWith('image/')) return <img class="photo" src={file.url} alt={b('materials.photo', { label })} />;
  return <a class="btn" href={file.url} target="_blank" rel="noopener"><Icon name="doc" />{file.name}</a>;
}
