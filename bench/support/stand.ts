import { cpus, loadavg, totalmem } from 'node:os';
import Redis from 'ioredis';
import { kafkaLibs, type Service, startKafka, startRedis } from '../../test/support/services';

type Server = Pick<Service, 'address' | 'pid'>;

/** One broker and one Redis for a whole benchmark, so that all its figures come from the same servers. */
export interface Stand {
  readonly kafka: Server;
  readonly redis: Server;
  /** A connection for reading what the benchmark needs to know. */
  readonly client: Redis;
  /** Settings of a deployment on this stand, as in the environment. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts the servers of a stand. They keep what they get on disk. */
export async function startStand(): Promise<{ kafka: Service; redis: Service; stop(): Promise<void> }> {
  const [kafka, redis] = await Promise.all([startKafka(), startRedis(['--appendonly', 'yes', '--save', ''])]);
  return { kafka, redis, stop: async () => void (await Promise.all([kafka.stop(), redis.stop()])) };
}

/** The variable in which whoever runs several benchmarks one after the other names the servers for all of them. */
export const SERVERS_VARIABLE = 'CLV_BENCH_SERVERS';

export const serversText = (servers: readonly Server[]): string =>
  servers.map(({ address, pid }) => `${address}/${pid}`).join();

function namedServers(text: string) {
  const [kafka, redis] = text.split(',').map((server) => {
    const [address, pid] = server.split('/');
    return { address: address!, pid: Number(pid) };
  });
  return { kafka: kafka!, redis: redis!, stop: async () => undefined };
}

export async function openStand(): Promise<Stand> {
  const named = process.env[SERVERS_VARIABLE];
  const { kafka, redis, stop } = named === undefined ? await startStand() : namedServers(named);
  const client = new Redis(`redis://${redis.address}`);
  return {
    kafka,
    redis,
    client,
    environment: { KAFKA_BROKERS: kafka.address, REDIS_URL: `redis://${redis.address}` },
    close: async () => {
      client.disconnect();
      await stop();
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
