import { setTimeout as pause } from 'node:timers/promises';
import type { LogRecord, OutgoingRecord } from '../../src/ports/log';
import type { PartitionSource, SourceHandlers } from '../../src/ports/partition-source';
import { seeded, testSeed } from '../support/seeded';

export interface PartitionSourceHarness {
  /** Input topics by TopicIndex, co-partitioned, empty. */
  readonly topics: readonly string[];
  readonly partitions: number;
  /** A new member of the one group of this harness. The test stops it. */
  source(): PartitionSource;
  append(records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}

/** Keeps everything a source says, and lets a test wait for it. */
class Recorder implements SourceHandlers {
  readonly owned = new Set<number>();
  readonly revocations: number[] = [];
  readonly confirmations = new Map<number, number>();
  /** By `p/topic`: records since the last position. */
  readonly got = new Map<string, LogRecord[]>();
  /** By `p/topic`: the log's end at the last delivery. */
  readonly ends = new Map<string, number>();
  readonly faults: string[] = [];
  onRecords: (partition: number, topic: number) => void = () => {};
  private readonly expected = new Map<string, number>();
  private readonly positioned = new Set<number>();

  assigned(partition: number): void {
    this.owned.add(partition);
  }

  async revoked(partition: number): Promise<void> {
    await pause(5);
    this.revocations.push(partition);
    this.owned.delete(partition);
    this.positioned.delete(partition);
  }

  records(partition: number, topic: number, records: readonly LogRecord[], nextOffset: number, end: number): void {
    if (!this.positioned.has(partition)) this.faults.push(`records of ${partition} before its position`);
    const at = `${partition}/${topic}`;
    const expected = this.expected.get(at) ?? 0;
    for (const { offset } of records) {
      if (offset < expected) this.faults.push(`${at}: offset ${offset} below ${expected}`);
      if (offset >= nextOffset) this.faults.push(`${at}: offset ${offset} not below nextOffset ${nextOffset}`);
    }
    if (end < nextOffset) this.faults.push(`${at}: end ${end} below nextOffset ${nextOffset}`);
    this.expected.set(at, nextOffset);
    this.ends.set(at, end);
    this.got.set(at, [...(this.got.get(at) ?? []), ...records]);
    this.onRecords(partition, topic);
  }

  outOfRange(): void {}

  looked(): void {}

  shared(): void {}

  confirmed(partition: number): void {
    this.confirmations.set(partition, (this.confirmations.get(partition) ?? 0) + 1);
  }

  connected(): void {}

  /** Call just before source.position: what comes from here on counts. */
  repositioned(partition: number, offsets: readonly number[]): void {
    this.positioned.add(partition);
    offsets.forEach((offset, topic) => {
      this.expected.set(`${partition}/${topic}`, offset);
      this.got.set(`${partition}/${topic}`, []);
      this.ends.delete(`${partition}/${topic}`);
    });
  }

