import { CURRENCY_CODES, currencyCode } from '../../domain/currency';

/** What people write for a currency besides its code and what the runtime's locale data has for English. */
const ALSO: Readonly<Record<string, string>> = {
  ...{ USD: 'US$ U$S', CAD: 'C$ CDN$', AUD: 'AU$', NZD: 'NZD$', SGD: 'S$', MXN: 'MXN$', ARS: 'AR$', COP: 'COL$' },
  ...{
    EUR: 'Euro Euros',
    CHF: 'Fr. Fr SFr. SFr',
    JPY: '円 JP¥',
    CNY: '元 RMB',
    TWD: 'NTD 元',
    KRW: '원',
    INR: 'Rs. Rs',
  },
  ...{ PKR: 'Rs.', LKR: 'Rs. Rs', NPR: 'Rs. Rs', MUR: 'Rs. Rs', SCR: 'Rs. Rs', SEK: 'kr.', NOK: 'kr.', DKK: 'kr.' },
  ...{ ISK: 'kr.', RUB: 'руб. руб р. р', UAH: 'грн. грн', BGN: 'лв. лв', PLN: 'zl', CZK: 'Kc', TRY: 'TL', HUF: 'Ft.' },
  ...{
    RON: 'lei leu',
    RSD: 'din. din дин. дин',
    IDR: 'Rp.',
    VND: 'đ VNĐ',
    THB: 'บาท',
    PHP: 'Php',
    MYR: 'RM',
    ZAR: 'R',
  },
  ...{
    AED: 'Dhs. Dhs Dh د.إ',
    SAR: 'SR ر.س',
    KWD: 'KD د.ك',
    BHD: 'BD د.ب',
    QAR: 'QR ر.ق',
    OMR: 'OR ر.ع.',
    EGP: 'LE ج.م',
  },
  ...{ JOD: 'JD د.أ', IQD: 'ID د.ع', ILS: 'NIS', KES: 'KSh', PEN: 'S/. S/', MAD: 'Dh DH', TND: 'DT د.ت' },
};
let bySign: ReadonlyMap<string, string> | null = null;

/** What an amount in a currency may have beside its number, the longest first: CAD, CA$, C$, $. */
export function signsOf(currency: string): string[] {
  const signs = [currency, englishSign(currency, 'symbol'), englishSign(currency, 'narrowSymbol'), ...others(currency)];
  return [...new Set(signs)].sort((a, b) => b.length - a.length);
}

/** The currency that a code, or a sign alone, stands for: zł for PLN. Signs of several currencies stand for the one that English gives them. */
export function currencyOfWord(word: string): string | undefined {
  return currencyCode(word) ?? signs().get(word);
}

const others = (currency: string): string[] => ALSO[currency]?.split(' ') ?? [];

function englishSign(currency: string, currencyDisplay: 'symbol' | 'narrowSymbol'): string {
  const parts = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay }).formatToParts(1);
  return parts.find(({ type }) => type === 'currency')!.value;
}

function signs(): ReadonlyMap<string, string> {
  bySign ??= new Map([
    ...onlyOnes(others),
    ...onlyOnes((currency) => [englishSign(currency, 'narrowSymbol')]),
    ...onlyOnes((currency) => [englishSign(currency, 'symbol')]),
  ]);
  return bySign;
}

/** The signs that only one currency has. */
function onlyOnes(signsOf: (currency: string) => readonly string[]): [sign: string, currency: string][] {
  const codes = new Map<string, string[]>();
  for (const currency of CURRENCY_CODES) {
    for (const sign of signsOf(currency)) codes.set(sign, [...(codes.get(sign) ?? []), currency]);
  }
  return [...codes].flatMap(([sign, [code, ...rest]]) => (rest.length === 0 ? [[sign, code!]] : []));
}
