import type { OutgoingEvent } from '../../serde/event-encoder';
import {
  countFault,
  customerFault,
  eventIdFault,
  type InputRules,
  orderFault,
  type Refusal,
  starsFault,
  timeFault,
} from '../../serde/event-rules';
import type { OrderRecord } from '../../serde/records';
import type { FileRules } from './file-rules';
import type { FileKind } from './kinds';
import type { RowFault } from './passed-over';
import { NO_STARS, type ReadRow, told } from './row-reader';

const STATUSES: Readonly<Partial<Record<FileKind, OrderRecord['status']>>> = {
  order: 'placed',
  refund: 'refunded',
  cancel: 'cancelled',
};

/** What became of a row. */
export interface RowEvents {
  /** One event, or an order and its refund. */
  readonly events: readonly OutgoingEvent[];
  /** The number of items is no number that the stream would take, so the order goes without it. */
  readonly withoutItems: boolean;
}

/**
 * The events of a row, or of the lines of an order as one row. They are what the stream would take, by its own rules, with the time of
 * reading in place of the log's timestamp. Otherwise the reason.
 */
export function eventsOf(row: ReadRow, eventId: string, rules: FileRules): RowEvents | RowFault {
  const { customerId, timeS, stars } = row;
  const kind = row.kind ?? (row.amount.minor < 0 ? 'refund' : 'order');
  const fault = commonFault(row, eventId, rules);
  if (fault) return fault;
  const status = STATUSES[kind];
  if (status === undefined) {
    if (kind === 'review' && starsFault(stars === 0 ? null : stars)) return told('stars', String(stars), NO_STARS);
    const event = { kind, customerId, eventId, timeS, amountMinor: 0, items: 0, dwellS: 0, stars };
    return { events: [event], withoutItems: false };
  }
  const { minor } = row.amount;
  if (kind === 'order' && minor < 0) {
    const what = `amount of an order is negative: "${minor / rules.minorPerMajor}"`;
    return { what, why: 'what is given back is a refund' };
  }
  const counted = kind !== 'order' ? 0 : row.items === null ? null : Math.abs(row.items);
  const withoutItems = counted === null || countFault(counted, 'items', 'The row') !== undefined;
  const items = withoutItems ? 0 : counted;
  const orderId = row.orderId === '' ? eventId : row.orderId;
  const amountMinor = Math.abs(minor);
  const event = { kind, customerId, eventId, orderId, timeS, amountMinor, items, dwellS: 0, stars: 0 };
  const refused = moneyFault(event, status, rules);
  if (refused) return refused;
  if (kind !== 'order' || row.refundedMinor === 0) return { events: [event], withoutItems };
  const refund = {
    ...event,
    kind: 'refund' as const,
    eventId: `${eventId}:refund`,
    items: 0,
    amountMinor: row.refundedMinor,
  };
  return moneyFault(refund, 'refunded', rules) ?? { events: [event, refund], withoutItems };
}

function commonFault({ customerId, timeS }: ReadRow, eventId: string, rules: FileRules): RowFault | undefined {
  const { nowMs, maxFutureMs } = rules;
  const refused = customerFault(customerId, 0, streamRules(rules)) ?? eventIdFault(eventId);
  if (refused) return asFault(refused);
  if (isTimely(timeS, rules)) return undefined;
  const what = `ts is ${new Date(timeS * 1000).toISOString()}`;
  if (timeS * 1000 < nowMs) return { what, why: 'before 1990, the earliest that the stream takes' };
  return { what, why: `later than now and CLV_MAX_FUTURE_SECONDS (${maxFutureMs / 1000} s)` };
}

/** Whether the stream would take an event of this time, seconds. A row has no record: the time of reading takes the place of its timestamp. */
export function isTimely(timeS: number, { nowMs, maxFutureMs }: FileRules): boolean {
  return timeFault({ eventMs: timeS * 1000, recordMs: nowMs }, maxFutureMs, 'The row') === undefined;
}

function moneyFault(event: OutgoingEvent, status: OrderRecord['status'], rules: FileRules): RowFault | undefined {
  const { customerId, eventId, orderId = eventId, amountMinor, items, timeS } = event;
  const { currency } = rules;
  const record = { customerId, eventId, orderId, status, currency, amountMinor, items, eventTime: timeS * 1000 };
  const refused = orderFault(record, streamRules(rules));
  return refused && asFault(refused);
}

/** A file has no partitions, so its customers are in the right one. */
function streamRules({ currency, maxFutureMs }: FileRules): InputRules {
  return { currency, partitions: 1, hash: 'arrival', maxFutureMs };
}

/** The sentence names the record, so it can't be the reason by which rows are counted. */
function asFault({ reason, detail }: Refusal): RowFault {
  return { what: detail.replace(/[:.]$/, ''), why: `the stream would refuse it (${reason})` };
}
