import type { LogReader } from '../../src/ports/log';
import type { PublisherOwnership } from '../../src/ports/publisher';
import type { OutboxRecord } from '../../src/ports/state-store';
import { until } from '../support/process';

export interface PublisherHarness {
  /** Output topics, empty, with at least 2 partitions. */
  readonly updates: string;
  readonly deadLetters: string;
  readonly reader: LogReader;
  /** As many input topics as E has entries. */
  readonly inputs: number;
  /** Ownership as a new process has it. The harness closes it. */
  ownership(): PublisherOwnership;
  close(): Promise<void>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Fencing, E, and that records and E are seen together or not at all. */
export function publisherContract(name: string, make: () => Promise<PublisherHarness>): void {
  describe(`${name}: publisher contract`, () => {
    let h: PublisherHarness;
    beforeEach(async () => {
      h = await make();
    });
    afterEach(async () => {
      await h.close();
    });

    const vector = (first: number): number[] =>
      Array.from({ length: h.inputs }, (_, topic) => (topic === 0 ? first : 0));
    function record(value: string, kind: OutboxRecord['kind'] = 'update', key: string | null = 'k'): OutboxRecord {
      return {
        kind,
        key: key === null ? null : bytes(key),
        value: bytes(value),
        timestampMs: 1_700_000_000_000,
        covers: vector(0),
      };
    }
    async function published(topic: string, partition: number): Promise<string[]> {
      const values: string[] = [];
      await h.reader.readToEnd([{ topic, partition, offset: 0 }], async (batch) => {
        values.push(...batch.records.map((r) => new TextDecoder().decode(r.value ?? undefined)));
      });
      return values;
    }

    test('E is null if nothing was ever published', async () => {
      const publisher = await h.ownership().own(0);
      expect(publisher.emitted).toBeNull();
      await publisher.close();
    });

    test('records go to the topic of their kind in the partition of the machine; E moves with them', async () => {
      const publisher = await h.ownership().own(1);
      expect(await publisher.publish([record('u1'), record('d1', 'dead-letter', null), record('u2')], vector(3))).toBe(
        'published',
      );
      expect(await published(h.updates, 1)).toEqual(['u1', 'u2']);
      expect(await published(h.deadLetters, 1)).toEqual(['d1']);
      expect(await published(h.updates, 0)).toEqual([]);
      expect(await publisher.publish([record('u3')], vector(4))).toBe('published');
      expect(await published(h.updates, 1)).toEqual(['u1', 'u2', 'u3']);
      await publisher.close();
      const next = await h.ownership().own(1);
      expect(next.emitted).toEqual(vector(4));
      await next.close();
    });

    test('a record is stamped when it is written, whatever the time of its input', async () => {
      const publisher = await h.ownership().own(1);
      const startedMs = Date.now();
      await publisher.publish([record('u'), record('d', 'dead-letter', null)], vector(1));
      const endedMs = Date.now();
      await publisher.close();
      for (const topic of [h.updates, h.deadLetters]) {
        const stamps: number[] = [];
        await h.reader.readToEnd([{ topic, partition: 1, offset: 0 }], async ({ records }) => {
          stamps.push(...records.map(({ timestampMs }) => timestampMs));
        });
        expect(stamps).toHaveLength(1);
        expect(stamps[0]).toBeGreaterThanOrEqual(startedMs);
        expect(stamps[0]).toBeLessThanOrEqual(endedMs);
      }
    });

    test('E moves without records too, and each partition has its own', async () => {
      const ownership = h.ownership();
      const [zero, one] = [await ownership.own(0), await ownership.own(1)];
      expect(await zero.publish([], vector(7))).toBe('published');
      await zero.close();
      await one.close();
      const other = h.ownership();
      const again = [await other.own(0), await other.own(1)];
      expect(again.map((publisher) => publisher.emitted)).toEqual([vector(7), null]);
      for (const publisher of again) await publisher.close();
    });

    test('the group’s offsets can be read again at any time, and bear this program’s mark in every topic', async () => {
      const publisher = await h.ownership().own(0);
      expect(await publisher.readEmitted()).toMatchObject({ emitted: null, unmarked: [], withRecords: [] });
      expect(await publisher.publish([record('u')], vector(3))).toBe('published');
      await until('the publication shows', async () => (await publisher.readEmitted()).emitted?.[0] === 3);
      expect(await publisher.readEmitted()).toMatchObject({ emitted: vector(3), unmarked: [] });
      await publisher.close();
      const next = await h.ownership().own(0);
      expect(next.unmarked).toEqual([]);
      await next.close();
    });

    test('a tail is E as of the newest transaction with records; a move of E without records leaves none', async () => {
      const first = await h.ownership().own(0);
      await first.publish([record('u'), record('d', 'dead-letter')], vector(3));
      await first.publish([record('d', 'dead-letter')], vector(4));
      await first.publish([], vector(6));
      await first.close();
      const { tail, emitted, close } = await h.ownership().own(0);
      expect(emitted).toEqual(vector(6));
      if (tail !== null) expect(tail).toEqual({ emitted: vector(4), exact: true });
      await close();
    });

    test('the owner before is fenced: neither its records nor its E are ever seen', async () => {
      const first = await h.ownership().own(0);
      expect(await first.publish([record('before')], vector(1))).toBe('published');
      const second = await h.ownership().own(0);
      expect(second.emitted).toEqual(vector(1));
      expect(await first.publish([record('zombie')], vector(9))).toBe('fenced');
      expect(await second.publish([record('after')], vector(2))).toBe('published');
      expect(await published(h.updates, 0)).toEqual(['before', 'after']);
      await first.close();
      await second.close();
      const third = await h.ownership().own(0);
      expect(third.emitted).toEqual(vector(2));
      await third.close();
    });

    test('owning one partition fences no other', async () => {
      const first = await h.ownership().own(0);
      const other = await h.ownership().own(1);
      expect(await first.publish([record('zero')], vector(1))).toBe('published');
      expect(await other.publish([record('one')], vector(1))).toBe('published');
      await first.close();
      await other.close();
    });
  });
}
