import type { InputRole } from '../../src/domain/event';
import { murmur2Partition } from '../../src/domain/math/hash';
import { drawInput } from '../fuzz/mutate';
import { type Seeded, seeded } from '../support/seeded';
import { type Fields, goodFields, jsonText, makeOdd } from './fields';
import { customersOf } from './ids';
import { DrawnClock } from './times';
import { drawWriters, type SchemaFolder, type Writer } from './writers';

/** A record of an input topic, by role. */
export interface HostileRecord {
  readonly role: InputRole;
  readonly partition: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestampMs: number;
}

export interface HostileStream {
  readonly seed: number;
  readonly partitions: number;
  /** null: the deployment knows its own schemas only. */
  readonly folder: SchemaFolder | null;
  readonly records: readonly HostileRecord[];
}

/** What an input topic of Kafka's default size takes in one record, with its overhead. */
export const MOST_RECORD_BYTES = 1_048_400;

const ROLES: readonly InputRole[] = [
  ...(['orders', 'orders', 'orders', 'orders', 'clicks', 'clicks', 'browses', 'browses'] as const),
  ...(['reviews', 'customers', 'customers', 'ticks'] as const),
];
const TEXTS = [
  '',
  '{',
  '{}',
  'null',
  '[]',
  '{"customerId":"c"}',
  '\ufeff{}',
  '{}{}',
  'NaN',
  '<xml/>',
  '\0',
  '\0\0\0\0',
];
const HUGE_BYTES = [100_000, 500_000, 1_000_000, MOST_RECORD_BYTES];

/** A random stream. It depends on the seed and on the present only. */
export function hostileStream(seed: number, nowMs: number): HostileStream {
  return new Drawing(seed, nowMs).stream();
}

class Drawing {
  private readonly random: Seeded;
  private readonly partitions: number;
  private readonly oddShare: number;
  private readonly customers: readonly string[];
  private readonly clock: DrawnClock;
  private readonly writers: ReturnType<typeof drawWriters>;
  private readonly records: HostileRecord[] = [];
  private readonly eventIds: string[] = ['repeated'];
  private hugeLeft: number;

  constructor(
    private readonly seed: number,
    nowMs: number,
  ) {
    const random = seeded(seed);
    this.random = random;
    this.partitions = 1 + random.below(4);
    this.oddShare = random.pick([0.02, 0.1, 0.3, 0.7]);
    this.customers = customersOf(random);
    this.clock = new DrawnClock(random, nowMs, random.pick([0, 0.05, 0.3]));
    this.writers = drawWriters(random);
    this.hugeLeft = random.pick([0, 0, 1, 3]);
  }

  stream(): HostileStream {
    const { seed, partitions, random, records } = this;
    const count = 20 + random.below(random.pick([60, 150, 300]));
    while (records.length < count) this.append();
    return { seed, partitions, folder: this.writers.folder, records };
  }

  private append(): void {
    const { random, records } = this;
    if (records.length > 0 && random.next() < 0.08) {
      this.repeat();
      return;
    }
    const role = random.pick(ROLES);
    const customerId = random.pick(this.customers);
    const { recordMs, eventMs } = this.clock.next();
    const eventId = random.next() < 0.05 ? random.pick(this.eventIds) : `e${records.length}`;
    this.eventIds.push(eventId);
    const fields = goodFields(role, { customerId, eventMs, eventId }, random);
    const isOdd = random.next() < this.oddShare;
    if (isOdd) makeOdd(fields, random);
    const { partition, key } = this.placed(role, customerId, isOdd);
    const value = this.value(role, fields, isOdd)?.subarray(0, MOST_RECORD_BYTES - (key?.length ?? 0)) ?? null;
    records.push({ role, partition, key, value, timestampMs: recordMs });
    // A burst: many records at once of one kind.
    if (random.next() < 0.005) for (let i = random.below(60); i > 0; i--) this.again(records.at(-1)!, {});
  }

  /** The same bytes again, at once or much later, or with another timestamp. */
  private repeat(): void {
    const { random, records } = this;
    const earlier = random.next() < 0.5 ? records.at(-1)! : random.pick(records);
    this.again(earlier, random.next() < 0.5 ? {} : { timestampMs: this.clock.next().recordMs });
  }

  private again(record: HostileRecord, change: Partial<HostileRecord>): void {
    if ((record.value?.length ?? 0) > 200_000 || (record.key?.length ?? 0) > 200_000) return;
    this.records.push({ ...record, ...change });
  }

  private placed(role: InputRole, customerId: string, isOdd: boolean): Pick<HostileRecord, 'partition' | 'key'> {
    const { random, partitions } = this;
    const key = new TextEncoder().encode(customerId);
    if (role === 'ticks') return { partition: random.below(partitions), key: isOdd ? key : null };
    const own = { partition: murmur2Partition(key, partitions), key };
    if (!isOdd) return own;
    switch (random.below(8)) {
      case 0:
        return { ...own, partition: random.below(partitions) };
      case 1:
        return { ...own, key: null };
      case 2:
        return { ...own, key: new TextEncoder().encode('another') };
      case 3:
        return { ...own, key: random.bytes(random.below(40)) };
      case 4:
        return { ...own, key: this.takesHuge() ? Buffer.alloc(random.pick(HUGE_BYTES), 'k') : key };
      default:
        return own;
    }
  }

  private value(role: InputRole, fields: Fields, isOdd: boolean): Uint8Array | null {
    const { random } = this;
    const plain = this.written(role, fields);
    if (!isOdd) return plain;
    switch (random.below(9)) {
      case 0:
        return null;
      case 1:
        return new TextEncoder().encode(random.pick(TEXTS));
      case 2:
        return drawInput([plain], random.next);
      case 3:
        return plain.subarray(0, random.below(plain.length + 1));
      case 4:
        return Buffer.concat([plain, random.bytes(1 + random.below(9))]);
      case 5:
        return this.takesHuge() ? this.huge(role, fields) : plain;
      case 6:
        return Buffer.from(`${random.pick([' ', '\ufeff', '\n'])}${jsonText(fields)}`);
      default:
        return plain;
    }
  }

  private written(role: InputRole, fields: Fields): Uint8Array {
    const writer: Writer = this.random.pick(this.writers.of[role]);
    try {
      const bytes = writer(fields, this.random);
      if (bytes.length <= MOST_RECORD_BYTES - 20_000) return bytes;
    } catch {
      // Its format has no place for such a value.
    }
    return Buffer.from(jsonText(fields)).subarray(0, MOST_RECORD_BYTES - 20_000);
  }

  private takesHuge(): boolean {
    this.hugeLeft -= 1;
    return this.hugeLeft >= 0;
  }

  private huge(role: InputRole, fields: Fields): Uint8Array {
    const { random } = this;
    const bytes = random.pick(HUGE_BYTES);
    const text = role === 'reviews' ? 'text' : role === 'clicks' ? 'target' : 'note';
    switch (random.below(4)) {
      case 0:
        return Buffer.alloc(bytes, random.pick(['#', '\0', '{', '[']));
      case 1:
        return random.bytes(bytes);
      case 2: {
        const attributes = Object.fromEntries(Array.from({ length: bytes / 20 }, (_, i) => [`k${i}`, i]));
        return Buffer.from(jsonText({ ...fields, attributes })).subarray(0, MOST_RECORD_BYTES);
      }
      default: {
        const room = bytes - Buffer.byteLength(jsonText(fields)) - 20;
        return Buffer.from(jsonText({ ...fields, [text]: 'x'.repeat(Math.max(0, room)) })).subarray(
          0,
          MOST_RECORD_BYTES,
        );
      }
    }
  }
}
