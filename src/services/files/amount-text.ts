import { type MinorAmount, parseMinor } from '../../domain/money';
import { signsOf } from './currency-signs';
import { notInCurrency } from './foreign-amount';
import { plainText } from './plain-text';
import { type SignedNumber, signedNumber } from './signed-number';

export type DecimalMark = '.' | ',';

const PLAIN: Readonly<Record<DecimalMark, RegExp>> = {
  '.': /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i,
  ',': /^(\d+,?\d*|,\d+)(e[+-]?\d+)?$/i,
};
/** Thousands apart: the same mark between all of them, and at least one. The first group does not begin with 0. */
const GROUPED: Readonly<Record<DecimalMark, RegExp>> = {
  '.': /^[1-9]\d{0,2}([, '])\d{3}(\1\d{3})*(\.\d*)?$/,
  ',': /^[1-9]\d{0,2}([. '])\d{3}(\1\d{3})*(,\d*)?$/,
};
/** India's thousands: 1,23,456.78. */
const LAKHS = /^[1-9]\d?(,\d{2})+,\d{3}(\.\d*)?$/;

/** An amount that could not be read. */
export interface AmountFault {
  readonly fault: string;
}

/** The plain decimal number that a text is with each mark. */
interface Readings {
  readonly point: string | undefined;
  readonly comma: string | undefined;
}

/**
 * Reads the amounts of a file: decimal numbers, thousands apart or not, with the sign or the code of the file's currency or without. Which
 * mark is the decimal one follows from all amounts of the file. Where they leave it open, the currency's own decimals may decide. Otherwise
 * an amount that would have two values is refused.
 */
export class AmountText {
  private readonly signs: readonly string[];
  /** Those that people write. */
  private readonly decimals: number;
  private points = 0;
  private commas = 0;
  private hasWhole = false;

  /** `decimal`: null to find it out. */
  constructor(
    readonly currency: string,
    private readonly minorPerMajor: number,
    private readonly decimal: DecimalMark | null,
  ) {
    this.signs = signsOf(currency);
    this.decimals = decimalsOf(currency);
  }

  /** Learns from an amount which mark is the decimal one. To be called with every amount before the first is read. */
  observe(text: string): void {
    if (this.decimal !== null) return;
    const number = this.signed(text)?.number ?? '';
    const { point, comma } = readings(number);
    if (point !== undefined && comma === undefined) {
      if (/[^\d]/.test(number)) this.points++;
    } else if (comma !== undefined && point === undefined) this.commas++;
    else if (/^[1-9]\d*$/.test(number)) this.hasWhole = true;
  }

  /** The decimal mark. Null if the amounts leave it open. */
  get mark(): DecimalMark | null {
    if (this.decimal !== null) return this.decimal;
    if (this.points === 0 && this.commas === 0) return null;
    return this.commas > this.points ? ',' : '.';
  }

  /** What the readings rest on. Equal texts give equal amounts as long as it stays the same. */
  get basis(): string {
    return `${this.mark} ${this.isMixed} ${this.decimals === 3 && this.hasWhole}`;
  }

  /** In minor units, or in a `finer` part of them. */
  read(text: string, finer = 1): MinorAmount | AmountFault {
    const found = this.signed(text);
    if (!found) return { fault: notInCurrency(plainText(text), this.currency) };
    const { point, comma } = readings(found.number);
    const { mark } = this;
    const isOpen = point !== undefined && comma !== undefined && point !== comma && (mark === null || this.isMixed);
    const usual = isOpen && mark === null ? this.usual(found.number) : undefined;
    if (isOpen && usual === undefined) {
      const why = this.isMixed ? 'the file has decimal points and decimal commas' : 'is its mark a decimal one?';
      return { fault: `${why}; give --decimal point or --decimal comma` };
    }
    const plain = usual ?? (mark === ',' ? comma : point);
    const other = mark === ',' ? point : comma;
    if (plain === undefined && other !== undefined) {
      const [here, there] = mark === ',' ? ['comma', 'point'] : ['point', 'comma'];
      return { fault: `not a number with a decimal ${here}; --decimal ${there} would read it` };
    }
    if (plain === undefined) return { fault: 'not a decimal number' };
    const signed = `${found.isNegative ? '-' : ''}${plain}`;
    // What is a number and can't be held is too large, or too near to 0 to be meant.
    return parseMinor(signed, this.minorPerMajor * finer) ?? { fault: /e-/i.test(plain) ? 'too small' : 'too large' };
  }

  /** Whether an amount is below 0, whatever its decimal mark. */
  isNegative(text: string): boolean {
    return this.signed(text)?.isNegative ?? false;
  }

  /** A number of pieces, signed. Null if the text is no whole number, or if its mark leaves open which. */
  whole(text: string): number | null {
    const found = signedNumber(plainText(text));
    if (!found) return null;
    const { point, comma } = readings(found.number);
    if (this.mark === null && point !== undefined && comma !== undefined && point !== comma) return null;
    const size = Number(this.mark === ',' ? (comma ?? point) : (point ?? comma));
    return Number.isInteger(size) ? (found.isNegative ? -size : size) || 0 : null;
  }

  private get isMixed(): boolean {
    return this.decimal === null && this.points > 0 && this.commas > 0;
  }

  /** The number without currency and sign. Undefined if letters or signs are left that are not the currency's. */
  private signed(text: string): SignedNumber | undefined {
    return signedNumber(plainText(text), this.signs);
  }

  /** The value of a number such as 1,042 by what is usual in its currency. Undefined if both readings are. */
  private usual(number: string): string | undefined {
    if (this.decimals === 0) return number.replace(/[.,]/, '');
    // All amounts have three digits behind a mark: they are decimals, because among thousands some would be below 1000.
    return this.decimals === 3 && !this.hasWhole ? number.replace(',', '.') : undefined;
  }
}

function readings(number: string): Readings {
  return { point: plainNumber(number, '.'), comma: plainNumber(number, ',') };
}

/** The text as a decimal number with a point, if `mark` is the decimal mark. */
function plainNumber(text: string, mark: DecimalMark): string | undefined {
  if (PLAIN[mark].test(text)) return mark === '.' ? text : text.replace(',', '.');
  if (!GROUPED[mark].test(text) && !(mark === '.' && LAKHS.test(text))) return undefined;
  const digits = mark === '.' ? text.replace(/[^\d.]/g, '') : text.replace(/[^\d,]/g, '');
  return digits.replace(',', '.');
}

/** Decimals that people write, from the runtime's locale data: none in HUF or IQD, although the standard has them. */
function decimalsOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
