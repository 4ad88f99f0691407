/* 跑几趟: how often people had to come, per service and by cause. The number is the fact; the bar is its
 * size. */
import { Phrases } from '../parts/text';
import { staffApi } from './api';
import { DeskPage } from './desk';
import { causeWords } from './facts';
import { State, useLoad } from './load';
import type { Trips } from './types';
import { b } from './words';

export function ReportDesk() {
  const trips = useLoad(() => staffApi.trips());
  return (
    <DeskPage current="report" title={b('desk.report')}>
      <main id="main" class="wrap" tabIndex={-1}><State of={trips}>{(value) => <Shown trips={value} />}</State></main>
    </DeskPage>
  );
}

function Shown({ trips }: { trips: Trips }) {
  const visits = trips.by_service.reduce((sum, row) => sum + row.visits, 0);
  const wasted = trips.by_service.reduce((sum, row) => sum + row.wasted, 0);
  const most = Math.max(1, ...trips.by_cause.map((row) => row.count));
  return (
    <>
      <div class="head"><h1><Phrases text={b(wasted ? 'report.wasted' : 'report.total', { n: visits, wasted })} /></h1>
        <button class="btn push" type="button" onClick={() => print()}>{b('report.print')}</button></div>
      <div class="report">
        <section><h2>{b('report.service')}</h2>
          <div class="wide-ok"><table class="table"><thead><tr>{(['service', 'cases', 'visits', 'wasted', 'average'] as const).map((column) => <th scope="col" class={column === 'service' ? '' : 'r'}>{b(`report.col.${column}`)}</th>)}</tr></thead>
            <tbody>{trips.by_service.map((row) => (
              <tr><td class="b">{row.title}</td><td class="r">{row.cases}</td><td class="r">{row.visits}</td><td class={`r ${row.wasted ? 'err b' : ''}`}>{row.wasted}</td><td class="r">{row.average.toFixed(1)}</td></tr>))}</tbody></table></div></section>
        <section><h2>{b('report.cause')}</h2>
          {trips.by_cause.length === 0 && <p class="mut">{b('report.none')}</p>}
          <ul class="bars">{trips.by_cause.map((row, index) => (
            <li class={index === 0 ? 'top1' : ''}><span>{causeWords(row.cause)}</span><i style={{ width: `${Math.round((row.count / most) * 100)}%` }} /><b>{row.count}</b></li>))}</ul></section>
      </div>
    </>
  );
}
