import { mulberry32 } from '../../../src/domain/math/random';
import { AmountText, type DecimalMark } from '../../../src/services/files/amount-text';
import { withoutFormula } from '../../../src/services/files/plain-text';
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

  test('one mark and three digits are thousands in a currency that people write without decimals', () => {
    const texts = ['113,520', '113.520', '¥1,042', '7'];
    expect(readAll(texts, { currency: 'JPY', minorPerMajor: 1 })).toEqual([113_520, 113_520, 1_042, 7]);
    expect(readAll(texts.slice(0, 2), { currency: 'HUF' })).toEqual([11_352_000, 11_352_000]);
    expect(readAll(['25,000'], { currency: 'IQD', minorPerMajor: 1_000 })).toEqual([25_000_000]);
    // What other amounts show goes before it.
    expect(readAll(['1.234', '99.5'], { currency: 'JPY', minorPerMajor: 1 })).toEqual([1, 100]);
    expect(readAll(['113,520', '99.5', '99,5'], { currency: 'JPY', minorPerMajor: 1 })[0]).toMatch(/points and/);
  });

  test('three decimals leave it open beside whole amounts, and thousands that show themselves go before', () => {
    const dinars = { currency: 'KWD', minorPerMajor: 1_000 };
    expect(readAll(['5,250', '12'], dinars)).toEqual([expect.stringMatching(/give --decimal/), 12_000]);
    expect(readAll(['5,250', '1,234,567.250'], dinars)).toEqual([5_250_000, 1_234_567_250]);
    expect(readAll(['5,250', '0,750', '0'], dinars)).toEqual([5_250, 750, 0]);
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

describe('marks that people write beside an amount', () => {
  test.each<[string, readonly string[], number]>([
    [
      'USD',
      ['US$42.50', 'us$ 42.50', '$42.50 USD', 'US$ 42.50 USD', '$ 42.50', '\uff04\uff14\uff12\uff0e\uff15\uff10'],
      4_250,
    ],
    ['JPY', ['\uffe51,042', '¥1,042', '1,042円', 'JPY 1,042', '\uffe51,042.-'], 1_042],
    ['INR', ['Rs. 1,23,456.78', 'Rs.123456.78', 'rs 1,23,456.78', '₹1,23,456.78', 'INR 123456.78'], 12_345_678],
    ['CHF', ['Fr. 1135.\u2013', 'Fr. 1\u2019135.\u2014', "1'135.-- CHF", 'SFr. 1135.-', "CHF 1'135.00"], 113_500],
    ['EUR', ['1135,- €', '1135,\u2013', '1.135,- EUR', '1135,-- Euro', '€ 1135,00'], 113_500],
    ['SEK', ['1135:-', '1 135 kr', '1\u202f135 kr.', '1135 SEK'], 113_500],
    ['EUR', ["'37.84", '="37.84"', '+37.84', '37.84\u200e', '\u00a037.84', '3.784E+01'], 3_784],
    ['EUR', ['1\u2009234,50', '1\u00a0234,50 €', '1\u202f234,50\u00a0€', '1234,50'], 123_450],
    ['KWD', ['\u0661\u066c\u0662\u0663\u0664\u066b\u0665 د.ك', 'KD 1,234.500'], 1_234_500],
  ])('in %s, %j', (currency, texts, minor) => {
    const minorPerMajor = { JPY: 1, KWD: 1_000 }[currency] ?? 100;
    expect(readAll(texts.map(withoutFormula), { currency, minorPerMajor })).toEqual(texts.map(() => minor));
  });

  test.each([
    '\u221237.84',
    '\u201337.84',
    '-€37.84',
    '€ -37.84',
    '(€37.84)',
    '€(37.84)',
    '37.84-',
    '37.84- €',
    "'-37.84",
  ])('%s is below 0', (text) => {
    expect(readAll([text])).toEqual([-3_784]);
    expect(new AmountText('EUR', 100, null).isNegative(text)).toBe(true);
  });

  test('no cents are no minus', () => {
    for (const text of ['1135,-', '1135.\u2013', '1135,- €', '1135:-']) {
      expect([text, new AmountText('EUR', 100, null).isNegative(text)]).toEqual([text, false]);
    }
  });

  test.each([
    ['EUR', 'US$42.50', /--currency USD/],
    ['EUR', '\uffe542', /--currency JPY/],
    ['EUR', 'Rs. 42', /^not an amount in EUR$/],
    ['USD', 'R$ 42.50', /--currency BRL/],
    ['ZAR', 'R$ 42.50', /--currency BRL/],
    ['EUR', '42.50%', /^not an amount in EUR$/],
    ['EUR', '1.2k', /^not an amount in EUR$/],
    ['EUR', '12\u2075\u2070', /^not an amount in EUR$/],
  ])('in %s, %s is refused with its cause', (currency, text, cause) => {
    expect(readAll([text], { currency })).toEqual([expect.stringMatching(cause)]);
  });
});

test('numbers of pieces are whole, by the marks of the file', () => {
  const pieces = (text: string, ...amounts: readonly string[]) => {
    const reader = new AmountText('EUR', 100, null);
    for (const amount of amounts) reader.observe(amount);
    return reader.whole(text);
  };
  expect(['2', '2.0', '2,00', '-3', '\u22123', '+4', "'5", '1e1'].map((text) => pieces(text))).toEqual([
    2, 2, 2, -3, -3, 4, 5, 10,
  ]);
  expect([pieces('1,200', '9.99'), pieces('1.200', '9,99'), pieces('2.0', '9,99')]).toEqual([1_200, 1_200, 2]);
  expect(['1,200', '1.5', 'two', '0x10', ''].map((text) => pieces(text))).toEqual([null, null, null, null, null]);
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
