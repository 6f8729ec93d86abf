import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { type Deployment, openDeployment } from '../../test/support/deployment';
import { simulatedRecords, writeInBatches } from '../../test/support/recorded-stream';
import type { Stand } from './stand';

const WRITE_RECORDS = 2_000;

/** Input topics that hold a number of events. Every contender reads the same ones from their start. */
export interface Stream {
  readonly stand: Stand;
  readonly inputs: Deployment;
  readonly events: number;
  readonly partitions: number;
  /** Name of a topic with all events in one, for programs that read one topic. Written at the first call. */
  inOneTopic(): Promise<string>;
}

export interface StreamSize {
  readonly events: number;
  readonly customers: number;
  readonly partitions: number;
}

/** Writes the first events of the simulated shop: orders, clicks, browses and reviews interleave as they happened. */
export async function writeStream(stand: Stand, { events, customers, partitions }: StreamSize): Promise<Stream> {
  const inputs = await openDeployment('kafka', { ...stand.environment, CLV_PARTITIONS: String(partitions) });
  const records = () => simulatedRecords(inputs, events, { customers, seed: 1 });
  await writeInBatches(inputs, records(), WRITE_RECORDS);
  let one: Promise<string> | null = null;
  const stream: Stream = {
    stand,
    inputs,
    events,
    partitions,
    inOneTopic: () => {
      one ??= (async () => {
        const topic = `${runName()}-all`;
        await addTopics(stream, [topic]);
        await writeInBatches(
          inputs,
          records().map((record) => ({ ...record, topic })),
          WRITE_RECORDS,
        );
        return topic;
      })();
      return one;
    },
  };
  return stream;
}

/** A deployment of its own on the stream's input topics: own group, states and output topics. */
export function deploymentOn(
  { stand, inputs: { settings }, partitions }: Stream,
  changes: Record<string, string> = {},
): Promise<Deployment> {
  const {
    CLV_TOPIC_ORDERS,
    CLV_TOPIC_CLICKS,
    CLV_TOPIC_BROWSES,
    CLV_TOPIC_TICKS,
    CLV_TOPIC_REVIEWS,
    CLV_TOPIC_CUSTOMERS,
  } = settings;
  return openDeployment('kafka', {
    ...stand.environment,
    CLV_PARTITIONS: String(partitions),
    CLV_TOPIC_ORDERS,
    CLV_TOPIC_CLICKS,
    CLV_TOPIC_BROWSES,
    CLV_TOPIC_TICKS,
    CLV_TOPIC_REVIEWS,
    CLV_TOPIC_CUSTOMERS,
    ...changes,
  });
}

/** A name that no other run has used. */
export const runName = (): string => `run-${randomUUID().slice(0, 8)}`;

/** Creates topics with as many partitions as the stream. */
export async function addTopics({ inputs, partitions }: Stream, topics: readonly string[]): Promise<void> {
  await inputs.platform.admin().ensureTopics(topics.map((name) => ({ name, partitions, compacted: false })));
}

/** Deletes a run's output, so that many rounds fit on the disk. */
export async function dropTopics({ stand }: Stream, topics: string[]): Promise<void> {
  const admin = new Kafka({ brokers: [stand.kafka.address], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
}
