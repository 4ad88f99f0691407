/* The workbook as it lies on the owner's desk: the same cells, and each fault under its row. */
import { useState } from 'preact/hooks';
import { Icon } from '../parts/icon';
import { placeOf } from './publish';
import type { BookNote, BookSheet, SheetRow } from './types';
import { b } from './words';

interface Props { sheets: BookSheet[]; notes: BookNote[]; onFix: (note: BookNote) => void }

const sheetOf = (note: BookNote): string => (note.where.split('!')[0] ?? '').toLowerCase();
export const letters = (column: number): string => (column >= 26 ? letters(Math.floor(column / 26) - 1) : '') + String.fromCharCode(65 + (column % 26));

export function SheetMirror({ sheets, notes, onFix }: Props) {
  const first = sheets.find((sheet) => notes.some((note) => note.level === 'error' && sheetOf(note) === sheet.name.toLowerCase()));
  const survey = sheets.find((sheet) => /^(survey|问卷|题目表)$/i.test(sheet.name));
  const [name, setName] = useState((first ?? survey ?? sheets[0])?.name ?? '');
  const sheet = sheets.find((one) => one.name === name) ?? sheets[0];
  const loose = notes.filter((note) => !sheets.some((one) => one.name.toLowerCase() === sheetOf(note)));
  return (
    <>
      {loose.map((note) => <p class="msg"><Icon name="warn" />{note.where && `${note.where} `}{note.message}</p>)}
      <nav class="tabs scrollx" aria-label={b('sheet.tabs')}>
        {sheets.map((one) => {
          const errors = notes.filter((note) => note.level === 'error' && sheetOf(note) === one.name.toLowerCase()).length;
          return <a href="#" aria-current={one === sheet ? 'page' : undefined} onClick={(event) => { event.preventDefault(); setName(one.name); }}>{one.name}
            {errors > 0 && <span class="n" aria-label={b('sheet.errors', { n: errors })}>{errors}</span>}</a>;
        })}
      </nav>
      {sheet && <Cells key={sheet.name} sheet={sheet} notes={notes.filter((note) => sheetOf(note) === sheet.name.toLowerCase())} onFix={onFix} />}
    </>
  );
}

const AROUND = 3;

/** With faults only the rows around them are shown at first, so that a clerk sees them all at once. */
function Cells({ sheet, notes, onFix }: { sheet: BookSheet; notes: BookNote[]; onFix: (note: BookNote) => void }) {
  const [isWhole, setWhole] = useState(notes.length === 0);
  const [header, ...body] = sheet.rows;
  const width = Math.max(1, ...sheet.rows.map((row) => row.cells.length));
  const faultRows = new Set(notes.map((note) => placeOf(note.where)?.row ?? 1));
  const isNear = (row: SheetRow) => [...faultRows].some((number) => Math.abs(number - row.number) <= AROUND);
  const rows = isWhole ? body : body.filter(isNear);
  const known = new Set(sheet.rows.map((row) => row.number));
  const columns = Array.from({ length: width }, (_, column) => column);
  const used = columns.filter((column) => isWhole || sheet.rows.some((row) => (isNear(row) || row === header) && row.cells[column]) || notes.some((note) => placeOf(note.where)?.column === column));
  return (
    <div class="scrollx" tabIndex={0} role="region" aria-label={b('sheet.label', { name: sheet.name })}>
      <table class="sheet">
        <thead><tr><td />{used.map((column) => <th scope="col">{letters(column)} {header?.cells[column] ?? ''}</th>)}</tr></thead>
        <tbody>
          {header && <NoteRows notes={notes.filter((note) => (placeOf(note.where)?.row ?? 1) === header.number || !known.has(placeOf(note.where)?.row ?? 1))} span={used.length} onFix={onFix} />}
          {rows.map((row) => {
            const own = notes.filter((note) => placeOf(note.where)?.row === row.number);
            const bad = new Set(own.filter((note) => note.level === 'error').map((note) => placeOf(note.where)!.column));
            return (
              <>
                <tr><th scope="row">{row.number}</th>{used.map((column) => (
                  <td class={bad.has(column) ? 'bad' : ''}><span class="cell">{row.cells[column] || (bad.has(column) ? b('sheet.empty') : '')}</span></td>))}</tr>
                <NoteRows notes={own} span={used.length} onFix={onFix} />
              </>);
          })}
        </tbody>
      </table>
      {!isWhole && rows.length < body.length && <button class="btn btn-small more" type="button" onClick={() => setWhole(true)}>{b('sheet.whole', { n: body.length })}</button>}
    </div>
  );
}

function NoteRows({ notes, span, onFix }: { notes: BookNote[]; span: number; onFix: (note: BookNote) => void }) {
  return (
    <>{notes.map((note) => {
      const place = placeOf(note.where);
      return (
        <tr class="note"><td /><td colSpan={span}>
          <b class={note.level === 'error' ? 'err' : 'warn'}>{place ? b('sheet.place', { row: place.row, column: letters(place.column) }) : note.where}</b>{'\u3000'}{note.message}
          {note.suggestion && place && <button class="btn btn-small fx" type="button" onClick={() => onFix(note)}>{b('sheet.fix', { text: note.shown ?? note.suggestion })}</button>}
        </td></tr>);
    })}</>
  );
}
