/* 这件事怎么办: the elements of the published list, in plain rows. */
import { href } from '../base/route';
import { work } from '../filing/work';
import { Page } from '../parts/page';
import { w } from '../words/words';
import { titleNow } from './apply';
import { fieldText, limitWords } from './guide';

export function About({ code }: { code: string }) {
  const { service } = work.value!;
  const rows: [string, string][] = [
    [w('about.condition'), fieldText(service, 'condition')],
    [w('about.limit'), limitWords(service)],
    [w('about.visits'), service.visits ? w('about.visit', { n: service.visits }) : w('about.novisit')],
    [w('about.where'), fieldText(service, 'place')], [w('about.hours.open'), fieldText(service, 'hours')],
    [w('about.phone'), fieldText(service, 'phone_ask')], [w('about.law'), fieldText(service, 'legal_basis')],
  ];
  const shown = rows.filter(([, value]) => value);
  return (
    <Page title={titleNow()} back={{ label: w('nav.back'), href: href('apply', code, 'g', 1) }} next={{ label: w('about.start'), href: href('apply', code, 'g', 1) }}
      say={{ text: [titleNow(), ...shown.map(([name, value]) => `${name}：${value}`)].join('。') }}>
      <h1>{titleNow()}</h1>
      <dl class="sl">{shown.map(([name, value]) => <div><dt>{name}</dt><dd class="v">{value}</dd></div>)}</dl>
      <p class="mut">{w('about.local')}</p>
    </Page>
  );
}
