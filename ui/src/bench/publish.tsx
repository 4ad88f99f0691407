/* 发布: drop a workbook, see every fault in a mirror of its cells, take a correction with one press,
 * try the form as a phone or kiosk shows it, publish. What is live stays live until then. */
import { useState } from 'preact/hooks';
import { faultWords } from './fault';
import { momentWords } from '../base/day';
import { Icon } from '../parts/icon';
import { Phrases } from '../parts/text';
import { annotated, staffApi } from './api';
import { DeskPage } from './desk';
import { Fault, State, useLoad } from './load';
import { Preview } from './preview';
import { letters, SheetMirror } from './sheet-mirror';
import type { BookNote, BookSheet, Check } from './types';
import { b } from './words';

interface Opened { name: string; bytes: ArrayBuffer; check: Check }

export function PublishDesk() {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [fault, setFault] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [done, setDone] = useState('');
  const read = async (name: string, bytes: ArrayBuffer) => {
    setBusy(true); setFault(''); setDone('');
    try { setOpened({ name, bytes, check: placed(await staffApi.check(bytes)) }); } catch (wrong) { setFault(faultWords(wrong)); }
    setBusy(false);
  };
  const take = async (files: FileList | null | undefined) => { const file = files?.[0]; if (file) await read(file.name, await file.arrayBuffer()); };
  const publish = async () => {
    if (!opened?.check.can_publish || isBusy) return;
    setBusy(true);
    try {
      const got = await staffApi.publish(opened.bytes);
      setDone(b(got.is_unchanged ? 'publish.unchanged' : 'publish.done', { title: opened.check.title, version: got.version }));
      setOpened(null); setFault('');
    } catch (wrong) { setFault(faultWords(wrong)); }
    setBusy(false);
  };
  const errors = opened?.check.notes.filter((note) => note.level === 'error').length ?? 0;
  return (
    <DeskPage current="publish" title={b('desk.publish')} foot={opened && (
      <>
        <span class="mut">{effectWords(opened.check)}</span><span class="push" />
        <Fault words={fault} />
        <button class="btn" type="button" onClick={() => { setOpened(null); setFault(''); }}>{b('publish.other')}</button>
        <button class="btn btn-pri" type="button" aria-disabled={opened.check.can_publish ? undefined : true} aria-busy={isBusy} onClick={() => void publish()}>
          {errors ? b('publish.blocked', { n: errors }) : b('publish.go')}</button>
      </>)}>
      <main id="main" class={`wrap ${opened ? 'pb' : ''}`} tabIndex={-1} onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => { event.preventDefault(); void take(event.dataTransfer?.files); }}>
        {opened ? <Opened opened={opened} errors={errors} onFix={(note) => void read(opened.name, fixed(opened, note))} />
          : <Door onFiles={(files) => void take(files)} isBusy={isBusy} fault={fault} done={done} />}
      </main>
    </DeskPage>
  );
}

/** What a suggestion means for its cell: a name that is unknown is replaced within the formula, and a
 * version that is taken by the next number. */
function placed(check: Check): Check {
  return withVersion({ ...check, notes: check.notes.map((note) => withFormula(check, note)) });
}

function withFormula(check: Check, note: BookNote): BookNote {
  const place = placeOf(note.where), unknown = /\$\{([^}]+)\}/.exec(note.message)?.[0];
  if (note.code !== 'reference.unknown' || !note.suggestion || !place || !unknown) return note;
  const sheet = check.sheets.find((one) => one.name.toLowerCase() === place.sheet.toLowerCase());
  const cell = sheet?.rows.find((row) => row.number === place.row)?.cells[place.column] ?? '';
  const name = `\${${note.suggestion}}`;
  return cell.includes(unknown) ? { ...note, suggestion: cell.split(unknown).join(name), shown: name } : note;
}

function withVersion(check: Check): Check {
  const sheet = check.sheets.find((one) => /^(settings|设置)$/i.test(one.name));
  const column = sheet?.rows[0]?.cells.findIndex((cell) => /^(version|版本|版本号)$/i.test(cell.trim())) ?? -1;
  const row = sheet?.rows.find((one) => one.number > 1);
  if (!sheet || !row || column < 0) return check;
  const next = /^(.*?)(\d+)$/.exec((row.cells[column] ?? '').trim());
  const notes = check.notes.map((note) => (note.code !== 'version.taken' || note.where.includes('!') ? note
    : { ...note, where: `${sheet.name}!${letters(column)}${row.number}`, suggestion: next ? `${next[1]}${Number(next[2]) + 1}` : '2' }));
  return { ...check, notes };
}

