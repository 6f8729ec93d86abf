import { systemClock } from '../../src/adapters/system/clock';
import type { OutgoingRecord } from '../../src/ports/log';
import { type Seeded, seeded, testSeed } from '../support/seeded';
import { describeWithKafkaAndRedis } from '../support/services';
import { addTo, type HostileDeployment, openFor, outgoing, readInputs } from './deployment';
import { judge } from './judge';
import { isTakenByBroker, produceAll } from './kafka-producer';
import { scoreWithStops } from './progress';
import { refoldLater } from './refold';
import { type HostileStream, hostileStream } from './stream';
import { trainWithStops } from './trainer';

/** CLV_TEST_STREAMS sets the number of streams, for both. Each has a seed of its own, so that one can be repeated. */
const wanted = process.env.CLV_TEST_STREAMS;
const first = testSeed();
const seedsOf = (count: number) => Array.from({ length: Number(wanted ?? count) }, (_, i) => first + i);
/** Five streams run at a time, and share a process. It only limits the time of a failure. */
const DEADLINE_MS = 600_000;

/** What became of all records, so that a run shows what it has tried. */
class Total {
  private streams = 0;
  private readonly outcomes = new Map<string, number>();

  add({ committed }: HostileDeployment): void {
    this.streams += 1;
    for (const [outcome, count] of committed.outcomes) addTo(this.outcomes, outcome, count);
  }

  report(where: string): string {
    const positions = [...this.outcomes.values()].reduce((sum, count) => sum + count, 0);
    const outcomes = [...this.outcomes].sort().map(([outcome, count]) => `${outcome} ${count}`);
    return `${this.streams} streams ${where}, ${positions} positions: ${outcomes.join(', ')}`;
  }
}

interface Opened {
  readonly stream: HostileStream;
  readonly random: Seeded;
  readonly deployment: HostileDeployment;
}

describe('hostile streams on the embedded store', () => {
  const total = new Total();
  const open = async (seed: number): Promise<Opened> => {
    const random = seeded(seed);
    const stream = hostileStream(seed, systemClock.nowMs());
    const CLV_EMISSION = random.pick(['every', 'every', 'coalesce']);
    return { stream, random, deployment: await openFor(stream, 'embedded', { CLV_EMISSION }) };
  };

  test.concurrent.each(seedsOf(30))(
    'every position has one outcome, also ten years later, and the trainer reads it (CLV_TEST_SEED=%d)',
    async (seed) => {
      const { stream, random, deployment } = await open(seed);
      try {
        await deployment.write(outgoing(deployment, stream.records));
        const inputs = await readInputs(deployment);
        await scoreWithStops(deployment, inputs, random);
        expect(await judge(deployment, stream.records, inputs)).toEqual([]);
        total.add(deployment);
        expect(await refoldLater(deployment, 'of-all')).toEqual([]);
        expect(await trainWithStops(deployment, inputs, random)).toEqual([]);
      } finally {
        await deployment.close();
      }
    },
    DEADLINE_MS,
  );

  test('two outcomes of a position, or none, are seen', async () => {
    const { stream, random, deployment } = await open(first);
    try {
      await deployment.write(outgoing(deployment, stream.records));
      const inputs = await readInputs(deployment);
      await scoreWithStops(deployment, inputs, random);
      const { platform } = deployment;
      const { updates } = platform.topics;
      const [position] = stream.records;
      const again: OutgoingRecord[] = [];
      await platform
        .reader()
        .readToEnd([{ topic: updates, partition: position!.partition, offset: 0 }], async (batch) => {
          for (const { offset, ...record } of batch.records.slice(-1)) {
            again.push({ ...record, topic: updates, partition: batch.partition });
          }
        });
      await deployment.write([...again, ...outgoing(deployment, stream.records.slice(0, 1))]);
      const faults = (await judge(deployment, [...stream.records, position!], await readInputs(deployment))).join();
      expect(faults).toMatch(/: 0 outcomes|in committed batches/);
      expect(again.length === 0 || /: [2-9]\d* (updates|outcomes)/.test(faults)).toBe(true);
    } finally {
      await deployment.close();
    }
  });

  afterAll(() => console.log(total.report('on the embedded store')));
});

describeWithKafkaAndRedis('hostile streams on Kafka and Redis', () => {
  const total = new Total();
  const open = async (seed: number): Promise<Opened> => {
    const random = seeded(seed);
    const stream = hostileStream(seed, systemClock.nowMs());
    const CLV_EMISSION = random.pick(['every', 'every', 'coalesce', 'latest']);
    const changes = { CLV_EMISSION, CLV_EMISSION_WINDOW_MS: '100' };
    return { stream, random, deployment: await openFor(stream, 'kafka', changes) };
  };

  test.concurrent.each(seedsOf(6))(
    'every position has one outcome, also ten years later, and the trainer reads it (CLV_TEST_SEED=%d)',
    async (seed) => {
      const { stream, random, deployment } = await open(seed);
      try {
        // Half of them are scored while they are written.
        const early = random.below(2) === 0 ? await deployment.startScorer() : null;
        const records = stream.records.filter(isTakenByBroker);
        await produceAll(deployment, records, random);
        const inputs = await readInputs(deployment);
        await early?.stop();
        await scoreWithStops(deployment, inputs, random);
        expect(await judge(deployment, records, inputs)).toEqual([]);
        total.add(deployment);
        expect(await refoldLater(deployment, early === null ? 'of-all' : 'as-they-came')).toEqual([]);
        expect(await trainWithStops(deployment, inputs, random)).toEqual([]);
      } finally {
        await deployment.close();
      }
    },
    DEADLINE_MS,
  );

  afterAll(() => console.log(total.report('on Kafka and Redis')));
});
