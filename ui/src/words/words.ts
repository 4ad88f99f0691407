import { dictionary } from '../base/words';
import zh from './zh.json';

/** The words of the residents' screens. */
export const w = dictionary(zh, () => import('./en.json'));
