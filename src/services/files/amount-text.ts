import { type MinorAmount, parseMinor } from '../../domain/money';
import { notInCurrency } from './foreign-amount';

export type DecimalMark = '.' | ',';

const GROUPING = "[ \\u00a0\\u202f'’]";
const PLAIN: Readonly<Record<DecimalMark, RegExp>> = {
  '.': /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i,
  ',': /^(\d+,?\d*|,\d+)$/,
};
/** Thousands apart: the same mark between all of them, and at least one. The first group does not begin with 0. */
const GROUPED: Readonly<Record<DecimalMark, RegExp>> = {
  '.': new RegExp(`^[1-9]\\d{0,2}(,|${GROUPING})\\d{3}(\\1\\d{3})*(\\.\\d*)?$`),
  ',': new RegExp(`^[1-9]\\d{0,2}(\\.|${GROUPING})\\d{3}(\\1\\d{3})*(,\\d*)?$`),
};
/** India's thousands: 1,23,456.78. */
const LAKHS = /^[1-9]\d?(,\d{2})+,\d{3}(\.\d*)?$/;
const SIGNED = /^([+-]?)\s*(.*)$/s;
/** An amount below 0 as accountants write it: (37.84) or 37.84-. */
const IN_BRACKETS = /^\(\s*(.*?)\s*\)$/s;
const SIGN_AFTER = /^(.*\S)\s*-$/s;

/** An amount that could not be read. */
export interface AmountFault {
  readonly fault: string;
}

/**
 * Reads the amounts of a file: decimal numbers, thousands apart or not, with the sign or the code of the file's currency or without. Which
 * mark is the decimal one follows from all amounts of the file. Where they leave it open, an amount that would have two values is refused.
 */
export class AmountText {
  private readonly signs: readonly string[];
  private points = 0;
  private commas = 0;

  /** `decimal`: null to find it out. */
  constructor(
    readonly currency: string,
    private readonly minorPerMajor: number,
    private readonly decimal: DecimalMark | null,
  ) {
    this.signs = signsOf(currency);
  }

  /** Learns from an amount which mark is the decimal one. To be called with every amount before the first is read. */
  observe(text: string): void {
    if (this.decimal !== null) return;
    const number = this.unsigned(text)?.number ?? '';
    const readings = this.readings(number);
    if (readings.point !== undefined && readings.comma === undefined) {
      if (/[^\d]/.test(number)) this.points++;
    } else if (readings.comma !== undefined && readings.point === undefined) this.commas++;
  }

  /** The decimal mark. Null if the amounts leave it open. */
  get mark(): DecimalMark | null {
    if (this.decimal !== null) return this.decimal;
    if (this.points === 0 && this.commas === 0) return null;
    return this.commas > this.points ? ',' : '.';
  }

  /** In minor units, or in a `finer` part of them. */
  read(text: string, finer = 1): MinorAmount | AmountFault {
    const found = this.unsigned(text);
    if (!found) return { fault: notInCurrency(text, this.currency) };
    const { sign, number } = found;
    const { point, comma } = this.readings(number);
    const { mark } = this;
    const mixed = this.decimal === null && this.points > 0 && this.commas > 0;
    if (point !== undefined && comma !== undefined && point !== comma && (mark === null || mixed)) {
      const why = mixed ? 'the file has decimal points and decimal commas' : 'is its mark a decimal one?';
      return { fault: `${why}; give --decimal point or --decimal comma` };
    }
    const plain = (mark ?? '.') === '.' ? point : comma;
    const other = mark === ',' ? point : comma;
    if (plain === undefined && other !== undefined) {
      const [here, there] = mark === ',' ? ['comma', 'point'] : ['point', 'comma'];
      return { fault: `not a number with a decimal ${here}; --decimal ${there} would read it` };
    }
    if (plain === undefined) return { fault: 'not a decimal number' };
    // What is a number and can't be held is too large, or too near to 0 to be meant.
    return (
      parseMinor(sign + plain, this.minorPerMajor * finer) ?? { fault: /e-/i.test(plain) ? 'too small' : 'too large' }
    );
  }

  /** The number without currency and sign. Undefined if letters or signs are left that are not the currency's. */
  private unsigned(text: string): { sign: string; number: string } | undefined {
    const [, outer = '', rest = ''] = SIGNED.exec(signAhead(text.trim()))!;
    const stripped = this.withoutCurrency(rest);
    const [, inner = '', number = ''] = SIGNED.exec(stripped)!;
    if ((outer !== '' && inner !== '') || /[^\d.,'’\s\u00a0\u202feE+-]/.test(number)) return undefined;
    return { sign: outer + inner, number };
  }

  private withoutCurrency(text: string): string {
    const last = text.charCodeAt(text.length - 1);
    const first = text.charCodeAt(0);
    if (isDigit(first) && isDigit(last)) return text;
    for (const sign of this.signs) {
      if (text.startsWith(sign)) return text.slice(sign.length).trim();
      if (text.endsWith(sign)) return text.slice(0, -sign.length).trim();
    }
    return text;
  }

  /** The plain decimal number that a text is with each mark. */
  private readings(number: string): { readonly point: string | undefined; readonly comma: string | undefined } {
    const read = { point: plainNumber(number, '.'), comma: plainNumber(number, ',') };
    if (read.point === undefined || read.comma === undefined || this.minorPerMajor !== 1000) return read;
    // Three decimals are usual in such a currency, so one mark and three digits are no thousands.
    if (/^\d+\.\d{3}$/.test(number)) return { ...read, comma: undefined };
    return /^\d+,\d{3}$/.test(number) ? { ...read, point: undefined } : read;
  }
}

/** The text as a decimal number with a point, if `mark` is the decimal mark. */
function plainNumber(text: string, mark: DecimalMark): string | undefined {
  if (PLAIN[mark].test(text)) return mark === '.' ? text : text.replace(',', '.');
  if (!GROUPED[mark].test(text) && !(mark === '.' && LAKHS.test(text))) return undefined;
  const digits = mark === '.' ? text.replace(/[^\d.]/g, '') : text.replace(/[^\d,]/g, '');
  return digits.replace(',', '.');
}

/** Whether an amount is below 0, by its text alone. */
export function isNegativeText(text: string): boolean {
  return signAhead(text.trim()).includes('-');
}

function signAhead(text: string): string {
  const inner = IN_BRACKETS.exec(text)?.[1] ?? SIGN_AFTER.exec(text)?.[1];
  return inner === undefined ? text : `-${inner}`;
}

/** Code and signs of a currency, the longest first: CAD, CA$, $. */
function signsOf(currency: string): string[] {
  const signs = (['code', 'symbol', 'narrowSymbol'] as const).map((currencyDisplay) => {
    const parts = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay }).formatToParts(1);
    return parts.find(({ type }) => type === 'currency')!.value;
  });
  return [...new Set([currency, ...signs])].sort((a, b) => b.length - a.length);
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
