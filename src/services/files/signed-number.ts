/** A number as it was written, and its sign. */
export interface SignedNumber {
  readonly isNegative: boolean;
  readonly number: string;
}

const PLAIN_NUMBER = /^[\d.,]+$/;
const SIGN_AHEAD = /^([+-]) ?(.+)$/s;
/** An amount below 0 as accountants write it: (37.84) or 37.84-. */
const IN_BRACKETS = /^\( ?(.*?) ?\)$/s;
const SIGN_BEHIND = /^(.*[^ .,:-]) ?-$/s;
/** No cents: 1135,- and 45.-- and Sweden's 1135:-. */
const NO_CENTS = /^(.*\d)(?:([.,])-{1,2}|:-)$/s;
/** A sign of the currency may stand ahead and behind: $42.50 USD. */
const MOST_SIGNS = 2;
const LETTER = /^\p{L}/u;

/**
 * Takes the sign and what `currencySigns` has off a {@link plainText}, in any order. Undefined if something is left that is no part of a
 * number, or if it has two signs.
 */
export function signedNumber(text: string, currencySigns: readonly string[] = []): SignedNumber | undefined {
  if (PLAIN_NUMBER.test(text)) return { isNegative: false, number: text };
  let rest = text;
  let sign = '';
  for (let left = MOST_SIGNS; ; ) {
    const [, whole, mark = ''] = NO_CENTS.exec(rest) ?? [];
    if (whole !== undefined) {
      // The mark says which one is the decimal one.
      rest = mark === '' ? whole : `${whole}${mark}00`;
      continue;
    }
    const signed = withoutSign(rest);
    if (signed !== undefined) {
      if (sign !== '') return undefined;
      ({ sign, rest } = signed);
      continue;
    }
    const bare = left > 0 ? withoutCurrency(rest, currencySigns) : undefined;
    if (bare === undefined) break;
    left--;
    rest = bare;
  }
  return /[^\d.,' eE+-]/.test(rest) ? undefined : { isNegative: sign === '-', number: rest };
}

function withoutSign(text: string): { readonly sign: string; readonly rest: string } | undefined {
  const [, sign, behind] = SIGN_AHEAD.exec(text) ?? [];
  if (sign !== undefined) return { sign, rest: behind! };
  const inner = IN_BRACKETS.exec(text)?.[1] ?? SIGN_BEHIND.exec(text)?.[1];
  return inner === undefined ? undefined : { sign: '-', rest: inner };
}

function withoutCurrency(text: string, signs: readonly string[]): string | undefined {
  if (/^\d(?:.*\d)?$/s.test(text)) return undefined;
  const lower = text.toLowerCase();
  for (const sign of signs) {
    const folded = sign.toLowerCase();
    // Of a longer word nothing is taken off.
    if (lower.startsWith(folded)) {
      const rest = text.slice(sign.length);
      if (!LETTER.test(rest)) return rest.trim();
    }
    if (lower.endsWith(folded)) {
      const rest = text.slice(0, -sign.length);
      if (!/\p{L}$/u.test(rest)) return rest.trim();
    }
  }
  return undefined;
}