  values(partition: number, topic: number): string[] {
    return (this.got.get(`${partition}/${topic}`) ?? []).map((r) =>
      new TextDecoder().decode(r.value ?? new Uint8Array()),
    );
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(5);
}

/** Order per topic, position, pause and resume, letting go. Not rebalances: they differ by technology and have tests of their own. */
export function partitionSourceContract(name: string, make: () => Promise<PartitionSourceHarness>): void {
  describe(`${name}: partition source contract`, () => {
    let h: PartitionSourceHarness;
    let source: PartitionSource;
    let seen: Recorder;
    let sent = 0;

    beforeEach(async () => {
      h = await make();
      source = h.source();
      seen = new Recorder();
    });
    afterEach(async () => {
      await source.stop();
      await h.close();
      expect(seen.faults).toEqual([]);
      expect(seen.owned.size).toBe(0);
    });

    async function append(partition: number, topic: number, values: readonly string[]): Promise<void> {
      const name = h.topics[topic] ?? '';
      sent += 1;
      await h.append(
        values.map((value) => ({
          topic: name,
          partition,
          key: null,
          value: new TextEncoder().encode(value),
          timestampMs: 1_700_000_000_000 + sent,
        })),
      );
    }
    async function position(partition: number, offsets: readonly number[]): Promise<void> {
      seen.repositioned(partition, offsets);
      await source.position(partition, offsets);
    }
    async function startAll(): Promise<void> {
      await source.start(seen);
      await until(() => seen.owned.size === h.partitions);
    }
    const zeros = (): number[] => h.topics.map(() => 0);

    test('a lone member is assigned every partition, once; ownership is confirmed again and again', async () => {
      await startAll();
      expect([...seen.owned].sort((a, b) => a - b)).toEqual(Array.from({ length: h.partitions }, (_, p) => p));
      await until(() => (seen.confirmations.get(0) ?? 0) >= 2);
    });

    test('no record comes before its partition is positioned', async () => {
      await append(0, 0, ['a']);
      await startAll();
      await append(0, 0, ['b']);
      await pause(150);
      expect(seen.got.size).toBe(0);
    });

    test('each topic comes in offset order from its own position', async () => {
      await append(0, 0, ['a0', 'a1', 'a2']);
      await append(0, 1, ['b0', 'b1']);
      await append(1, 0, ['c0']);
      await startAll();
      await position(
        0,
        h.topics.map((_, topic) => (topic < 2 ? 1 : 0)),
      );
      await until(() => seen.values(0, 0).length >= 2 && seen.values(0, 1).length >= 1);
      await append(0, 0, ['a3']);
      await append(0, 1, ['b2']);
      await until(() => seen.values(0, 0).length >= 3 && seen.values(0, 1).length >= 2);
      expect(seen.values(0, 0)).toEqual(['a1', 'a2', 'a3']);
      expect(seen.values(0, 1)).toEqual(['b1', 'b2']);
      expect(seen.values(1, 0)).toEqual([]);
    });

    test('the end of a topic without records is told, too, so that nobody waits for them', async () => {
      await append(0, 0, ['a', 'b']);
      await startAll();
      for (const offsets of [zeros(), h.topics.map((_, topic) => (topic === 0 ? 2 : 0))]) {
        await position(0, offsets);
        await until(() => h.topics.every((_, topic) => seen.ends.has(`0/${topic}`)));
        expect(h.topics.map((_, topic) => seen.ends.get(`0/${topic}`))).toEqual(
          h.topics.map((_, topic) => (topic === 0 ? 2 : 0)),
        );
      }
    });

    test('a new position, backwards or forwards, drops what was fetched before', async () => {
      await append(0, 0, ['a', 'b', 'c', 'd']);
      await startAll();
      await position(0, zeros());
      await until(() => seen.values(0, 0).length === 4);
      const offsets = (seen.got.get('0/0') ?? []).map((r) => r.offset);
      await position(
        0,
        h.topics.map((_, topic) => (topic === 0 ? (offsets[1] ?? 0) : 0)),
      );
      await until(() => seen.values(0, 0).length === 3);
      expect(seen.values(0, 0)).toEqual(['b', 'c', 'd']);
      await position(
        0,
        h.topics.map((_, topic) => (topic === 0 ? (offsets[3] ?? 0) : 0)),
      );
      await until(() => seen.values(0, 0).length === 1);
      await append(0, 0, ['e']);
      await until(() => seen.values(0, 0).length === 2);
      expect(seen.values(0, 0)).toEqual(['d', 'e']);
    });

    test('a paused topic of a partition is quiet while others go on; resume goes on where it was', async () => {
      await append(0, 0, ['a']);
      await startAll();
      await position(0, zeros());
      await position(1, zeros());
      await until(() => seen.values(0, 0).length === 1);
      source.pause(0, 0);
      // What was in flight at the pause may still arrive; let it pass.
      await pause(150);
      const atPause = seen.values(0, 0).length;
      await append(0, 0, ['b', 'c']);
      await append(0, 1, ['sibling']);
      await append(1, 0, ['other']);
      await until(() => seen.values(1, 0).length === 1 && seen.values(0, 1).length === 1);
      await pause(150);
      expect(seen.values(0, 0).length).toBe(atPause);
      source.resume(0, 0);
      await until(() => seen.values(0, 0).length === 3);
      expect(seen.values(0, 0)).toEqual(['a', 'b', 'c']);
    });

    test('a position also resumes', async () => {
      await append(0, 0, ['a']);
      await startAll();
      await position(0, zeros());
      await until(() => seen.values(0, 0).length === 1);
      source.pause(0, 0);
      await position(0, zeros());
      await until(() => seen.values(0, 0).length === 1);
      expect(seen.values(0, 0)).toEqual(['a']);
    });

    test('stop awaits the letting go of each partition; the next member takes them all', async () => {
      await startAll();
      await source.stop();
      expect([...seen.revocations].sort((a, b) => a - b)).toEqual(Array.from({ length: h.partitions }, (_, p) => p));
      source = h.source();
      await startAll();
    });

    const seed = testSeed();
    test(`law: under random appends, pauses and positions nothing is skipped, doubled or out of order (CLV_TEST_SEED=${seed})`, async () => {
      const random = seeded(seed);
      const appended = new Map<string, string[]>();
      const from = new Map<number, number[]>();
      await startAll();
      for (let p = 0; p < h.partitions; p++) {
        from.set(p, zeros());
        await position(p, zeros());
      }
      seen.onRecords = (partition, topic) => {
        if (random.next() < 0.2) source.pause(partition, topic);
      };
      for (let round = 0; round < 40; round++) {
        const partition = random.below(h.partitions);
        const topic = random.below(h.topics.length);
        const at = `${partition}/${topic}`;
        const values = Array.from({ length: 1 + random.below(20) }, (_, i) => `${at}-${round}-${i}`);
        appended.set(at, [...(appended.get(at) ?? []), ...values]);
        await append(partition, topic, values);
        if (random.next() < 0.3) await pause(random.below(10));
        if (random.next() < 0.3) source.resume(random.below(h.partitions), random.below(h.topics.length));
        if (random.next() < 0.15) {
          const p = random.below(h.partitions);
          const offsets = h.topics.map((_, t) => {
            const got = seen.got.get(`${p}/${t}`) ?? [];
            return got.length === 0 ? (from.get(p)?.[t] ?? 0) : random.pick(got).offset;
          });
          from.set(p, offsets);
          await position(p, offsets);
        }
      }
      seen.onRecords = () => {};
      for (let p = 0; p < h.partitions; p++) h.topics.forEach((_, t) => void source.resume(p, t));
      for (const [at, values] of appended) {
        const [p, t] = at.split('/').map(Number) as [number, number];
        await until(() => seen.values(p, t).at(-1) === values.at(-1));
        // A tail of what was appended, without gap or repeat; the whole of it where the position never moved.
        const got = seen.values(p, t);
        expect(got).toEqual(values.slice(values.length - got.length));
        if (from.get(p)?.[t] === 0) expect(got).toEqual(values);
      }
    });
  });
}
