import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { accepts, type Daemon, freePort, pauseMs, startDaemon, until } from './process';

/** A real server that a test may kill. Every method resolves once it has taken effect. */
export interface Service {
  readonly port: number;
  /** 127.0.0.1:port */
  readonly address: string;
  readonly pid: number;
  /** Its data folder, which outlives a kill and a restart. */
  readonly dir: string;
  /** Ends the process and deletes the data. */
  stop(): Promise<void>;
  /** SIGKILL. Data and port are kept for a restart. */
  kill(): Promise<void>;
  /** Starts again on the same data and port. Kills the process first if it still runs. */
  restart(): Promise<void>;
}

const KAFKA_VERSION = '4.1.1';

/** The folder in which scripts/ci-services puts the broker's jars. */
export function kafkaLibs(): string {
  const cache = process.env.CLV_CACHE_DIR ?? join(homedir(), '.cache', 'clv-stream');
  return join(cache, `kafka-${KAFKA_VERSION}`, 'libs');
}

async function hasCommand(command: string): Promise<boolean> {
  try {
    await promisify(execFile)('sh', ['-c', `command -v ${command}`]);
    return true;
  } catch {
    return false;
  }
}

export const hasKafka = async (): Promise<boolean> => existsSync(kafkaLibs()) && (await hasCommand('java'));
export const hasRedis = (): Promise<boolean> => hasCommand('redis-server');

