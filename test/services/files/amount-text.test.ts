import { mulberry32 } from '../../../src/domain/math/random';
import { AmountText, type DecimalMark } from '../../../src/services/files/amount-text';
import { testSeed } from '../../support/seeded';

/** Reads a file of amounts: all are observed before the first is read. */
function readAll(
  texts: readonly string[],
  { currency = 'EUR', minorPerMajor = 100, decimal = null as DecimalMark | null } = {},
) {
  const amounts = new AmountText(currency, minorPerMajor, decimal);
  for (const text of texts) amounts.observe(text);
  return texts.map((text) => {
    const read = amounts.read(text);
    return 'fault' in read ? read.fault : read.minor;
  });
}

describe('the decimal mark follows from all amounts of a file', () => {
  test.each<[readonly string[], readonly (number | RegExp)[]]>([
    [
      ['42,50', '7'],
      [4_250, 700],
    ],
    [
      ['42.50', '7'],
      [4_250, 700],
    ],
    // A mark before three digits has two readings, and the other amounts decide.
    [
      ['1,042', '42,50'],
      [104, 4_250],
    ],
    [
      ['1,042', '42.50'],
      [104_200, 4_250],
    ],
    [
      ['1.042', '42,50'],
      [104_200, 4_250],
    ],
    [
      ['1.042', '42.50'],
      [104, 4_250],
    ],
    [
      ['1.042,50', '1 042,50', '1\u00a0042,50', "1'042,50"],
      [104_250, 104_250, 104_250, 104_250],
    ],
    [
      ['1,042.50', '1,234,567.8'],
      [104_250, 123_456_780],
    ],
    [
      ['0.125', '1,042'],
      [12, 104_200],
    ],
    // Thousands as India has them.
    [
      ['1,23,456.78', '12,34,56,789'],
      [12_345_678, 12_345_678_900],
    ],
    // Below 0 as accountants write it.
    [
      ['(42.50)', '42.50-', '42.50 -', '(€ 42.50)'],
      [-4_250, -4_250, -4_250, -4_250],
    ],
    // Numbers that can't be held.
    [
      ['1e300', '99999999999999999.99', '1e-300'],
      [/^too large$/, /^too large$/, /^too small$/],
    ],
    // They leave it open: nothing is guessed.
    [
      ['1,042', '12'],
      [/decimal one\?; give --decimal/, 1_200],
    ],
    [
      ['1.042', '12'],
      [/decimal one\?; give --decimal/, 1_200],
    ],
    // Both marks: the more frequent one, and what has two readings is refused.
    [
      ['42,50', '43,50', '44.50', '1,042'],
      [4_250, 4_350, /decimal comma; --decimal point/, /points and decimal commas/],
    ],
    [
      ['42,50', '1,042.50'],
      [/decimal point; --decimal comma/, 104_250],
    ],
  ])('%j', (texts, expected) => {
    const read = readAll(texts);
    expect(read).toEqual(expected.map((each) => (each instanceof RegExp ? expect.stringMatching(each) : each)));
  });

  test('unless it is given', () => {
    expect(readAll(['1,042', '1.042,5'], { decimal: ',' })).toEqual([104, 104_250]);
    expect(readAll(['1,042', '1,042.5'], { decimal: '.' })).toEqual([104_200, 104_250]);
  });

  test('three decimals are no thousands in a currency that has them', () => {
    expect(readAll(['1.005'], { currency: 'KWD', minorPerMajor: 1_000 })).toEqual([1_005]);
    expect(readAll(['1,005'], { currency: 'KWD', minorPerMajor: 1_000 })).toEqual([1_005]);
  });
});

describe('signs and codes of the currency are left out, others are refused', () => {
  test.each([
    ['EUR', ['€42.50', '42.50 €', 'EUR 42.50', '42.50EUR', '-€42.50', '€ -42.50', '+42.50']],
    ['USD', ['$42.50', 'USD42.50', '42.50 USD', '-$42.50', '$-42.50', '42.50', '42.50$']],
    ['CAD', ['$42.50', 'CA$42.50', 'CAD 42.50', '-42.50', '-CA$ 42.50', '42.50', '42.50']],
    ['PLN', ['42.50 zł', '42.50zł', 'PLN 42.50', '-42.50 zł', '-42.50', '42.50', '42.50']],
  ])('%s', (currency, texts) => {
    expect(readAll(texts, { currency }).map((minor) => Math.abs(Number(minor)))).toEqual(texts.map(() => 4_250));
    expect(readAll(texts, { currency }).map((minor) => Number(minor) < 0)).toEqual(
      texts.map((text) => text.includes('-')),
    );
  });

  test.each([
    '$42.50',
    'GBP 42.50',
    '42.50 kr',
    '4x2',
    '--42',
    '+-42',
    '(42.50',
    '-(42.50)',
    '--',
    '1,23,45',
    '4 2',
    '1,04,2',
    '.',
    ',',
    '',
  ])('in EUR, %j is no amount', (text) => {
    expect(readAll([text, '1.25'])).toEqual([expect.any(String), 125]);
  });
});

test.each([
  ['EUR', '$42.50', 'USD'],
  ['EUR', '42.50 GBP', 'GBP'],
  ['USD', '42,50 zł', 'PLN'],
  ['GBP', '€42.50', 'EUR'],
])('in %s, %s names --currency %s', (currency, text, other) => {
  expect(readAll([text], { currency })).toEqual([
    `not an amount in ${currency}; if the amounts are in ${other}, give --currency ${other}`,
  ]);
});

test.each(['twelve', 'n/a', '5 pcs', '42 kr'])('%s names no currency', (text) => {
  expect(readAll([text])).toEqual(['not an amount in EUR']);
});

const seed = testSeed();
test(`an amount is never read as another one, whatever its form (seed ${seed})`, () => {
  const random = mulberry32(seed);
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)]!;
  for (let file = 0; file < 300; file++) {
    const mark = pick(['.', ',']);
    const grouping = pick(mark === '.' ? ['', ',', ' ', "'"] : ['', '.', ' ', '\u00a0']);
    const sign = pick(['', '€', ' EUR']);
    const minors = Array.from({ length: 20 }, () => Math.floor(10 ** (random() * 9)) * (random() < 0.2 ? -1 : 1));
    const texts = minors.map((minor) => {
      const [whole, cents] = [Math.floor(Math.abs(minor) / 100), String(Math.abs(minor) % 100).padStart(2, '0')];
      const grouped = String(whole).replace(/\B(?=(\d{3})+(?!\d))/g, grouping);
      const decimals = cents === '00' && random() < 0.5 ? '' : `${mark}${cents}`;
      return `${minor < 0 ? '-' : ''}${grouped}${decimals}${sign}`;
    });
    for (const [i, read] of readAll(texts).entries()) {
      // It may be refused where the file leaves it open.
      if (typeof read === 'number') expect([texts[i], read]).toEqual([texts[i], minors[i]]);
      else expect(read).toMatch(/give --decimal/);
    }
  }
});
