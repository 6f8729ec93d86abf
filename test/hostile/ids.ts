import type { Seeded } from '../support/seeded';

/** Ids that a shop may have and that keys, paths and hashes may choke on. All are valid. */
const ODD_IDS: readonly string[] = [
  '.',
  '..',
  '0',
  '-1',
  '007',
  'null',
  'NaN',
  '__proto__',
  'constructor',
  'a/b?c=d#e',
  'a\0b',
  '\0',
  '\u0001\u001b',
  'a b',
  ' a',
  '{}',
  '%00',
  '"quoted"',
  "o'hara",
  '🛒👩‍👩‍👧',
  'שלום',
  '\u202eabc',
  'e\u0301',
  'é',
  '\uffff',
  '9007199254740993',
  '99999999999999999999999999',
  'c'.repeat(512),
  '漢'.repeat(512),
  '🛒'.repeat(256),
];

/** Ids that must be refused. */
const BAD_IDS: readonly string[] = ['', ' ', '\u2003', '\ud800', 'a\udc00b', 'x'.repeat(513), 'x'.repeat(65_536)];

/** The customers of a stream: most have plain ids, some odd ones. */
export function customersOf(random: Seeded): string[] {
  const plain = Array.from({ length: 3 + random.below(8) }, (_, i) => `customer-${i}`);
  return [...plain, ...Array.from({ length: random.below(6) }, () => random.pick(ODD_IDS))];
}

export function badId(random: Seeded): string {
  return random.pick(BAD_IDS);
}

export function oddId(random: Seeded): string {
  return random.pick(ODD_IDS);
}
