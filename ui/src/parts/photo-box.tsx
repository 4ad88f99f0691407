/* A camera or a file chooser for one material; what was taken is shown small. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { faultWords } from '../base/api';
import { addPhoto, fileAt, stateOf, type FileEntry } from '../filing/files';
import { photoOf, work } from '../filing/work';
import { w } from '../words/words';
import { Icon } from './icon';

/** A hidden chooser and the function that opens it. capture: the camera first. */
export function useChooser(path: string, name: string, isFile = false) {
  const input = useRef<HTMLInputElement>(null);
  const [fault, setFault] = useState('');
  const [isBusy, setBusy] = useState(false);
  const take = async (event: Event) => {
    const field = event.currentTarget as HTMLInputElement;
    const picked = field.files?.[0];
    field.value = '';
    if (!picked) return;
    setBusy(true);
    await addPhoto(path, name, picked).then(() => setFault(''), (e) => setFault(faultWords(e)));
    setBusy(false);
  };
  const chooser = (
    <input ref={input} class="vh" type="file" accept={isFile ? 'image/*,application/pdf' : 'image/*'} capture={isFile ? undefined : 'environment'}
      tabIndex={-1} aria-hidden="true" onChange={(event) => void take(event)} data-material={name} />);
  return { chooser, open: () => input.current?.click(), fault, isBusy };
}

export function Thumb({ file }: { file: FileEntry }) {
  const [url, setUrl] = useState('');
  useEffect(() => {
    let made = '';
    const filing = work.peek()?.filing;
    if (filing && file.type !== 'application/pdf') void photoOf(filing, file.name).then((blob) => { if (blob) setUrl(made = URL.createObjectURL(blob)); });
    return () => { if (made) setTimeout(() => URL.revokeObjectURL(made), 5000); };
  }, [file.name]);
  return url ? <img class="shot" src={url} alt="" width="64" height="48" /> : <Icon name="doc" class="shot" />;
}

export function FileWords({ file }: { file: FileEntry }) {
  const state = stateOf(file);
  const words = { sending: w('mat.sending'), sent: w('mat.sent'), waiting: w('mat.waiting'), refused: w('mat.refused') }[state];
  return <span class={state === 'refused' ? 'err' : state === 'waiting' ? 'warn' : 'mut'} role="status">{words}</span>;
}

export function PhotoBox({ path, name, error }: { path: string; name: string; error: string }) {
  const { chooser, open, fault, isBusy } = useChooser(path, name);
  const file = fileAt(path);
  return (
    <div class="stack">
      {chooser}
      {file && <div class="card"><Thumb file={file} /><span><FileWords file={file} /></span></div>}
      <button class="btn full" type="button" id="answer" onClick={open} aria-busy={isBusy} aria-describedby={error ? 'answer-error' : undefined}>
        <Icon name="camera" />{file ? w('mat.again') : w('ask.shoot')}
      </button>
      {fault && <p class="msg" role="alert"><Icon name="warn" />{fault}</p>}
    </div>
  );
}
