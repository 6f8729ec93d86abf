import { currencyOfWord } from './currency-signs';

const WORD = /[^\d\s.,'()+-]+/gu;

/** Why a text is no amount in a currency. It names the option if the text has the sign or the code of another one. */
export function notInCurrency(text: string, currency: string): string {
  const fault = `not an amount in ${currency}`;
  const [word, ...others] = text.match(WORD) ?? [];
  if (word === undefined || others.length > 0 || !/\d/.test(text)) return fault;
  const other = currencyOfWord(word);
  return other === undefined || other === currency
    ? fault
    : `${fault}; if the amounts are in ${other}, give --currency ${other}`;
}

/** Why a row of another currency is passed over. */
export function otherCurrency(text: string, currency: string): string {
  const only = `this run counts ${currency} only`;
  const other = currencyOfWord(text);
  return other === undefined
    ? `${only}, and this is no code of ISO 4217`
    : `${only}; for those in ${other} give --currency ${other}`;
}
