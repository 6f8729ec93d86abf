/**
 * Compares the throughput of exactly-once, at-least-once and a bare consume→produce pipe. All use the same records, broker and Redis,
 * in turns in one run. Each is measured after its first fifth. Run: npm run bench -- delivery [EVENTS]
 */
import { performance } from 'node:perf_hooks';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { systemClock } from '../src/adapters/system/clock';
import { openSchemas } from '../src/cli/compose/codecs';
import { openScorer } from '../src/cli/compose/scorer';
import { type Deployment, openDeployment } from '../test/support/deployment';
import { until } from '../test/support/process';
import { quietObserver } from '../test/support/quiet-observer';
import { simulatedRecords, writeInBatches } from '../test/support/recorded-stream';
import { startKafka, startRedis } from '../test/support/services';

const PARTITIONS = '4';
const DEADLINE_MS = 600_000;
const ROUNDS = 3;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Records per second between the first fifth and the last record. */
class Rate {
  private count = 0;
  private fromMs = 0;
  private from = 0;
  perSecond = 0;

  constructor(private readonly records: number) {}

  add(records: number): void {
    this.count += records;
    const nowMs = performance.now();
    if (this.fromMs === 0 && this.count >= this.records / 5) {
      this.fromMs = nowMs;
      this.from = this.count;
    }
    if (this.done) this.perSecond = ((this.count - this.from) / (nowMs - this.fromMs)) * 1000;
  }

  get done(): boolean {
    return this.count >= this.records;
  }
}

async function scored(deployment: Deployment, records: number): Promise<number> {
  const { settings, platform } = deployment;
  const rate = new Rate(records);
  const observer = quietObserver([], { published: ({ records: published }) => rate.add(published) });
  const schemas = await openSchemas(platform);
  const scorer = openScorer({
    platform,
    settings,
    partitions: settings.CLV_PARTITIONS,
    schemas,
    observer,
    clock: systemClock,
  });
  await scorer.start();
  await until('everything is scored', () => rate.done, DEADLINE_MS);
  await scorer.stop();
  return rate.perSecond;
}

/** kafkajs alone: reads every record and writes it again, with one send per fetched batch. */
async function piped(deployment: Deployment, brokers: string[], records: number): Promise<number> {
  const { platform, settings } = deployment;
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${settings.CLV_APP}-pipe`, maxWaitTimeInMs: 50 });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  const rate = new Rate(records);
  await Promise.all([consumer.connect(), producer.connect()]);
  await consumer.subscribe({ topics: platform.topics.inputs.slice(0, 3), fromBeginning: true });
  await consumer.run({
    eachBatch: async ({ batch: { messages, partition } }) => {
      await producer.send({
        topic: platform.topics.updates,
        acks: -1,
        messages: messages.map(({ key, value }) => ({ key, value, partition })),
      });
      rate.add(messages.length);
    },
  });
  await until('everything is piped', () => rate.done, DEADLINE_MS);
  await consumer.disconnect();
  await producer.disconnect();
  return rate.perSecond;
}

export async function main([events = '40000']: readonly string[]): Promise<void> {
  const records = Number(events);
  const [kafka, redis] = await Promise.all([startKafka(), startRedis(['--appendonly', 'yes', '--save', ''])]);
  try {
    const measure = async (
      changes: Record<string, string>,
      run: (deployment: Deployment) => Promise<number>,
    ): Promise<number> => {
      const servers = { KAFKA_BROKERS: kafka.address, REDIS_URL: `redis://${redis.address}` };
      const deployment = await openDeployment('kafka', { ...servers, CLV_PARTITIONS: PARTITIONS, ...changes });
      try {
        await writeInBatches(deployment, simulatedRecords(deployment, records, { customers: 5_000, seed: 1 }), 2_000);
        return await run(deployment);
      } finally {
        await deployment.close();
      }
    };
    const pipes: number[] = [];
    const leasts: number[] = [];
    const exactlies: number[] = [];
    // In turns, so that a busy phase of the machine does not affect only one of them.
    for (let round = 0; round < ROUNDS; round++) {
      pipes.push(await measure({}, (deployment) => piped(deployment, [kafka.address], records)));
      leasts.push(await measure({ CLV_DELIVERY: 'at-least-once' }, (deployment) => scored(deployment, records)));
      exactlies.push(await measure({ CLV_DELIVERY: 'exactly-once' }, (deployment) => scored(deployment, records)));
    }
    const [pipe, least, exactly] = [pipes, leasts, exactlies].map(median) as [number, number, number];
    const line = (name: string, perSecond: number) =>
      console.log(`${name.padEnd(14)} ${perSecond.toFixed(0).padStart(8)} events/s`);
    line('bare pipe', pipe);
    line('at-least-once', least);
    line('exactly-once', exactly);
    console.log(
      `exactly-once : at-least-once = ${(exactly / least).toFixed(2)}, exactly-once : bare pipe = ${(exactly / pipe).toFixed(2)}  (median of ${ROUNDS} rounds of ${records} events, ${PARTITIONS} partitions)`,
    );
  } finally {
    await Promise.all([kafka.stop(), redis.stop()]);
  }
}
