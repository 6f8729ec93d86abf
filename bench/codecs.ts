/**
 * Measures the cost of one record in the codecs, in microseconds per record, best of five rounds.
 * Run: npm run bench -- codecs [RECORDS]
 */
import { type CustomerEvent, INPUT_ROLES } from '../src/domain/event';
import type { ClvUpdate } from '../src/domain/update';
import { EventCodec } from '../src/serde/event-codec';
import { EventEncoder } from '../src/serde/event-encoder';
import { UpdateCodec } from '../src/serde/update-codec';

const ROUNDS = 5;
const PER_ROUND = 100_000;

export const SHORT = ['200'];

function microseconds(work: () => unknown, perRound: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < perRound; i++) work();
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1000 / perRound);
  }
  return best;
}

const order: CustomerEvent = {
  kind: 'order',
  customerId: 'customer-001234',
  eventId: 'order-000000123:placed',
  timeS: 1_700_000_000,
  amountMinor: 12_345,
  items: 3,
  dwellS: 0,
  stars: 0,
};
const update: ClvUpdate = {
  customerId: order.customerId,
  asOfS: order.timeS,
  source: { topic: 0, partition: 3, offset: 123_456 },
  folded: INPUT_ROLES.map((_, i) => ({ count: 12 * i, hash: 1_000_000_007 * i })),
  sequence: 392,
  modelVersion: '5e884898da28047151d0e56f8dc62927',
  trigger: 'event',
  currency: 'EUR',
  history: {
    historicClv: 512.25,
    orders: 12,
    averageOrderValue: 43.7,
    averageDaysBetweenOrders: 21.3,
    daysSinceLastOrder: 0,
  },
  prediction: {
    orders: [1.1, 3.2, 11.9],
    revenue: [47.1, 140.2, 520.3],
    clv: [46.1, 133.2, 480.3],
    orderProbability: [0.21, 0.61, 0.87, 0.96],
    churnProbability: 0.13,
    nextOrderDays: [8.1, 19.3, 44.8],
    clv365Quantiles: [110.2, 430.1, 990.7],
    valueTier: 'gold',
    lifecycleStage: 'active',
  },
  value: 480.3,
  change: { previous: 460.1, model: 0.2, silence: -4.1, event: 24.1 },
  refolded: false,
  confidence: 'ok',
  tierCuts: 't-0123456789ab',
  previousTier: 'silver',
};

export function main([records = String(PER_ROUND)]: string[]): void {
  const updates = new UpdateCodec();
  const events = new EventCodec({ currency: 'EUR', partitions: 12, hash: 'murmur2', maxFutureMs: 60_000 });
  const avro = new EventEncoder('EUR').encodeEvent(order).value;
  const json = new EventEncoder('EUR', 'json').encodeEvent(order).value;
  const partition = Array.from({ length: 12 }, (_, p) => p).find(
    (p) => events.decodeEvent(0, p, avro, order.timeS * 1000).ok,
  ) as number;
  const encoder = new EventEncoder('EUR');
  const encoded = updates.encode(update);

  const rows: readonly [string, () => unknown][] = [
    ['update, encode', () => updates.encode(update)],
    ['update, decode', () => updates.decode(encoded)],
    ['order, encode Avro', () => encoder.encodeEvent(order)],
    ['order, decode Avro and check', () => events.decodeEvent(0, partition, avro, order.timeS * 1000)],
    ['order, decode JSON and check', () => events.decodeEvent(0, partition, json, order.timeS * 1000)],
  ];
  for (const [name, work] of rows)
    process.stdout.write(`${name.padEnd(32)} ${microseconds(work, Number(records)).toFixed(2)} µs\n`);
  process.stdout.write(`update ${encoded.length} bytes, order ${avro.length} bytes Avro, ${json.length} bytes JSON\n`);
}
