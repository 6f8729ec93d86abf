import type { LogBatch, LogReader, LogWriter, OutgoingRecord, TopicAdmin } from '../../src/ports/log';
import { seeded, testSeed } from '../support/seeded';

export interface LogHarness {
  readonly writer: LogWriter;
  readonly reader: LogReader;
  readonly admin: TopicAdmin;
  fencedWriter(name: string): Promise<LogWriter>;
  /** A topic name that no other test uses. */
  topic(): string;
  /** Drops the records below an offset, where the adapter can. */
  truncate?(topic: string, partition: number, before: number): Promise<void>;
  close(): Promise<void>;
}

interface Read {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: string | null;
}

const BASE_MS = 1_700_000_000_000;
const bytes = (text: string | null): Uint8Array | null => (text === null ? null : new TextEncoder().encode(text));
const text = (value: Uint8Array | null): string | null => (value === null ? null : new TextDecoder().decode(value));
const unset = (name: string, partitions: number) => ({ name, partitions, compacted: false });

function outgoing(topic: string, partition: number, value: string | null, key: string | null = 'k'): OutgoingRecord {
  return { topic, partition, key: bytes(key), value: bytes(value), timestampMs: BASE_MS };
}

function reads(batch: LogBatch): Read[] {
  return batch.records.map((r) => ({
    offset: r.offset,
    timestampMs: r.timestampMs,
    key: text(r.key),
    value: text(r.value),
  }));
}

/** Reads to the end from positions; checks what every batch promises. Result by `topic/partition`. */
async function readAll(
  reader: LogReader,
  positions: readonly { topic: string; partition: number; offset: number }[],
): Promise<Map<string, Read[]>> {
  const found = new Map<string, Read[]>();
  const next = new Map(positions.map((p) => [`${p.topic}/${p.partition}`, p.offset]));
  await reader.readToEnd(positions, async (batch) => {
    const at = `${batch.topic}/${batch.partition}`;
    for (const { offset } of batch.records) {
      expect(offset).toBeGreaterThanOrEqual(next.get(at) ?? Number.NaN);
      expect(offset).toBeLessThan(batch.nextOffset);
      next.set(at, offset + 1);
    }
    next.set(at, batch.nextOffset);
    found.set(at, [...(found.get(at) ?? []), ...reads(batch)]);
  });
  return found;
}

