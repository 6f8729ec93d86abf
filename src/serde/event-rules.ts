import { MOST_ATTRIBUTE_LENGTH } from '../domain/attributes';
import { MOST_AMOUNT_MINOR } from '../domain/bounded-sum';
import { currencyCode } from '../domain/currency';
import type { DeadLetterReason } from '../domain/dead-letter';
import { crc32Partition, murmur2PartitionOf } from '../domain/math/hash';
import { type EventTimes, eventTimeFault, instant, LATEST_EVENT_MS } from '../domain/time-rule';
import type { OrderRecord } from './records';

/**
 * How producers choose a key's partition: the hash of Java and kafkajs, that of librdkafka, or whatever partition the record arrived in.
 */
export type PartitionHash = 'murmur2' | 'crc32' | 'arrival';

/** What a deployment accepts. */
export interface InputRules {
  /** ISO 4217, in upper case. Orders in another currency are refused. They may write it in any case. */
  readonly currency: string;
  /** Partition count of every input topic. */
  readonly partitions: number;
  readonly hash: PartitionHash;
  /** Milliseconds by which an event time may be later than the record's log timestamp: see domain/time-rule. */
  readonly maxFutureMs: number;
}

export interface Refusal {
  readonly ok: false;
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

/** Maximum length of customerId, eventId and orderId, in characters: they become keys. */
const MAX_ID_LENGTH = 512;
/** Items and dwell are Avro ints. avsc accepts wider ones silently. */
const INT_MAX = 2 ** 31 - 1;
export const MOST_STARS = 5;
/** Half a UTF-16 pair has no UTF-8 form, so two such ids would become one key. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const refuse = (reason: DeadLetterReason, detail: string): Refusal => ({ ok: false, reason, detail });

/** Partition of a customer's records by the configured hash. −1 if the producer's choice is trusted. */
export function partitionOf(customerId: string, partitions: number, hash: PartitionHash): number {
  switch (hash) {
    case 'murmur2':
      return murmur2PartitionOf(customerId, partitions);
    case 'crc32':
      return crc32Partition(Buffer.from(customerId, 'utf8'), partitions);
    case 'arrival':
      return -1;
  }
}

export function customerFault(customerId: string, partition: number, rules: InputRules): Refusal | undefined {
  if (customerId.trim() === '') {
    return refuse(
      'missing-customer-id',
      'The customerId is empty: send events of unknown visitors once they are known.',
    );
  }
  if (customerId.length > MAX_ID_LENGTH || LONE_SURROGATE.test(customerId)) {
    const start = JSON.stringify(customerId.slice(0, 20));
    return refuse(
      'invalid-value',
      `The customerId ${start}… must be 1 to ${MAX_ID_LENGTH} characters of valid Unicode.`,
    );
  }
  const expected = partitionOf(customerId, rules.partitions, rules.hash);
  if (expected === partition || expected === -1) return undefined;
  return refuse(
    'wrong-partition',
    `Customer ${customerId} belongs to partition ${expected} of ${rules.partitions} by ${rules.hash}, not ${partition}: ` +
      `key the record by customerId, or declare the producer's hash.`,
  );
}

export function eventIdFault(eventId: string): Refusal | undefined {
  if (eventId !== '' && eventId.length <= MAX_ID_LENGTH) return undefined;
  return refuse('invalid-value', `The eventId has ${eventId.length} characters: give 1 to ${MAX_ID_LENGTH}.`);
}

/** The producer sets the log's timestamp, unless the topic does. It is published again, so it needs a bound, too. */
export function timestampFault(timestampMs: number): Refusal | undefined {
  if (Number.isSafeInteger(timestampMs) && timestampMs <= LATEST_EVENT_MS) return undefined;
  return refuse(
    'invalid-value',
    `The record's timestamp is ${instant(timestampMs)}, after ${instant(LATEST_EVENT_MS)}: set the producer's clock.`,
  );
}

/** A timestamp that can be written again: itself if within the bounds, else the nearest bound. */
export function boundedTimestampMs(timestampMs: number): number {
  if (Number.isNaN(timestampMs)) return 0;
  return Math.trunc(Math.min(LATEST_EVENT_MS, Math.max(-1, timestampMs)));
}

/** `subject` begins the sentence: "Order 17", "The tick". */
export function timeFault(times: EventTimes, maxFutureMs: number, subject: string): Refusal | undefined {
  const detail = eventTimeFault(times, maxFutureMs, subject);
  return detail === undefined ? undefined : refuse('time-out-of-range', detail);
}

export function orderFault(record: OrderRecord, rules: InputRules): Refusal | undefined {
  const { orderId, status, currency, amountMinor, items } = record;
  if (orderId === '' || orderId.length > MAX_ID_LENGTH) {
    return refuse('invalid-value', `The orderId has ${orderId.length} characters: give 1 to ${MAX_ID_LENGTH}.`);
  }
  if (currencyCode(currency) !== rules.currency) {
    return refuse(
      'wrong-currency',
      `Order ${orderId} is in ${currency === '' ? 'no currency' : currency.slice(0, 20)}: ` +
        `this deployment counts ${rules.currency} only, convert it upstream.`,
    );
  }
  if (amountMinor < 0) {
    const fix = status === 'placed' ? 'send what is given back as a refund' : 'what is given back is a positive amount';
    return refuse('negative-amount', `Order ${orderId} (${status}) has amount ${amountMinor}: ${fix}.`);
  }
  if (!(amountMinor <= MOST_AMOUNT_MINOR)) {
    return refuse(
      'invalid-value',
      `Order ${orderId} (${status}) has amount ${amountMinor}, more than ${MOST_AMOUNT_MINOR} minor units: check the unit that the producer sends.`,
    );
  }
  return countFault(items, 'items', `Order ${orderId}`);
}

/** A count or duration that is an Avro int on the wire. */
export function countFault(value: number, field: string, subject: string): Refusal | undefined {
  if (value >= 0 && value <= INT_MAX) return undefined;
  return refuse('invalid-value', `${subject} has ${field} ${value}: give 0 to ${INT_MAX}.`);
}

export function starsFault(stars: number | null): Refusal | undefined {
  if (stars === null || (stars >= 1 && stars <= MOST_STARS)) return undefined;
  return refuse('invalid-value', `The review has ${stars} stars: give 1 to ${MOST_STARS}, or none.`);
}

/** A compacted topic keeps the last record of each key. With another key than the customer's it would keep the wrong one. */
export function keyFault(key: Uint8Array | null, customerId: string): Refusal | undefined {
  if (key !== null && Buffer.from(key).equals(Buffer.from(customerId, 'utf8'))) return undefined;
  return refuse('invalid-value', `The record is of customer ${customerId} and keyed otherwise: key it by customerId.`);
}

export function attributeFault(name: string, value: string | null): Refusal | undefined {
  if (value === null || value.length <= MOST_ATTRIBUTE_LENGTH) return undefined;
  return refuse('invalid-value', `The ${name} has ${value.length} characters: give at most ${MOST_ATTRIBUTE_LENGTH}.`);
}

export function tickFault(shard: number, shards: number): Refusal | undefined {
  if (shard >= 0 && shard < shards && shards <= INT_MAX) return undefined;
  return refuse('invalid-value', `The tick covers shard ${shard} of ${shards}: shard must be from 0 to shards - 1.`);
}
