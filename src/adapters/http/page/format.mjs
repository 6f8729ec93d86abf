/** Formats numbers and dates for people. Event time is shown in UTC, as it is stored. */

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const dayOnly = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});
const clockTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const NONE = '–';
const moneyFormats = new Map();

export function count(value) {
  return value === null || value === undefined ? NONE : whole.format(value);
}

export function shortCount(value) {
  return value < 10_000 ? whole.format(value) : compact.format(value);
}

export function decimal(value) {
  return value === null || value === undefined ? NONE : oneDigit.format(value);
}

export function percent(share) {
  return share === null || share === undefined ? NONE : percents.format(share);
}

/** Whole units from 100 on, with cents below. */
export function money(value, currency) {
  if (value === null || value === undefined) return NONE;
  return moneyFormat(currency, Math.abs(value) >= 99.995 ? 0 : 2).format(value);
}

export function shortMoney(value, currency) {
  return moneyFormat(currency, Math.abs(value) >= 1000 ? 'compact' : 0).format(value);
}

/** With its sign, and a true minus. */
export function signedMoney(value, currency) {
  const sign = value > 0.005 ? '+' : value < -0.005 ? '−' : '±';
  return `${sign}${money(Math.abs(value), currency)}`;
}

export function day(instant) {
  return instant === null || instant === undefined ? NONE : dayOnly.format(new Date(instant));
}

export function dayTime(instant) {
  return dayAndTime.format(new Date(instant));
}

export function time(instant) {
  return clockTime.format(new Date(instant));
}

export function days(value) {
  if (value === null || value === undefined) return NONE;
  return `${value < 10 ? oneDigit.format(value) : whole.format(value)} ${Math.abs(value - 1) < 0.05 ? 'day' : 'days'}`;
}

export function shortVersion(version) {
  return version === null || version === undefined ? NONE : version.slice(0, 10);
}

function moneyFormat(currency, digits) {
  const key = `${currency} ${digits}`;
  if (!moneyFormats.has(key)) {
    const shape =
      digits === 'compact'
        ? { notation: 'compact', maximumFractionDigits: 1 }
        : { minimumFractionDigits: digits, maximumFractionDigits: digits };
    const unit = currency ? { style: 'currency', currency, currencyDisplay: 'narrowSymbol' } : {};
    moneyFormats.set(key, new Intl.NumberFormat(undefined, { ...unit, ...shape }));
  }
  return moneyFormats.get(key);
}
