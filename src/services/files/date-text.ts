import { parseIsoTime } from '../../domain/iso-time';
import { dateParser, swappedFormat } from './date-format';
import { formatsOf } from './date-shapes';
import { otherIso } from './iso-forms';
import { plainText } from './plain-text';
import { quoted } from './shell-text';

/** Two numbers and a year: which of them is the month? The mark between them is kept, because a file may have several forms. */
const DAY_AND_MONTH = /^\s*(\d{1,2})([./-])(\d{1,2})\2\d{2}(?:\d{2})?(?!\d)/;
const ISO_FORM = /^\d{4}-\d{2}-\d{2}(?:Z|[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/;
/** UTC by its names, or by its offset and a name. */
const UTC_NAME = /\s*(?:[+-]00:?00\s+)?(?:UTC|GMT|Z)$/i;
const BLANK_BEFORE_OFFSET = /\s+(?=[+-]\d{2}(?::?\d{2})?$)/;
const ZONE_NAME = /:\d{2}(?:\.\d+)?(?: ?[AP]M)? ?((?![AP]M$)[A-Z]{2,5}|[A-Z][a-z]+\/[A-Za-z_/]+)$/;
/** GMT+2 and UTC+02:00 behind a time. */
const OFFSET_OF_UTC = / ?(?:GMT|UTC)([+-])(\d{1,2})(?::?(\d{2}))?$/i;
/** Sun Jan 01 11:50:22 UTC 2023. */
const TIME_AMID = /^(\p{L}{3} \p{L}{3} \d{1,2}) (\d{1,2}:\d{2}:\d{2}(?: [A-Z]+)?) (\d{4})$/u;
/** 10:30 03.01.2024. */
const TIME_AHEAD = /^(\d{1,2}:\d{2}(?::\d{2})?(?: [ap]m)?),? (.+)$/i;
const NO_DAY = /^(?:\d{4}[-/.]\d{1,2}|\d{1,2}[-/.]\d{4}|\d{4}-?W\d{2}|(?:\p{L}+\.?[ -])?\d{4})$/u;
const MOST_ADVISED = 1_000;
const NO_SUCH = 'no day or time of the calendar';

/** Of dates of one form, the first whose first number is the day, because it is above 12, and the first whose second one is. */
interface DayPlaces {
  ahead?: string;
  behind?: string;
}

/** Reads instants: ISO 8601 always, and then the formats that were given, the first that fits. */
export class DateText {
  private readonly parsers: readonly ReturnType<typeof dateParser>[];
  private readonly places = new Map<string, DayPlaces>();
  /** By the shape of a text: to try formats takes longer than to read a row. */
  private readonly advised = new Map<string, string>();

  constructor(private readonly formats: readonly string[]) {
    this.parsers = formats.map(dateParser);
  }

  /** Learns from a text which of its numbers is the day. To be called with every text before advice is asked for. */
  observe(text: string): void {
    const given = plainText(text);
    const [, first, mark = '', second] = DAY_AND_MONTH.exec(given) ?? [];
    if (first === undefined || Number(first) > 12 === Number(second) > 12) return;
    const places = this.places.get(mark) ?? {};
    this.places.set(mark, places);
    places[Number(first) > 12 ? 'ahead' : 'behind'] ??= usualDate(given).replace(UTC_NAME, '');
  }

  /** Whole seconds since 1970. A time without a zone is UTC. Undefined if it is no instant. */
  seconds(text: string): number | undefined {
    const given = plainText(text);
    const ms = parseIsoTime(given)?.ms ?? isoMs(given) ?? this.byFormat(given);
    return ms === undefined ? undefined : Math.floor(ms / 1000);
  }

  /** The rest of a message about a text that is no instant: what would read it. */
  advice(text: string): string {
    const given = usualDate(plainText(text));
    if (given === '') return 'a row needs a time';
    const zone = ZONE_NAME.exec(given)?.[1];
    if (zone !== undefined && !UTC_NAME.test(given)) {
      return `the zone ${zone} is a name: write its offset from UTC in its place, such as -05:00, or Z for UTC`;
    }
    const plain = given.replace(UTC_NAME, '');
    if (ISO_FORM.test(plain.replace(BLANK_BEFORE_OFFSET, '')) || otherIso(asIso(given)) === 'impossible')
      return NO_SUCH;
    const impossible = this.formats.find((_, i) => this.parsers[i]!(plain) === 'impossible');
    if (impossible !== undefined) {
      const other = swappedFormat(impossible);
      const fix =
        other !== null && isRead(other, plain) && this.fits(other, plain)
          ? `; '${other}' in its place would read it`
          : '';
      return `${NO_SUCH} as ${impossible}${fix}`;
    }
    const { formats } = this;
    const known =
      formats.length === 0 ? 'not an ISO 8601 date' : `neither an ISO 8601 date nor ${formats.join(' or ')}`;
    const fix = this.formatAdvice(plain);
    return fix === null ? NO_SUCH : `${known}: ${fix}`;
  }

  /** A format that was given takes the month for the day, by all dates of the file, or by some of them. Null if none does. */
  orderFault(): string | null {
    for (const { ahead, behind } of this.places.values()) {
      if (ahead !== undefined && behind !== undefined) {
        if (!this.formats.some((format) => isRead(format, ahead) || isRead(format, behind))) continue;
        return `it has dates with the day first, such as ${JSON.stringify(ahead)}, and dates with the month first, such as ${JSON.stringify(behind)}, so the others can't be told apart: write them in one form`;
      }
      const lost = ahead ?? behind;
      if (lost === undefined) continue;
      const [place, other] = ahead === undefined ? ['second', 'first'] : ['first', 'second'];
      for (const format of this.formats) {
        // The first format that fits is taken, so one behind it mends nothing.
        if (isRead(format, lost)) break;
        const better = swappedFormat(format);
        if (better === null || !isRead(better, lost)) continue;
        return (
          `--date-format '${format}' takes the ${other} number for the day, and is wrong: there are dates with a ${place} number above 12, such as ${JSON.stringify(lost)}, ` +
          `and none with such a ${other} one; give '${better}' in its place`
        );
      }
    }
    return null;
  }

  private byFormat(given: string): number | undefined {
    if (this.parsers.length === 0) return undefined;
    for (const text of formsOf(given)) {
      for (const parse of this.parsers) {
        const ms = parse(text);
        if (typeof ms === 'number') return ms;
      }
    }
    return undefined;
  }

  /** Whether a format takes that number for the day which shows itself as one, in all dates of the form. */
  private fits(format: string, text: string): boolean {
    const places = this.places.get(DAY_AND_MONTH.exec(text)?.[2] ?? '');
    return isRead(format, places?.ahead) && isRead(format, places?.behind);
  }

  /** Null: the text has the form of a date, and there is no such day or time. */
  private formatAdvice(text: string): string | null {
    if (/^\d[.,]?\d*E\+\d+$/i.test(text)) {
      return 'a number that Excel has shortened: give the column a format of whole numbers, and export it again';
    }
    if (/^#+$/.test(text)) return 'Excel writes # where a column is too narrow: widen it, and export it again';
    if (NO_DAY.test(text)) return 'a year, month or week without a day: a row needs a day';
    if (/^[2-6]\d{4}(\.\d+)?$/.test(text)) {
      return "a number of days, as Excel counts them? Give the column Excel's date format yyyy-mm-dd, and export it again";
    }
    const [, first, mark = '', second] = DAY_AND_MONTH.exec(text) ?? [];
    const shape = `${text.replace(/\d/g, '9')} ${Number(first) > 12} ${Number(second) > 12}`;
    const known = this.advised.get(shape);
    if (known !== undefined) return known;
    const reading = formatsOf(text);
    if (reading === null) return 'give --date-format';
    if (reading.length === 0) return null;
    const fitting = reading.filter((format) => this.fits(format, text));
    const ways = (fitting.length > 0 ? fitting : reading).slice(0, mark === '.' ? 1 : 2).map(quoted);
    // Formats that were given before stay: the option takes several.
    const before = this.formats.map((format) => `${quoted(format)} `).join('');
    const advice = `give --date-format ${ways.map((way) => `${before}${way}`).join(' or ')}`;
    if (this.advised.size < MOST_ADVISED) this.advised.set(shape, advice);
    return advice;
  }
}

/** An instant as {@link parseIsoTime} knows it: Shopify and others write a blank before the offset, and databases UTC in letters. */
function asIso(text: string): string {
  return text
    .replace(UTC_NAME, 'Z')
    .replace(BLANK_BEFORE_OFFSET, '')
    .replace(/(?<=\d)t(?=\d)/, 'T');
}

function isoMs(given: string): number | undefined {
  const iso = asIso(usualDate(given));
  const ms = parseIsoTime(iso)?.ms ?? otherIso(iso);
  return typeof ms === 'number' ? ms : undefined;
}

/** The forms in which a text is tried with a format: as it is, without what it need not say, and both without UTC. */
function formsOf(given: string): Set<string> {
  const usual = usualDate(given);
  return new Set([given, given.replace(UTC_NAME, ''), usual, usual.replace(UTC_NAME, '')]);
}

/** A date as most programs write it: without the names of Java's and JavaScript's zones, and with the year behind the day. */
function usualDate(given: string): string {
  if (!/[a-z[]|^\d+:/i.test(given)) return given;
  return given
    .replace(/\[[^\]]*\]$/, '')
    .replace(/(?<=[+-]\d{2}:?\d{2}) \([^()]*\)$/, '')
    .replace(
      OFFSET_OF_UTC,
      (_, sign: string, hours: string, minutes = '00') => ` ${sign}${hours.padStart(2, '0')}:${minutes}`,
    )
    .replace(TIME_AMID, '$1 $3 $2')
    .replace(TIME_AHEAD, '$2 $1')
    .replace(/(?<=\d) ?([ap])\. ?m\.?/i, ' $1m')
    .replace(/(?<=(?:^|\D)\d{1,2})(?:st|nd|rd|th|er)(?=\W|$)/i, '');
}

/** No text is read by every format. */
function isRead(format: string, text: string | undefined): boolean {
  if (text === undefined) return true;
  return typeof dateParser(format)(text) === 'number';
}
