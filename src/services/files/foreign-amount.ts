import { CURRENCY_CODES, currencyCode } from '../../domain/currency';

const WORD = /[^\d\s.,'’()+\u00a0\u202f-]+/gu;
let bySign: ReadonlyMap<string, string> | null = null;

/** Why a text is no amount in a currency. It names the option if the text has the sign or the code of another one. */
export function notInCurrency(text: string, currency: string): string {
  const fault = `not an amount in ${currency}`;
  const [word, ...others] = text.match(WORD) ?? [];
  if (word === undefined || others.length > 0 || !/\d/.test(text)) return fault;
  const other = currencyCode(word) ?? signs().get(word);
  return other === undefined || other === currency
    ? fault
    : `${fault}; if the amounts are in ${other}, give --currency ${other}`;
}

/** Why a row of another currency is passed over. */
export function otherCurrency(text: string, currency: string): string {
  const only = `this run counts ${currency} only`;
  const other = currencyCode(text);
  return other === undefined
    ? `${only}, and this is no code of ISO 4217`
    : `${only}; for those in ${other} give --currency ${other}`;
}

/** The currency that a sign alone stands for: $ for USD, zł for PLN. Signs of several currencies stand for the one that English gives them. */
function signs(): ReadonlyMap<string, string> {
  if (bySign !== null) return bySign;
  const [whole, narrow] = (['symbol', 'narrowSymbol'] as const).map((currencyDisplay) => {
    const codes = new Map<string, string[]>();
    for (const currency of CURRENCY_CODES) {
      const parts = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay }).formatToParts(1);
      const sign = parts.find(({ type }) => type === 'currency')!.value;
      codes.set(sign, [...(codes.get(sign) ?? []), currency]);
    }
    return [...codes].flatMap(([sign, [code, ...rest]]) => (rest.length === 0 ? [[sign, code!] as const] : []));
  });
  bySign = new Map([...narrow!, ...whole!]);
  return bySign;
}
