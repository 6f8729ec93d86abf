/** Converts decimal text to integer minor units, without binary fractions in between. */

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2}))?$/;

export interface MinorAmount {
  /** Integer minor units, below 2^53 in size. */
  readonly minor: number;
  /** True if the text had more decimals than the currency and was rounded (half to even). */
  readonly rounded: boolean;
}

/**
 * "12.345" at 100 minor units per major → 1234 (rounded half to even). Undefined if the text is not a plain decimal number (thousands
 * separators, currency signs, empty) or exceeds 2^53.
 *
 * @param minorPerMajor a power of ten: 1, 100, 1000 or 10000
 */
export function parseMinor(text: string, minorPerMajor: number): MinorAmount | undefined {
  const match = DECIMAL.exec(text.trim());
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', power = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = whole + fraction;
  // Position of the decimal point within the digits, counted in minor units.
  const point = whole.length + Number(power) + Math.round(Math.log10(minorPerMajor));
  const kept = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const rest = point >= 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  const floor = Number(kept);
  const minor = floor + (roundsUp(floor, rest) ? 1 : 0);
  if (!Number.isSafeInteger(minor)) return undefined;
  return { minor: sign === '-' && minor !== 0 ? -minor : minor, rounded: /[1-9]/.test(rest) };
}

/** Rounds half to even, on the decimal digits that are cut off. */
function roundsUp(floor: number, rest: string): boolean {
  const first = rest.charAt(0);
  if (first < '5') return false;
  if (first > '5' || /[1-9]/.test(rest.slice(1))) return true;
  return floor % 2 === 1;
}
