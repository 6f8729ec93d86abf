import { parseIsoTime } from '../../domain/iso-time';
import { formatsOf } from './date-shapes';

const DECIMAL = /^[+-]?\d[\d.,' ]*[.,]\d{1,4}$/;
const DIGITS_ONLY = /^\d+$/;

/** Whether the cells of a first line are values, not names: a date or a decimal number is among them. Years are names of some columns. */
export function looksLikeData(cells: readonly string[]): boolean {
  return cells.some((cell) => {
    const text = cell.trim();
    if (DECIMAL.test(text) || parseIsoTime(text) !== undefined) return true;
    return !DIGITS_ONLY.test(text) && formatsOf(text) !== null;
  });
}
