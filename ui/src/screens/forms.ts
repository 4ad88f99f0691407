/* Everything of a filing in one chunk: whoever opens a service needs all of it. */
export { Apply } from './apply';
export { Case } from './case';
export { OpenDraft, Prove, Track } from './codes';
