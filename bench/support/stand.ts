import { cpus, loadavg, totalmem } from 'node:os';
import Redis from 'ioredis';
import { kafkaLibs, type Service, startKafka, startRedis } from '../../test/support/services';

/** One broker and one Redis for a whole benchmark, so that all its figures come from the same servers. */
export interface Stand {
  readonly kafka: Service;
  readonly redis: Service;
  /** A connection for reading what the benchmark needs to know. */
  readonly client: Redis;
  /** Settings of a deployment on this stand, as in the environment. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function openStand(): Promise<Stand> {
  const [kafka, redis] = await Promise.all([startKafka(), startRedis(['--appendonly', 'yes', '--save', ''])]);
  const client = new Redis(`redis://${redis.address}`);
  return {
    kafka,
    redis,
    client,
    environment: { KAFKA_BROKERS: kafka.address, REDIS_URL: `redis://${redis.address}` },
    close: async () => {
      client.disconnect();
      await Promise.all([kafka.stop(), redis.stop()]);
    },
  };
}

/** Machine, versions and load, for the head of a table. A figure without them can't be compared. */
export async function describeStand({ client }: Stand): Promise<string> {
  const redis = /redis_version:(\S+)/.exec(await client.info('server'))?.[1];
  const broker = /kafka-([\d.]+)/.exec(kafkaLibs())?.[1];
  const { length: count, 0: first } = cpus();
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const load = loadavg()[0]!.toFixed(2);
  return [
    `${count} × ${first?.model.trim() ?? 'processor'}, ${memory}, load ${load} at the start`,
    `Node.js ${process.version}, Kafka ${broker} and Redis ${redis} on the same machine`,
  ].join('\n');
}
