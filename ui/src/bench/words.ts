import { dictionary } from '../base/words';
import zh from './zh.json';

/** The words of the staff's screens. */
export const b = dictionary(zh, () => import('./en.json'));
