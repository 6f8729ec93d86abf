const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
/** Marks of the direction of writing, joiners, and byte order marks. JavaScript's own dates have had some of them. */
const UNSEEN = /[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const DASHES = /[\u2010-\u2015\u2212\ufe58\ufe63]/g;
/** The first digit of other scripts: Arabic, Persian, Devanagari, Bengali. */
const FIRST_DIGITS = [0x0660, 0x06f0, 0x0966, 0x09e6];
const OTHER_DIGIT = /[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef]/g;
const FULL_WIDTH = /[\uff01-\uff5e]/g;
const FULL_WIDTH_OFFSET = 0xfee0;
const WIDE_SIGNS: Readonly<Record<string, string>> = { '\uffe1': '£', '\uffe5': '¥', '\uffe6': '₩' };
/** Excel's way to keep a number as text: ="0017". */
const FORMULA = /^="(.*)"$/s;

/** What a cell says that Excel was told to keep as text: 0017 of ="0017". Other cells as they are. */
export function withoutFormula(text: string): string {
  return text.startsWith('="') ? (FORMULA.exec(text)?.[1]?.replaceAll('""', '"') ?? text) : text;
}

/**
 * A number or a date with one kind of blanks, digits, dashes and wide characters, in place of those that programs and scripts have. It is
 * not for names and ids: there the characters count.
 */
export function plainText(text: string): string {
  let plain = text.trim();
  if (!PRINTABLE_ASCII.test(plain)) {
    plain = plain
      .replace(UNSEEN, '')
      .replace(DASHES, '-')
      .replace(FULL_WIDTH, (wide) => String.fromCharCode(wide.charCodeAt(0) - FULL_WIDTH_OFFSET))
      .replace(/[\uffe1\uffe5\uffe6]/g, (sign) => WIDE_SIGNS[sign]!)
      .replace(OTHER_DIGIT, digitOf)
      .replace(/(?<=\d)\u066c(?=\d)/g, '')
      .replace(/\u066b/g, '.')
      .replace(/[\u2018\u2019\u00b4]/g, "'")
      .trim();
  }
  if (plain.startsWith("'") && plain.length > 1) plain = plain.slice(1);
  return plain.replace(/\s+/g, ' ');
}

function digitOf(other: string): string {
  const code = other.charCodeAt(0);
  return String(code - FIRST_DIGITS.find((first) => code >= first && code < first + 10)!);
}
