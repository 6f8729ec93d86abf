/** Languages whose months and days of the week are known by name. */
const LANGUAGES = (
  'en en-GB de de-AT fr es es-MX it pt nl pl sv da nb fi cs sk sl hr hu ro bg ru uk el tr et lv lt ca id af ' +
  'sr sr-Latn ms sq is'
).split(' ');
const DAY_MS = 86_400_000;
/** A Monday in January. */
const MONDAY_MS = Date.UTC(2024, 0, 1);
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const WEEKDAYS = 'Mon Tue Wed Thu Fri Sat Sun'.split(' ');
const WORD = /\p{L}[\p{L}\p{M}]*\.?/gu;
const FIRST_WORD = /^(\p{L}[\p{L}\p{M}]*\.?)(?=,? )/u;

type Names = ReadonlyMap<string, string>;
let names: { readonly months: Names; readonly weekdays: Names } | null = null;

/** The English short name of a month in any of the languages: Jan for janv. Undefined for other words, and for those of two months. */
export function englishMonth(word: string): string | undefined {
  return known().months.get(folded(word));
}

/** The text with its months, and a day of the week at its beginning, as English short names without a point. */
export function withEnglishNames(text: string): string {
  const [, first = ''] = FIRST_WORD.exec(text) ?? [];
  const rest = text.slice(first.length);
  const weekday = first === '' ? undefined : known().weekdays.get(folded(first));
  // mar. is Tuesday in French, and March in Spanish.
  const isWeekday = weekday !== undefined && (englishMonth(first) === undefined || isDate(rest));
  return `${isWeekday ? weekday : englished(first)}${englished(rest)}`;
}

function englished(text: string): string {
  return text.replace(WORD, (word) => englishMonth(word) ?? word);
}

/** Whether a text without its first word still says day and month. */
function isDate(text: string): boolean {
  return /\d[./-]\d/.test(text) || (text.match(WORD) ?? []).some((word) => englishMonth(word) !== undefined);
}

function known(): NonNullable<typeof names> {
  names ??= {
    months: namesOf('month', MONTHS, (i) => Date.UTC(2024, i, 15)),
    weekdays: namesOf('weekday', WEEKDAYS, (i) => MONDAY_MS + i * DAY_MS),
  };
  return names;
}

function namesOf(part: 'month' | 'weekday', english: readonly string[], atMs: (index: number) => number): Names {
  const found = new Map<string, string | null>();
  for (const language of LANGUAGES) {
    for (const length of ['long', 'short'] as const) {
      // Beside a day many languages have another case: stycznia, not styczeń.
      for (const beside of [{}, { day: 'numeric' }] as const) {
        const format = new Intl.DateTimeFormat(language, { [part]: length, ...beside, timeZone: 'UTC' });
        for (const [i, name] of english.entries()) {
          const text = format.formatToParts(atMs(i)).find(({ type }) => type === part)?.value ?? '';
          const word = folded(text);
          if (!/^\p{L}/u.test(word)) continue;
          found.set(word, (found.get(word) ?? name) === name ? name : null);
        }
      }
    }
  }
  // English is what it is, whatever the word means elsewhere.
  for (const name of english) found.set(folded(name), name);
  return new Map([...found].flatMap(([word, name]) => (name === null ? [] : [[word, name]])));
}

const folded = (word: string): string => word.replace(/\.$/, '').toLowerCase();
