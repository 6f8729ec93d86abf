import { eventCodec, openSchemas } from '../../src/cli/compose/codecs';
import { CUSTOMERS_TOPIC, type CustomerEvent, INPUT_ROLES, STEP_KINDS } from '../../src/domain/event';
import { murmur2Partition } from '../../src/domain/math/hash';
import type { OutgoingRecord } from '../../src/ports/log';
import { EventEncoder } from '../../src/serde/event-encoder';
import { readTopicHistory, type TopicHistory } from '../../src/services/fit/topic-history';
import { type Deployment, type DeploymentKind, openDeployment } from '../support/deployment';
import { anEvent } from '../support/events';
import { writeInBatches } from '../support/recorded-stream';
import { type Seeded, seeded, testSeed } from '../support/seeded';

const START_S = Date.UTC(2024, 0, 1) / 1000;

interface Written {
  readonly record: OutgoingRecord;
  /** null where the record is none that the scorer takes. */
  readonly event: CustomerEvent | null;
}

/** What is written: few instants, so that many events share one; late ones, repeats of any age, and records of no use. */
function randomStream({ settings, platform }: Deployment, random: Seeded, count: number): Written[] {
  const encoder = new EventEncoder(settings.CLV_CURRENCY);
  const outgoing = (topic: string, customerId: string, value: Uint8Array | null, shift = 0): OutgoingRecord => {
    const key = new TextEncoder().encode(customerId);
    const partition = (murmur2Partition(key, settings.CLV_PARTITIONS) + shift) % settings.CLV_PARTITIONS;
    return { topic, partition, key, value, timestampMs: Date.now() };
  };
  const written: Written[] = [];
  for (let i = 0; i < count; i++) {
    const customerId = `c${random.below(20)}`;
    if (random.next() < 0.1 && written.length > 0) {
      written.push(random.pick(written));
      continue;
    }
    const orders = platform.topics.inputs[0];
    if (random.next() < 0.05) {
      written.push({ record: outgoing(orders, customerId, random.bytes(12)), event: null });
      continue;
    }
    const kind = random.pick(STEP_KINDS);
    const event = anEvent({ customerId, kind, eventId: `e${i}`, timeS: START_S + 60 * random.below(count / 4) });
    const { role, value } = encoder.encodeEvent({ ...event, orderId: `o${i}` });
    const topic = platform.topics.inputs[INPUT_ROLES.indexOf(role)]!;
    const misplaced = random.next() < 0.03;
    written.push({ record: outgoing(topic, customerId, value, misplaced ? 1 : 0), event: misplaced ? null : event });
  }
  return written;
}

const name = ({ customerId, kind, eventId, timeS }: CustomerEvent) => `${timeS} ${customerId} ${kind} ${eventId}`;

/** The plain way: every record with its place, sorted by all of it at once, the first of equal ones kept. */
function expected(written: readonly Written[], topics: readonly string[]): string[] {
  const offsets = new Map<string, number>();
  const placed = written.map(({ record: { topic, partition }, event }) => {
    const part = `${topic}/${partition}`;
    const offset = offsets.get(part) ?? 0;
    offsets.set(part, offset + 1);
    return { event, key: [topics.indexOf(topic), partition, offset] };
  });
  const usable = placed.flatMap(({ event, key }) => (event ? [{ event, key: [event.timeS, ...key] }] : []));
  usable.sort((a, b) => a.key.map((x, i) => x - b.key[i]!).find((difference) => difference !== 0) ?? 0);
  return [...new Set(usable.map(({ event }) => name(event)))];
}

/** `fit --from-topics` reads any log alike. */
export function topicHistoryContract(kind: DeploymentKind): void {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await openDeployment(kind);
  });
  afterAll(() => deployment.close());

  const read = async (onProgress?: (done: { records: number; of: number }) => void): Promise<TopicHistory> => {
    const { platform, settings } = deployment;
    const { CLV_PARTITIONS: partitions } = settings;
    const events = eventCodec(settings, partitions, await openSchemas(platform));
    const ports = { reader: platform.reader(), events, ...(onProgress ? { onProgress } : {}) };
    return readTopicHistory(ports, platform.topics.inputs, partitions);
  };

  test('topics without a record are a history without an event', async () => {
    expect(await read()).toEqual({ events: [], records: 0, refused: new Map(), gone: 0 });
  });

  const seed = testSeed();
  test(`every usable record once, by time, topic, partition and offset; what is refused is counted; nothing later (CLV_TEST_SEED=${seed})`, async () => {
    const random = seeded(seed);
    const written = randomStream(deployment, random, 1_500);
    await writeInBatches(
      deployment,
      written.map(({ record }) => record),
    );
    const { inputs } = deployment.platform.topics;
    const wanted = expected(written, inputs);
    const progress: { records: number; of: number }[] = [];
    let later: Promise<void> | null = null;
    const history = await read((done) => {
      progress.push(done);
      // What comes while it reads belongs to the next history.
      later ??= deployment.write(randomStream(deployment, random, 50).map(({ record }) => record));
    });
    await later;

    expect(history.events.map(name)).toEqual(wanted);
    expect(history.records).toBe(written.length);
    const usable = written.filter(({ event }) => event !== null).length;
    const { duplicate, ...refused } = Object.fromEntries(history.refused) as Record<string, number>;
    expect(duplicate).toBe(usable - wanted.length);
    expect(Object.values(refused).reduce((sum, n) => sum + n, 0)).toBe(written.length - usable);
    expect(refused['wrong-partition']).toBeGreaterThan(0);
    expect(progress[progress.length - 1]).toEqual({ records: written.length, of: written.length });
    expect(progress.every(({ records }, i) => i === 0 || records >= progress[i - 1]!.records)).toBe(true);
  });

  test('profiles take effect at the time of their records, in the order of their offsets: the last one applies', async () => {
    const { platform, settings } = deployment;
    const encoder = new EventEncoder(settings.CLV_CURRENCY);
    const key = new TextEncoder().encode('known');
    const topic = platform.topics.inputs[CUSTOMERS_TOPIC]!;
    const partition = murmur2Partition(key, settings.CLV_PARTITIONS);
    const record = (afterS: number, region: string | null): OutgoingRecord => {
      const attributes = region === null ? undefined : { ageBand: null, region, channel: null };
      const event = anEvent({
        customerId: 'known',
        kind: 'profile',
        timeS: START_S + afterS,
        ...(attributes && { attributes }),
      });
      const { value } = encoder.encodeEvent(event);
      return { topic, partition, key, value: region === null ? null : value, timestampMs: 1000 * (START_S + afterS) };
    };
    await deployment.write([record(60, 'a'), record(10, 'b'), record(90, 'c'), record(90, 'd'), record(80, null)]);
    const { events } = await read();
    const known = events.filter(({ customerId }) => customerId === 'known');
    expect(known.map(({ timeS, attributes }) => [timeS - START_S, attributes?.region ?? null])).toEqual([
      [60, 'b'],
      [90, null],
    ]);
  });

  test('stops if its progress throws', async () => {
    const stop = () => {
      throw new Error('asked to stop');
    };
    await expect(read(stop)).rejects.toThrow('asked to stop');
  });
}
