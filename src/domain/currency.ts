/**
 * ISO 4217: the codes in which shops price, with the digits after the decimal point. A list of our own, because the digits of the locale data in
 * a runtime are those that people write (0 for HUF), not those of the standard, and stored amounts depend on them. Codes that were withdrawn
 * since 2020 stay, because histories reach back. Left out: precious metals, test codes and "no currency".
 */
const CODES_BY_DIGITS: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP ' +
    'COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD ' +
    'KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD ' +
    'PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD ' +
    'TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

const DIGITS: ReadonlyMap<string, number> = new Map(
  Object.entries(CODES_BY_DIGITS).flatMap(([digits, codes]) =>
    codes.split(' ').map((code) => [code, Number(digits)] as const),
  ),
);

/** A currency, and the minor units of its major unit: 100 for EUR, 1 for JPY. */
export interface Currency {
  readonly code: string;
  readonly minorPerMajor: number;
}

export const DEFAULT_CURRENCY = 'EUR';
/** What a refused code should have been, for error messages. */
export const EXPECTED_CURRENCY = 'an ISO 4217 code such as EUR, in any case';

/** All codes. */
export const CURRENCY_CODES: readonly string[] = [...DIGITS.keys()];

/** The code in upper case. Undefined if the text, in any case, is no ISO 4217 code. */
export function currencyCode(text: string): string | undefined {
  const code = text.trim().toUpperCase();
  return DIGITS.has(code) ? code : undefined;
}

/** Minor units per major unit of an ISO 4217 code. An unknown code has two digits. */
export function minorPerMajor(code: string): number {
  return 10 ** (DIGITS.get(code) ?? 2);
}

export function currencyOf(code: string): Currency {
  return { code, minorPerMajor: minorPerMajor(code) };
}

export function sameCurrency(a: Currency, b: Currency): boolean {
  return a.code === b.code && a.minorPerMajor === b.minorPerMajor;
}
