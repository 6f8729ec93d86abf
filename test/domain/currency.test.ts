import { currencyCode, currencyOf, minorPerMajor, sameCurrency } from '../../src/domain/currency';

test.each([
  ['EUR', 100],
  ['jpy', 1],
  ['Kwd', 1_000],
  [' clf ', 10_000],
  ['HUF', 100],
  ['hrk', 100],
])('%s is ISO 4217, with %i minor units', (text, minor) => {
  const code = currencyCode(text);
  expect(code).toBe(text.trim().toUpperCase());
  expect(minorPerMajor(code!)).toBe(minor);
});

test.each(['', 'banana', 'EURO', 'EU', '€', 'XXX', 'XAU', 'ABC', 'E R'])('%j is none', (text) => {
  expect(currencyCode(text)).toBeUndefined();
});

test('the digits are those of the locale data, where those have any', () => {
  const known = Intl.supportedValuesOf('currency');
  expect(known.filter((code) => currencyCode(code) !== undefined).length).toBeGreaterThan(150);
  for (const code of known) {
    const digits = new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions();
    // The locale data leave digits out that nobody writes. They never add some.
    if (currencyCode(code) !== undefined && digits.maximumFractionDigits! > 0)
      expect({ code, minor: minorPerMajor(code) }).toEqual({ code, minor: 10 ** digits.maximumFractionDigits! });
  }
});

test('two are the same if code and minor units are', () => {
  expect(sameCurrency(currencyOf('EUR'), { code: 'EUR', minorPerMajor: 100 })).toBe(true);
  expect(sameCurrency(currencyOf('EUR'), currencyOf('USD'))).toBe(false);
  expect(sameCurrency(currencyOf('CLF'), { code: 'CLF', minorPerMajor: 100 })).toBe(false);
});
