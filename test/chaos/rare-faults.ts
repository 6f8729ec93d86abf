import { Kafka, logLevel } from 'kafkajs';
import { INPUT_ROLES } from '../../src/domain/event';
import { pauseMs } from '../support/process';
import type { Service } from '../support/services';
import { type Fault, REDIS_FAULTS, SERVER_FAULTS } from './faults';
import { drawEventTopic } from './retention';

/** Faults that the long run has beside those of `npm test`. */

const HOUR_MS = 3_600_000;

export const CLOCK_FAULTS = {
  'clock of a scorer set back an hour, then right': async ({ fleet, random, sessionTimeoutMs }) => {
    const wrongMs = Math.round(sessionTimeoutMs * (1.5 + 2 * random()));
    await fleet.shiftClockOfOne(random, -HOUR_MS, wrongMs);
    return `wrong for ${wrongMs} ms`;
  },
  'clock of a scorer two hours ahead, then right': async ({ fleet, random }) => {
    const wrongMs = Math.round(2_000 + 8_000 * random());
    await fleet.shiftClockOfOne(random, 2 * HOUR_MS, wrongMs);
    return `wrong for ${wrongMs} ms`;
  },
} as const satisfies Record<string, Fault>;

export const RARE_SERVER_FAULTS = {
  ...SERVER_FAULTS,
  'Redis killed, then the broker, both back': async ({ kafka, redis, random }) => {
    const betweenMs = Math.round(200 + 2_300 * random());
    await redis.service.kill();
    await pauseMs(betweenMs);
    await kafka.kill();
    await pauseMs(2_000 * random());
    await Promise.all([kafka.restart(), redis.service.restart()]);
    return `the broker ${betweenMs} ms after Redis`;
  },
  'Kafka broker frozen (SIGSTOP, SIGCONT)': async ({ kafka, random }) => {
    const frozenMs = await freeze(kafka, 2_000 + 8_000 * random());
    return `frozen for ${frozenMs} ms`;
  },
  'retention takes what is folded': async ({ retention, random }) => {
    const topic = drawEventTopic(random);
    const taken = await retention.takeFolded(topic);
    return `${taken} records of ${INPUT_ROLES[topic]}`;
  },
} as const satisfies Record<string, Fault>;

/** With three brokers, of which two must have a record. */
export const CLUSTER_FAULTS = {
  ...REDIS_FAULTS,
  'one broker of three killed and restarted': async ({ brokers, random }) => {
    const broker = brokers[Math.floor(random() * brokers.length)]!;
    const awayMs = Math.round(4_000 * random());
    await broker.kill();
    await pauseMs(awayMs);
    await broker.restart();
    return `away for ${awayMs} ms and the start`;
  },
  'leader of the updates dead for longer': async ({ brokers, deployment, random }) => {
    const node = await leaderOf(brokers, deployment.platform.topics.updates, 0);
    const awayMs = Math.round(15_000 + 15_000 * random());
    await brokers[node - 1]!.kill();
    await pauseMs(awayMs);
    await brokers[node - 1]!.restart();
    return `broker ${node} away for ${awayMs} ms and the start`;
  },
  'one broker of three frozen (SIGSTOP, SIGCONT)': async ({ brokers, random }) => {
    const frozenMs = await freeze(brokers[Math.floor(random() * brokers.length)]!, 2_000 + 8_000 * random());
    return `frozen for ${frozenMs} ms`;
  },
  'Redis killed, then one broker of three, both back': async ({ brokers, redis, random }) => {
    const broker = brokers[Math.floor(random() * brokers.length)]!;
    await redis.service.kill();
    await pauseMs(200 + 2_300 * random());
    await broker.kill();
    await Promise.all([broker.restart(), redis.service.restart()]);
    return 'both back';
  },
} as const satisfies Record<string, Fault>;

async function freeze(server: Service, ms: number): Promise<number> {
  process.kill(server.pid, 'SIGSTOP');
  await pauseMs(ms);
  process.kill(server.pid, 'SIGCONT');
  return Math.round(ms);
}

/** Node ids count from 1 in the order of the brokers. */
async function leaderOf(brokers: readonly Service[], topic: string, partition: number): Promise<number> {
  const addresses = brokers.map(({ address }) => address);
  const admin = new Kafka({ brokers: addresses, clientId: 'chaos', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]!.partitions.find(({ partitionId }) => partitionId === partition)!.leader;
  } finally {
    await admin.disconnect();
  }
}
