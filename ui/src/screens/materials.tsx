/* 备材料: what is missing for exactly this scenario comes first, with a sample of how it should look. */
import { href } from '../base/route';
import { dayWords } from '../base/day';
import { session } from '../base/session';
import { either } from '../base/words';
import { fileAt, refusal } from '../filing/files';
import { materialLines, mayChange, stops, type MaterialLine } from '../filing/lists';
import { questions, work } from '../filing/work';
import { Icon } from '../parts/icon';
import { Page } from '../parts/page';
import { FileWords, Thumb, useChooser } from '../parts/photo-box';
import { Phrases } from '../parts/text';
import { w } from '../words/words';
import { titleNow } from './apply';
import { MaterialPicture } from './guide';

const labelOf = (line: MaterialLine) => either(line.material.label, line.material.label_en);

export function Materials({ code }: { code: string }) {
  const now = work.value!;
  const allowed = mayChange(now);
  const lines = materialLines(now, questions.value).filter((line) => !allowed || allowed.has(line.question?.path ?? ''));
  const missing = lines.filter((line) => line.state === 'missing');
  const wanted = missing.filter((line) => line.material.need === 'required');
  const first = wanted[0] ?? missing[0];
  const chooser = useChooser(first?.question?.path ?? '', first?.material.name ?? '');
  const onward = stops(now, questions.value)[0];
  const ahead = { label: w('mat.next'), href: onward ? href('apply', code, 'q', onward.path) : href('apply', code, 'check') };
  const next = wanted.length ? { label: w('mat.shoot'), icon: 'camera', busy: chooser.isBusy, onClick: chooser.open } : ahead;
  const title = titleOf(lines.length, wanted.length);
  return (
    <Page title={title} back={{ label: w('nav.back'), href: href('apply', code, allowed ? 'check' : 'result') }} aside={titleNow()} next={next}
      say={{ text: [title, ...missing.map((line) => `${labelOf(line)}。${line.material.guide}`)].join('。') }}>
      {first && chooser.chooser}
      <div><h1><Phrases text={title} /></h1>{lines.length > 0 && <p class="mut">{w('mat.total', { n: lines.length })}</p>}</div>
      {(chooser.fault || refusal.value) && <p class="msg" role="alert"><Icon name="warn" />{chooser.fault || refusal.value}</p>}
      <Missing lines={missing} />
      <Group title={w('mat.held')} lines={lines.filter((line) => line.state === 'held')} sign="check" tone="ok" />
      <Group title={w('mat.present')} lines={lines.filter((line) => line.state === 'present')} sign="check" tone="ok" />
      <Group title={w('mat.counter')} lines={lines.filter((line) => line.state === 'counter')} sign="doc" tone="" />
      {wanted.length > 0 && <p class="links"><a href={ahead.href}>{w('mat.next')}</a></p>}
      {session.value.identity_level < 1 && !allowed && <p class="links"><a href={href('prove', code)}>{w('mat.proof')}</a></p>}
    </Page>
  );
}

function titleOf(total: number, missing: number): string {
  if (total === 0) return w('mat.title.none');
  if (missing === 0) return w('mat.title.ready');
  return missing === 1 ? w('mat.title.last') : w('mat.title.missing', { n: missing });
}

function Missing({ lines }: { lines: MaterialLine[] }) {
  if (!lines.length) return null;
  const [first, ...rest] = lines;
  return (
    <section class="group">
      <h2><Icon name="warn" class="warn" />{w('mat.missing')}</h2>
      <Shoot line={first!} />
      {rest.length > 0 && <ul class="lines">{rest.map((line) => <MissingRow key={line.material.name} line={line} />)}</ul>}
    </section>
  );
}

/** The next one to photograph, with its sample. */
function Shoot({ line }: { line: MaterialLine }) {
  const { material } = line;
  const { chooser, open, fault } = useChooser(line.question!.path, material.name, true);
  const sample = (material.sample || 'sample-paper').replace(/\.svg$/, '');
  return (
    <div class="shoot">
      {chooser}
      <figure><img src={`pictures/${encodeURIComponent(sample)}.svg`} alt={w('mat.sample', { what: labelOf(line) })} width="112" height="103" /></figure>
      <div>
        <b class="big">{labelOf(line)}</b><Need line={line} /><br />
        <span class="mut">{line.notice ?? (line.question?.hint || material.guide || w('mat.guide'))}</span>
        {fault && <p class="msg"><Icon name="warn" />{fault}</p>}
        <br /><button class="link tall" type="button" onClick={open}>{w('mat.choose')}</button>
      </div>
    </div>
  );
}

function Need({ line }: { line: MaterialLine }) {
  const { need } = line.material;
  return need === 'required' ? null : <span class="tag mut"> {need === 'optional' ? w('mat.optional') : w('mat.later')}</span>;
}

function MissingRow({ line }: { line: MaterialLine }) {
  const { chooser, open } = useChooser(line.question!.path, line.material.name);
  return (
    <li>
      {chooser}<MaterialPicture sample={line.material.sample} />
      <span><b>{labelOf(line)}</b><Need line={line} />{line.material.guide && <><br /><span class="mut">{line.material.guide}</span></>}</span>
      <button class="edit" type="button" onClick={open} aria-label={w('mat.shoot.one', { what: labelOf(line) })}>{w('mat.shoot')}</button>
    </li>
  );
}

function Group({ title, lines, sign, tone }: { title: string; lines: MaterialLine[]; sign: string; tone: string }) {
  if (!lines.length) return null;
  return (
    <section class="group">
      <h2 class={tone}><Icon name={sign} />{title}</h2>
      <ul class="lines">{lines.map((line) => <Row key={line.material.name} line={line} />)}</ul>
    </section>
  );
}

function Row({ line }: { line: MaterialLine }) {
  const path = line.question?.path ?? '';
  const { chooser, open, fault } = useChooser(path, line.material.name);
  const file = fileAt(path);
  return (
    <li>
      {path && chooser}
      {file ? <Thumb file={file} /> : <MaterialPicture sample={line.material.sample} />}
      <span>
        <b>{labelOf(line)}</b>
        {file && <><br /><FileWords file={file} /></>}
        {line.on && <><br /><span class="mut">{w('mat.on', { day: dayWords(line.on) })}</span></>}
        {fault && <><br /><span class="err">{fault}</span></>}
      </span>
      {line.state === 'present' && <button class="edit" type="button" onClick={open} aria-label={w('mat.again.one', { what: labelOf(line) })}>{w('mat.again')}</button>}
    </li>
  );
}
