/* Who stands at the counter: by the ID number read from the card, or by name, among the residents of
 * this place. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { staffApi } from './api';
import { faultWords } from './fault';
import { Fault } from './load';
import type { Person } from './types';
import { b } from './words';

const FULL_ID = /^\d{17}[\dX]$/;
const MOST = 20;

export function PersonFinder({ picked, onPick }: { picked: Person | null; onPick: (person: Person) => void }) {
  const [words, setWords] = useState('');
  const [found, setFound] = useState<Person[] | null>(null);
  const [fault, setFault] = useState('');
  const box = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => { box.current?.focus(); }, []);
  useEffect(() => { list.current?.querySelector('button')?.focus(); }, [found]);
  const find = async (event: Event) => {
    event.preventDefault();
    const text = words.trim().toUpperCase();
    if (!text) return;
    try {
      const people = await staffApi.findPeople(FULL_ID.test(text) ? { id_number: text } : { name: words.trim() });
      setFault('');
      if (people.length === 1) pick(people[0]!); else setFound(people);
    } catch (wrong) { setFault(faultWords(wrong)); }
  };
  const pick = (person: Person) => { setFound(null); setWords(''); onPick(person); };
  return (
    <>
      {picked && <div class="now"><p class="mut">{b('person.now')}</p><p class="num">{picked.name}</p>
        <p class="mut s14">{picked.village_name ?? picked.village}<br />{picked.id_masked}</p></div>}
      <form class="stack" role="search" onSubmit={(event) => void find(event)}>
        <div class="field"><label for="person-box">{b('person.find')}</label>
          <input class="in" id="person-box" ref={box} autoComplete="off" value={words} onInput={(event) => setWords((event.target as HTMLInputElement).value)} /></div>
        <button class="btn btn-small full">{b('person.search')}<kbd class="kbd">Enter</kbd></button>
      </form>
      <Fault words={fault} />
      {found && (found.length ? <><p class="mut s14 found" role="status">{b(found.length > MOST ? 'person.many' : 'person.which', { n: found.length })}</p>
        <ul class="people" ref={list}>{found.slice(0, MOST).map((person) => (
          <li><button type="button" onClick={() => pick(person)}><b>{person.name}</b><br /><span class="mut s14">{person.village_name ?? person.village} {person.id_masked}</span></button></li>))}</ul></>
        : <p class="mut found" role="status">{b('person.none')}</p>)}
    </>
  );
}
