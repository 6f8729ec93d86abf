import type { InputRole } from '../../src/domain/event';
import type { Seeded } from '../support/seeded';
import { badId, oddId } from './ids';

/** The fields of a record before it is encoded. {@link Raw} stands for JSON text that JSON.stringify can't write. */
export type Fields = Record<string, unknown>;

export class Raw {
  constructor(readonly text: string) {}
}

export interface Subject {
  readonly customerId: string;
  readonly eventMs: number;
  /** Unique in the stream, or that of an earlier event. */
  readonly eventId: string;
}

const DAY = 86_400_000;

/** A good record of a topic. */
export function goodFields(role: InputRole, { customerId, eventMs, eventId }: Subject, random: Seeded): Fields {
  const common = { eventId, customerId, eventTime: eventMs };
  switch (role) {
    case 'orders': {
      const status = random.pick(['placed', 'placed', 'placed', 'placed', 'refunded', 'cancelled']);
      const amountMinor = random.below(20) === 0 ? random.pick([0, 1, 1e7, 1e12, 1e14]) : 100 + random.below(20_000);
      const order = { status, orderId: `o-${eventId}`, amountMinor, currency: 'EUR', items: random.below(5) };
      return { ...common, ...order, eventId: random.below(3) === 0 ? null : eventId };
    }
    case 'clicks':
      return { ...common, target: random.pick([null, 'cart', '🛒']) };
    case 'browses':
      return { ...common, dwellSeconds: random.pick([0, 30, 7_200, 2 ** 31 - 1]), page: null };
    case 'reviews':
      return { ...common, stars: random.pick([null, 1, 3, 5]), text: random.pick([null, 'good', '']) };
    case 'customers': {
      const value = () => random.pick([null, 'north', ' search ', '25-34', '', '漢字']);
      return {
        customerId,
        eventTime: random.pick([null, eventMs]),
        ageBand: value(),
        region: value(),
        channel: value(),
      };
    }
    case 'ticks': {
      const shards = random.pick([1, 1, 4]);
      return { asOf: eventMs, shard: random.below(shards), shards };
    }
  }
}

const NUMBERS: readonly unknown[] = [
  new Raw('NaN'),
  new Raw('1e999'),
  new Raw('1e308'),
  new Raw('-0'),
  new Raw('9007199254740993'),
  new Raw('0.1'),
  new Raw('1e2'),
  -5,
  2 ** 31,
  1e14 + 1,
  9e15,
  '12',
  null,
  true,
];
const DATES: readonly unknown[] = [
  '2026-02-30T10:00:00Z',
  '2025-02-29',
  '2024-02-29T23:59:60Z',
  '2024-02-29T12:00:00+14:00',
  '2024-13-01T00:00:00Z',
  '2024-06-01T12:00:00',
  '+058871-01-01T00:00:00Z',
  'yesterday',
  '',
  0,
  -1,
  1_709_000_000,
  1.5,
  8.64e15 + 1,
];

const nested = (depth: number) => new Raw('['.repeat(depth) + ']'.repeat(depth));
const nestedObjects = (depth: number) => new Raw(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);

const values = (random: Seeded): unknown =>
  random.pick([
    () => random.pick(NUMBERS),
    () => random.pick(DATES),
    () => oddId(random),
    () => badId(random),
    () => nested(random.pick([3, 1_000, 100_000])),
    () => nestedObjects(random.pick([3, 50_000])),
    () => ({ string: 'wrapped' }),
    () => [],
    () => undefined,
  ])();

type Oddity = (fields: Fields, random: Seeded) => void;

const set =
  (names: readonly string[], value: (random: Seeded) => unknown): Oddity =>
  (fields, random) => {
    const present = names.filter((name) => name in fields);
    if (present.length > 0) fields[random.pick(present)] = value(random);
  };

const ODDITIES: readonly Oddity[] = [
  set(['amountMinor', 'items', 'dwellSeconds', 'stars', 'shard', 'shards'], (random) => random.pick(NUMBERS)),
  set(['eventTime', 'asOf'], (random) => random.pick(DATES)),
  set(['eventTime', 'asOf'], (random) => new Date(Date.UTC(1995, 0, 1) + random.below(11_000) * DAY).toISOString()),
  set(['customerId'], badId),
  set(['eventId', 'orderId'], (random) => random.pick([badId(random), oddId(random), '\udfff', 'repeated'])),
  set(['currency'], (random) => random.pick(['USD', 'eur', '', 'EUR ', '€', 'X'.repeat(10_000)])),
  set(['status'], (random) => random.pick(['shipped', 'PLACED', '', 'placed ', 7, '__proto__'])),
  set(['ageBand', 'region', 'channel'], (random) => random.pick(['x'.repeat(64), 'x'.repeat(65), '🛒'.repeat(40), 5])),
  set(['target', 'page', 'text'], (random) => random.pick(['\0', '\ud800', 'x'.repeat(100_000), { string: 'x' }])),
  (fields, random) => {
    const names = Object.keys(fields);
    fields[random.pick(names)] = values(random);
  },
  (fields, random) => {
    delete fields[random.pick(Object.keys(fields))];
  },
  (fields, random) => {
    fields[random.pick(['__proto__', 'constructor', 'toString', 'then', ''])] = values(random);
  },
  (fields, random) => {
    fields.attributes = Object.fromEntries(Array.from({ length: random.pick([3, 5_000]) }, (_, i) => [`k${i}`, i]));
  },
];

/** Makes one or two things of a record odd. The outcome may still be good. */
export function makeOdd(fields: Fields, random: Seeded): void {
  for (let i = 1 + random.below(2); i > 0; i--) random.pick(ODDITIES)(fields, random);
}

/** JSON text. Raw values are written as they are. */
export function jsonText(fields: Fields): string {
  const entries = Object.entries(fields).flatMap(([name, value]) => {
    const text = value instanceof Raw ? value.text : JSON.stringify(value);
    return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return `{${entries.join(',')}}`;
}