function effectWords(check: Check): string {
  if (check.is_unchanged) return b('publish.same', { version: check.version });
  return check.effect.open_cases ? b('publish.open', { n: check.effect.open_cases }) : b('publish.live');
}

function Door({ onFiles, isBusy, fault, done }: { onFiles: (files: FileList | null) => void; isBusy: boolean; fault: string; done: string }) {
  const published = useLoad(() => staffApi.published(), done);
  return (
    <>
      <div class="head"><h1><Phrases text={done || b('publish.title')} /></h1></div>
      <label class="drop">
        <Icon name="doc" /><span class="b big">{b(isBusy ? 'publish.reading' : 'publish.drop')}</span><span class="mut">{b('publish.kinds')}</span>
        <input type="file" class="vh" accept=".xlsx,.md,.json" onChange={(event) => { const input = event.target as HTMLInputElement; onFiles(input.files); input.value = ''; }} />
      </label>
      <Fault words={fault} />
      <h2 class="mat-h">{b('publish.list')}</h2>
      <State of={published}>{(services) => (services.length ? (
        <div class="wide-ok"><table class="table cards"><thead><tr>
          {(['title', 'code', 'version', 'when', 'by'] as const).map((column) => <th scope="col">{b(`publish.col.${column}`)}</th>)}<th scope="col" class="r">{b('publish.download')}</th></tr></thead>
          <tbody>{services.map((service) => (
            <tr><td class="b">{service.title}</td><td>{service.code}</td><td data-label={b('publish.col.version')}>{service.version}</td><td class="nb">{momentWords(service.published_at)}</td><td>{service.published_by}</td>
              <td class="r"><span class="row downs"><span class="vh">{b('publish.download')}</span>{(['xlsx', 'md'] as const).map((format) => (
                <a href={`/v1/services/${encodeURIComponent(service.code)}/workbook?format=${format}`} download={`${service.title}.${format}`}>{b(`publish.${format}`)}<span class="vh">{service.title}</span></a>))}</span></td></tr>))}</tbody></table></div>)
        : <p class="mut">{b('publish.nothing')}</p>)}</State>
    </>
  );
}

function Opened({ opened, errors, onFix }: { opened: Opened; errors: number; onFix: (note: BookNote) => void }) {
  const { check, name, bytes } = opened;
  const [trouble, setTrouble] = useState('');
  const download = async () => {
    try { offer(await annotated(bytes), name.replace(/\.\w+$/, '') + b('publish.noted')); setTrouble(''); } catch (wrong) { setTrouble(faultWords(wrong)); }
  };
  return (
    <>
      <div class="pb-left">
        <div class="head">
          <div><h1><Phrases text={errors ? b('publish.faults', { n: errors }) : b('publish.ready')} /></h1>
            <p class="mut">{name}{b('desk.comma')}{b('publish.version', { version: check.version || '–' })}</p></div>
          <button class="btn btn-small push" type="button" onClick={() => void download()}><Icon name="save" />{b('publish.annotated')}</button>
        </div>
        <Fault words={trouble} />
        <SheetMirror sheets={check.sheets} notes={check.notes} onFix={onFix} />
      </div>
      <Preview key={check.image} image={check.image} title={check.title} />
    </>
  );
}

/** The same workbook with one cell as suggested, in the text form that the server reads as well. */
function fixed(opened: Opened, note: BookNote): ArrayBuffer {
  const place = placeOf(note.where);
  const book = Object.fromEntries(opened.check.sheets.map((sheet) => [sheet.name, rowsWith(sheet, place, note.suggestion ?? '')]));
  return new TextEncoder().encode(JSON.stringify(book)).buffer as ArrayBuffer;
}

function rowsWith(sheet: BookSheet, place: Place | null, text: string): string[][] {
  const rows: string[][] = [];
  for (const row of sheet.rows) {
    while (rows.length < row.number - 1) rows.push([]);
    rows.push([...row.cells]);
  }
  if (place && place.sheet.toLowerCase() === sheet.name.toLowerCase()) {
    const row = rows[place.row - 1] ?? [];
    while (row.length <= place.column) row.push('');
    row[place.column] = text;
    rows[place.row - 1] = row;
  }
  return rows;
}

export interface Place { sheet: string; column: number; row: number }

/** "survey!C12" → sheet, column from 0, row from 1; null for a whole sheet. */
export function placeOf(where: string): Place | null {
  const found = /^(.*)!([A-Z]+)(\d+)$/.exec(where);
  if (!found) return null;
  const column = [...found[2]!].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
  return { sheet: found[1]!, column, row: Number(found[3]) };
}

function offer(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