/** Short JVM warm-up matters more than throughput: two cores run broker, Redis and tests. */
const JVM_FLAGS = ['-Xmx512m', '-Xms256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];

/** A listener in addition to the plain one, which the test itself uses. */
export interface BrokerListener {
  readonly name: string;
  readonly protocol: 'SASL_PLAINTEXT' | 'SASL_SSL' | 'SSL';
  readonly port: number;
}

export interface BrokerSecurity {
  readonly listeners?: readonly BrokerListener[];
  /** In the format of StorageTool's --add-scram: SCRAM-SHA-256=[name=…,password=…]. */
  readonly scramUsers?: readonly string[];
}

function brokerProperties(
  dir: string,
  port: number,
  controllerPort: number,
  overrides: Readonly<Record<string, string>>,
  listeners: readonly BrokerListener[],
) {
  const addresses = [`PLAINTEXT://127.0.0.1:${port}`, ...listeners.map((l) => `${l.name}://127.0.0.1:${l.port}`)];
  const protocols = ['PLAINTEXT:PLAINTEXT', 'CONTROLLER:PLAINTEXT', ...listeners.map((l) => `${l.name}:${l.protocol}`)];
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: [...addresses, `CONTROLLER://127.0.0.1:${controllerPort}`].join(','),
    'advertised.listeners': addresses.join(','),
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': protocols.join(','),
    'log.dirs': join(dir, 'data'),
    'auto.create.topics.enable': 'false',
    'default.replication.factor': '1',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
    // A killed broker can register again only after its old session has expired; the default is 9 s.
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '300',
    // Tests write records with timestamps of years ago. A topic that needs retention sets its own.
    'log.retention.ms': '-1',
    'log.cleaner.backoff.ms': '200',
    'log.cleaner.dedupe.buffer.size': '16777216',
    'num.network.threads': '2',
    'num.io.threads': '4',
    ...overrides,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function answers(port: number): Promise<boolean> {
  if (!(await accepts(port))) return false;
  const kafka = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length > 0;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** The parts that differ between the two servers. */
export interface Recipe {
  readonly prefix: string;
  readonly port: number;
  prepare(dir: string): Promise<void>;
  launch(dir: string): Daemon;
  ready(): Promise<boolean>;
}

/** A broker of a cluster of three may take a minute to restart on a busy machine. This only limits the time of a failure. */
const START_DEADLINE_MS = 150_000;

async function startOnce(recipe: Recipe): Promise<Service> {
  const dir = mkdtempSync(join(tmpdir(), recipe.prefix));
  let daemon: Daemon | null = null;
  const launch = async () => {
    const started = recipe.launch(dir);
    daemon = started;
    await until(
      `${recipe.prefix}${recipe.port} answers`,
      async () => {
        started.check();
        return recipe.ready();
      },
      START_DEADLINE_MS,
    );
  };
  const end = async (signal: NodeJS.Signals) => {
    await daemon?.end(signal);
    daemon = null;
  };
  const stop = async () => {
    await end('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  };
  // If the process ends without stop(), its data is deleted, too.
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
  try {
    await recipe.prepare(dir);
    await launch();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port: recipe.port,
    address: `127.0.0.1:${recipe.port}`,
    dir,
    get pid() {
      return daemon?.pid ?? -1;
    },
    stop,
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGKILL');
      await launch();
    },
  };
}

/** Tries again on other ports after a failure: another process may have taken a port between its choice and the start. */
export async function startService(recipe: () => Promise<Recipe>): Promise<Service> {
  try {
    return await startOnce(await recipe());
  } catch {
    return startOnce(await recipe());
  }
}

/** A broker process. All have the same cluster id, so that several can form one cluster. */
function kafkaRecipe(
  overrides: Readonly<Record<string, string>>,
  { listeners = [], scramUsers = [] }: BrokerSecurity,
  port: number,
  controllerPort: number,
): Recipe {
  const java = (main: string, ...args: string[]) => [...JVM_FLAGS, '-cp', join(kafkaLibs(), '*'), main, ...args];
  return {
    prefix: 'clv-test-kafka-',
    port,
    async prepare(dir) {
      const properties = join(dir, 'server.properties');
      writeFileSync(properties, brokerProperties(dir, port, controllerPort, overrides, listeners));
      const format = ['format', '-t', 'Y2x2LXN0cmVhbS10ZXN0cw', '-c', properties];
      for (const user of scramUsers) format.push('--add-scram', user);
      await promisify(execFile)('java', java('kafka.tools.StorageTool', ...format));
    },
    // The jars include no slf4j binding, so the broker logs nothing.
    launch: (dir) => startDaemon('java', java('kafka.Kafka', join(dir, 'server.properties')), join(dir, 'broker.log')),
    ready: () => answers(port),
  };
}

/** One KRaft broker (broker and controller in one), RF 1. `overrides` are broker properties. */
export async function startKafka(
  overrides: Readonly<Record<string, string>> = {},
  security: BrokerSecurity = {},
): Promise<Service> {
  return startService(async () => kafkaRecipe(overrides, security, await freePort(), await freePort()));
}

/** `size` KRaft brokers in one cluster. Every record has three copies and counts as written when two brokers have it. */
export async function startKafkaCluster(size = 3): Promise<Service[]> {
  const ports = await Promise.all(
    Array.from({ length: size }, async () => ({ port: await freePort(), controllerPort: await freePort() })),
  );
  const voters = ports.map(({ controllerPort }, i) => `${i + 1}@127.0.0.1:${controllerPort}`).join(',');
  const copies = {
    'controller.quorum.voters': voters,
    'default.replication.factor': `${size}`,
    'min.insync.replicas': '2',
    'offsets.topic.replication.factor': `${size}`,
    'transaction.state.log.replication.factor': `${size}`,
    'transaction.state.log.min.isr': '2',
  };
  const started = await Promise.allSettled(
    ports.map(({ port, controllerPort }, i) =>
      startOnce(kafkaRecipe({ ...copies, 'node.id': `${i + 1}` }, {}, port, controllerPort)),
    ),
  );
  const brokers = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = started.find((each) => each.status === 'rejected');
  if (failed !== undefined) {
    for (const broker of brokers) await broker.stop();
    throw failed.reason;
  }
  return brokers;
}

/** A Redis without persistence unless `args` override that (e.g. '--appendonly', 'yes'). */
export async function startRedis(args: readonly string[] = ['--appendonly', 'no', '--save', '']): Promise<Service> {
  const recipe = (port: number): Recipe => ({
    prefix: 'clv-test-redis-',
    port,
    prepare: () => pauseMs(0),
    launch: (dir) =>
      startDaemon(
        'redis-server',
        ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir, ...args],
        join(dir, 'redis.log'),
      ),
    ready: () => accepts(port),
  });
  return startService(async () => recipe(await freePort()));
}

const HOW = 'scripts/ci-services installs what is missing';

type Describe = (title: string, body: () => void) => void;

const describeWhere = (found: boolean, name: string): Describe =>
  found ? describe : (title, body) => describe.skip(`${title} (skipped: no ${name}; ${HOW})`, body);

/** Addresses from global-setup or from the user. null if there are none. */
export const kafkaBrokers = (): string[] | null => process.env.TEST_KAFKA_BROKERS?.split(',') ?? null;
export const redisUrl = (): string | null => process.env.TEST_REDIS_URL ?? null;

/** `describe` if a broker runs, else `describe.skip` with the reason in the title. */
export const describeWithKafka: Describe = (title, body) =>
  describeWhere(kafkaBrokers() !== null, 'Kafka broker')(title, body);
export const describeWithRedis: Describe = (title, body) => describeWhere(redisUrl() !== null, 'Redis')(title, body);
export const describeWithKafkaAndRedis: Describe = (title, body) =>
  describeWhere(kafkaBrokers() !== null && redisUrl() !== null, 'Kafka broker or Redis')(title, body);
/** For tests that start (and kill) a broker of their own. */
export const describeWithOwnKafka: Describe = (title, body) =>
  describeWhere(process.env.TEST_KAFKA_JARS === 'yes', 'Kafka jars')(title, body);
/** For tests that start (and kill) a broker and a Redis of their own. */
export const describeWithOwnServers: Describe = (title, body) =>
  describeWhere(process.env.TEST_KAFKA_JARS === 'yes' && redisUrl() !== null, 'Kafka jars or Redis')(title, body);
