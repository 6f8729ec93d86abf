import { MOST_AMOUNT_MINOR } from '../../domain/bounded-sum';
import type { EventKind } from '../../domain/event';
import { parseMinor } from '../../domain/money';
import { EARLIEST_EVENT_MS, LATEST_EVENT_MS } from '../../domain/time-rule';
import type { EventFileRow } from '../../ports/event-file';
import type { OutgoingEvent } from '../../serde/event-encoder';
import { MOST_STARS } from '../../serde/event-rules';

/** Columns that every event file must have. */
export const REQUIRED_COLUMNS = ['customer_id', 'ts', 'kind'] as const;

const KINDS: ReadonlyMap<string, EventKind> = new Map([
  ['order', 'order'],
  ['refund', 'refund'],
  ['cancel', 'cancel'],
  ['click', 'click'],
  ['browse', 'browse'],
  ['review', 'review'],
]);
const ISO_TIME = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/;
const HAS_ZONE = /(Z|[T ].*[+-]\d{2}:?\d{2})$/;

/** The result of reading a row. */
export type RowOutcome =
  | { readonly event: OutgoingEvent; readonly rounded: boolean; readonly withoutAmount: boolean }
  /** A kind that is no input of the scorer, such as campaign_sent. */
  | { readonly skippedKind: string }
  | { readonly fault: string };

/**
 * Converts a row of an event file to an event. Columns: customer_id, ts, kind, order_id, amount, items; a review's stars, else its
 * attr. Amounts are in major units, for refunds and cancellations with either sign. The event id consists of the file's name and the
 * line, so a second replay has the same ids.
 */
export function readRecordedEvent(row: EventFileRow, fileName: string, minorPerMajor: number): RowOutcome {
  const {
    customer_id: customerId = '',
    ts = '',
    kind: kindName = '',
    order_id: orderId = '',
    amount = '',
    items = '',
    attr = '',
    stars = attr,
  } = row.columns;
  const kind = KINDS.get(kindName.trim());
  if (kind === undefined) return { skippedKind: kindName };
  if (customerId.trim() === '') return { fault: 'customer_id is empty' };
  const timeS = parseTimeS(ts.trim());
  if (timeS === undefined) return { fault: `ts is ${quoted(ts)}, not an ISO 8601 instant` };
  if (timeS * 1000 < EARLIEST_EVENT_MS || timeS * 1000 > LATEST_EVENT_MS) {
    return { fault: `ts is ${quoted(ts)}, not between 1990 and 2100` };
  }
  const eventId = `${fileName}:${row.line}`;
  const common = { customerId, eventId, timeS, amountMinor: 0, items: 0, dwellS: 0, stars: 0 };
  if (kind === 'click' || kind === 'browse') {
    return { event: { ...common, kind }, rounded: false, withoutAmount: false };
  }

  if (kind === 'review') {
    const given = stars.trim() === '' ? 0 : Number(stars);
    if (stars.trim() !== '' && !(Number.isInteger(given) && given >= 1 && given <= MOST_STARS)) {
      return { fault: `stars is ${quoted(stars)}, not a whole number from 1 to ${MOST_STARS}` };
    }
    return { event: { ...common, kind, stars: given }, rounded: false, withoutAmount: false };
  }

  const withoutAmount = amount.trim() === '';
  const money = withoutAmount ? { minor: 0, rounded: false } : parseMinor(amount, minorPerMajor);
  if (money === undefined) return { fault: `amount is ${quoted(amount)}, not a decimal number` };
  if (kind === 'order' && money.minor < 0) return { fault: `amount of an order is negative: ${quoted(amount)}` };
  if (Math.abs(money.minor) > MOST_AMOUNT_MINOR) {
    return { fault: `amount is ${quoted(amount)}, more than ${MOST_AMOUNT_MINOR / minorPerMajor}` };
  }
  const pieces = items.trim() === '' ? 0 : Math.abs(Number(items));
  if (!Number.isInteger(pieces) || pieces >= 2 ** 31) return { fault: `items is ${quoted(items)}, not a whole number` };
  const event = {
    ...common,
    kind,
    amountMinor: Math.abs(money.minor),
    items: kind === 'order' ? pieces : 0,
    orderId: orderId === '' ? eventId : orderId,
  };
  return { event, rounded: money.rounded, withoutAmount };
}

/** Whole seconds since the epoch. A time without a zone is UTC. */
function parseTimeS(text: string): number | undefined {
  if (!ISO_TIME.test(text)) return undefined;
  const dated = text.length === 10 ? text : text.replace(' ', 'T');
  const ms = Date.parse(text.length === 10 || HAS_ZONE.test(text) ? dated : `${dated}Z`);
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 40));
