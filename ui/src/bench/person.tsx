/* Who stands at the counter: by the last part of an ID number read from the card, or by name, among
 * the residents of this place. */
import { useState } from 'preact/hooks';
import { faultWords } from '../base/api';
import { staffApi } from './api';
import { Fault } from './load';
import type { Person } from './types';
import { b } from './words';

export function PersonFinder({ onPick }: { onPick: (person: Person) => void }) {
  const [words, setWords] = useState('');
  const [found, setFound] = useState<Person[] | null>(null);
  const [picked, setPicked] = useState<Person | null>(null);
  const [fault, setFault] = useState('');
  const find = (event: Event) => {
    event.preventDefault();
    const text = words.trim().toUpperCase();
    if (!text) return;
    const by = /^\d{17}[\dX]$/.test(text) ? { id_number: text } : { name: words.trim() };
    staffApi.findPeople(by).then((people) => { setFound(people); setFault(''); if (people.length === 1) pick(people[0]!); })
      .catch((wrong) => setFault(faultWords(wrong)));
  };
  const pick = (person: Person) => { setPicked(person); setFound(null); onPick(person); };
  return (
    <>
      {picked && <div class="now"><p class="mut">{b('person.now')}</p><p class="num">{picked.name}</p>
        <p class="mut s14">{picked.village_name ?? picked.village}<br />{picked.id_masked}</p></div>}
      <form class="stack" role="search" onSubmit={find}>
        <div class="field"><label for="person-box">{b('person.find')}</label>
          <input class="in" id="person-box" autoComplete="off" value={words} onInput={(event) => setWords((event.target as HTMLInputElement).value)} /></div>
        <button class="btn btn-small full">{b('person.search')}<kbd class="kbd">F6</kbd></button>
      </form>
      <Fault words={fault} />
      {found && (found.length ? <ul class="people">{found.slice(0, 20).map((person) => (
        <li><button type="button" onClick={() => pick(person)}><b>{person.name}</b><br /><span class="mut s14">{person.village_name ?? person.village} {person.id_masked}</span></button></li>))}</ul>
        : <p class="mut" role="status">{b('person.none')}</p>)}
    </>
  );
}