/** What every LogWriter, LogReader and TopicAdmin over one log keeps. */
export function logContract(name: string, make: () => Promise<LogHarness>): void {
  describe(`${name}: log contract`, () => {
    let h: LogHarness;
    beforeAll(async () => {
      h = await make();
    });
    afterAll(async () => {
      await h.close();
    });

    async function newTopic(partitions: number): Promise<string> {
      const topic = h.topic();
      await h.admin.ensureTopics([unset(topic, partitions)]);
      return topic;
    }

    test('a fenced writer ends the one before it, and appends whole calls', async () => {
      const topic = await newTopic(2);
      const name = `writer-${topic}`;
      const first = await h.fencedWriter(name);
      await first.append([outgoing(topic, 0, 'a'), outgoing(topic, 1, 'b')]);
      await first.append([outgoing(topic, 0, 'c')]);
      const second = await h.fencedWriter(name);
      const other = await h.fencedWriter(`${name}-other`);
      await expect(first.append([outgoing(topic, 0, 'late')])).rejects.toMatchObject({ code: 'writer-fenced' });
      await expect(first.append([outgoing(topic, 0, 'later')])).rejects.toMatchObject({ code: 'writer-fenced' });
      await second.append([outgoing(topic, 0, 'd')]);
      await second.append([]);
      await other.append([outgoing(topic, 1, 'e')]);
      await expect(second.append([outgoing(topic, 0, 'f'), outgoing(`${topic}-missing`, 0, 'g')])).rejects.toThrow();
      const third = await h.fencedWriter(name);
      const found = await readAll(h.reader, [
        { topic, partition: 0, offset: 0 },
        { topic, partition: 1, offset: 0 },
      ]);
      expect(found.get(`${topic}/0`)?.map(({ value }) => value)).toEqual(['a', 'c', 'd']);
      expect(found.get(`${topic}/1`)?.map(({ value }) => value)).toEqual(['b', 'e']);
      await Promise.all([first, second, third, other].map((writer) => writer.close()));
    });

    test('topics are created once; what differs is reported and left as it is', async () => {
      const [one, two, missing] = [h.topic(), h.topic(), h.topic()];
      const first = await h.admin.ensureTopics([unset(one, 2), { name: two, partitions: 1, compacted: true }]);
      expect(first).toEqual({ created: [one, two], faults: [] });
      expect(await h.admin.ensureTopics([unset(one, 2)])).toEqual({ created: [], faults: [] });
      const { created, faults } = await h.admin.ensureTopics([unset(one, 5), unset(two, 1)]);
      expect(created).toEqual([]);
      expect(new Set(faults.map((f) => f.topic))).toEqual(new Set([one, two]));
      expect(faults.every((f) => f.fault.length > 0)).toBe(true);
      // A check says the same, and creates nothing.
      const specs = [unset(one, 5), unset(two, 1), unset(missing, 1)];
      expect(await h.admin.checkTopics(specs)).toEqual({ missing: [missing], faults });
      const counts = await h.admin.partitionCounts([one, two, missing]);
      expect(counts).toEqual(
        new Map([
          [one, 2],
          [two, 1],
        ]),
      );
    });

    test('records come back in order with key, value and timestamp; null and empty are distinguished', async () => {
      const topic = await newTopic(2);
      await h.writer.append([
        { ...outgoing(topic, 1, 'a', 'key'), timestampMs: BASE_MS + 5 },
        outgoing(topic, 1, '', null),
        outgoing(topic, 1, null, 'tombstone'),
        outgoing(topic, 0, 'elsewhere'),
      ]);
      await h.writer.append([outgoing(topic, 1, 'later')]);
      const found = await readAll(h.reader, [{ topic, partition: 1, offset: 0 }]);
      expect([...found.keys()]).toEqual([`${topic}/1`]);
      expect(found.get(`${topic}/1`)?.map(({ offset: _, ...rest }) => rest)).toEqual([
        { timestampMs: BASE_MS + 5, key: 'key', value: 'a' },
        { timestampMs: BASE_MS, key: null, value: '' },
        { timestampMs: BASE_MS, key: 'tombstone', value: null },
        { timestampMs: BASE_MS, key: 'k', value: 'later' },
      ]);
    });

    test('headers come back if a record has some, beside an empty or absent value too', async () => {
      const topic = await newTopic(1);
      const headers = { origin: '3@17', 'naïve ☃': '' };
      const records = [
        outgoing(topic, 0, 'plain'),
        { ...outgoing(topic, 0, 'with'), headers },
        { ...outgoing(topic, 0, '', null), headers },
        { ...outgoing(topic, 0, null), headers },
      ];
      await h.writer.append(records);
      const found: LogBatch['records'][number][] = [];
      await h.reader.readToEnd([{ topic, partition: 0, offset: 0 }], async (batch) => {
        found.push(...batch.records);
      });
      expect(found.map((record) => [text(record.key), text(record.value), record.headers])).toEqual([
        ['k', 'plain', undefined],
        ['k', 'with', headers],
        [null, '', headers],
        ['k', null, headers],
      ]);
    });

    test('bounds: an empty partition starts and ends at one place; the end is past the last record', async () => {
      const topic = await newTopic(1);
      expect(await h.reader.bounds(topic, 0)).toEqual({ start: 0, end: 0 });
      await h.writer.append([outgoing(topic, 0, 'a'), outgoing(topic, 0, 'b')]);
      const { start, end } = await h.reader.bounds(topic, 0);
      expect(start).toBe(0);
      const records = (await readAll(h.reader, [{ topic, partition: 0, offset: 0 }])).get(`${topic}/0`);
      expect(records?.at(-1)?.offset).toBeLessThan(end);
    });

    test('readToEnd of nothing ends; from an offset it goes on from there', async () => {
      const topic = await newTopic(2);
      await readAll(h.reader, []);
      await readAll(h.reader, [{ topic, partition: 0, offset: 0 }]);
      await h.writer.append(['a', 'b', 'c'].map((value) => outgoing(topic, 0, value)));
      const all = (await readAll(h.reader, [{ topic, partition: 0, offset: 0 }])).get(`${topic}/0`) ?? [];
      expect(all.map((r) => r.value)).toEqual(['a', 'b', 'c']);
      const offset = all[1]?.offset ?? Number.NaN;
      const rest = (await readAll(h.reader, [{ topic, partition: 0, offset }])).get(`${topic}/0`) ?? [];
      expect(rest).toEqual(all.slice(1));
      const { end } = await h.reader.bounds(topic, 0);
      expect((await readAll(h.reader, [{ topic, partition: 0, offset: end }])).get(`${topic}/0`) ?? []).toEqual([]);
    });

    test('follow delivers what is there and what comes, one batch at a time, until the signal', async () => {
      const topic = await newTopic(2);
      await h.writer.append([outgoing(topic, 0, 'a0'), outgoing(topic, 1, 'b0')]);
      const stop = new AbortController();
      const values: (string | null)[] = [];
      let inside = 0;
      let wake = (): void => {};
      const following = h.reader.follow(
        [0, 1].map((partition) => ({ topic, partition, offset: 0 })),
        async (batch) => {
          inside += 1;
          expect(inside).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          values.push(...reads(batch).map((r) => r.value));
          inside -= 1;
          wake();
        },
        stop.signal,
      );
      const seen = async (count: number): Promise<void> => {
        while (values.length < count) await new Promise<void>((resolve) => (wake = resolve));
      };
      await seen(2);
      await h.writer.append([outgoing(topic, 0, 'a1'), outgoing(topic, 1, 'b1'), outgoing(topic, 0, 'a2')]);
      await seen(5);
      stop.abort();
      await following;
      expect(values.filter((v) => v?.startsWith('a'))).toEqual(['a0', 'a1', 'a2']);
      expect(values.filter((v) => v?.startsWith('b'))).toEqual(['b0', 'b1']);
    });

    test('follow and readToEnd reject with the fault of the handler', async () => {
      const topic = await newTopic(1);
      await h.writer.append([outgoing(topic, 0, 'a')]);
      const positions = [{ topic, partition: 0, offset: 0 }];
      const fail = async (): Promise<void> => {
        throw new Error('handler broke');
      };
      await expect(h.reader.readToEnd(positions, fail)).rejects.toThrow('handler broke');
      await expect(h.reader.follow(positions, fail, new AbortController().signal)).rejects.toThrow('handler broke');
    });

    test('follow with a signal already aborted ends', async () => {
      const topic = await newTopic(1);
      const stop = new AbortController();
      stop.abort();
      await h.reader.follow([{ topic, partition: 0, offset: 0 }], async () => {}, stop.signal);
    });

    test('a position below the start goes on from the start', async () => {
      if (h.truncate === undefined) return;
      const topic = await newTopic(1);
      await h.writer.append(['a', 'b', 'c', 'd'].map((value) => outgoing(topic, 0, value)));
      await h.truncate(topic, 0, 2);
      expect((await h.reader.bounds(topic, 0)).start).toBe(2);
      const found = (await readAll(h.reader, [{ topic, partition: 0, offset: 0 }])).get(`${topic}/0`) ?? [];
      expect(found.map((r) => r.value)).toEqual(['c', 'd']);
    });

    const seed = testSeed();
    test(`law: what is read is what was appended, from any position (CLV_TEST_SEED=${seed})`, async () => {
      const random = seeded(seed);
      const topics = [await newTopic(3), await newTopic(2)];
      const partitions = topics.flatMap((topic, i) =>
        Array.from({ length: 3 - i }, (_, partition) => ({ topic, partition })),
      );
      const model = new Map<string, string[]>(partitions.map((p) => [`${p.topic}/${p.partition}`, []]));
      let made = 0;
      for (let round = 0; round < 15; round++) {
        const records = Array.from({ length: 1 + random.below(40) }, () => {
          const { topic, partition } = random.pick(partitions);
          const value = `v${made++}${'x'.repeat(random.below(200))}`;
          model.get(`${topic}/${partition}`)?.push(value);
          return outgoing(topic, partition, value);
        });
        await h.writer.append(records);
        if (random.next() < 0.6) continue;
        const whole = await readAll(
          h.reader,
          partitions.map((p) => ({ ...p, offset: 0 })),
        );
        for (const [at, values] of model) expect((whole.get(at) ?? []).map((r) => r.value)).toEqual(values);
        const from = partitions.map((p) => {
          const held = whole.get(`${p.topic}/${p.partition}`) ?? [];
          return { ...p, offset: held.length === 0 ? 0 : random.pick(held).offset };
        });
        const tail = await readAll(h.reader, from);
        for (const { topic, partition, offset } of from) {
          const held = whole.get(`${topic}/${partition}`) ?? [];
          expect(tail.get(`${topic}/${partition}`) ?? []).toEqual(held.filter((r) => r.offset >= offset));
        }
      }
    });
  });
}
