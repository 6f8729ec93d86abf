import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  type Cluster,
  type ISocketFactory,
  Kafka,
  type KafkaConfig,
  type LogEntry,
  logLevel,
  type RetryOptions,
  type SASLOptions,
} from 'kafkajs';
import type { KafkaLog, KafkaSettings } from './settings';

/**
 * Retries of single requests inside kafkajs: coordinator look-ups, connections, InitProducerId while a transaction is being settled. Short,
 * because every caller has its own back-off. The end of a transaction is never retried.
 */
export const CLIENT_RETRY: RetryOptions = {
  initialRetryTime: 20,
  factor: 0.2,
  multiplier: 1.7,
  maxRetryTime: 500,
  retries: 10,
};

const LEVELS = new Map<logLevel, 'debug' | 'info' | 'warn' | 'error'>([
  [logLevel.ERROR, 'error'],
  [logLevel.WARN, 'warn'],
  [logLevel.INFO, 'info'],
  [logLevel.DEBUG, 'debug'],
]);

const KEEP_ALIVE_MS = 60_000;

/** The sockets of a process's Kafka objects. kafkajs can't give up a request: it waits for the answer even while it disconnects. */
export class KafkaSockets {
  private readonly open = new Set<Socket>();

  readonly connect: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    const socket = ssl
      ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
      : connectPlain({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.open.add(socket);
    socket.once('close', () => this.open.delete(socket));
    return socket;
  };

  /** Fails every request in flight. */
  destroyAll(): void {
    for (const socket of this.open) socket.destroy(new Error('closed by this process'));
  }
}

function toLog(log: KafkaLog): (entry: LogEntry) => void {
  return ({ namespace, level, log: { message, timestamp: _, ...detail } }) =>
    log(LEVELS.get(level) ?? 'debug', namespace ? `kafkajs ${namespace}: ${message}` : `kafkajs: ${message}`, detail);
}

/**
 * Creates a Kafka object. Use a separate one for each consumer and each producer: kafkajs caches committed offsets in it, even those of
 * aborted transactions, and returns them to all of its clients.
 */
export function createKafka(settings: KafkaSettings, log: KafkaLog, retry: RetryOptions = CLIENT_RETRY): Kafka {
  const config: KafkaConfig = {
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    retry,
    connectionTimeout: 3_000,
    logLevel: logLevel.WARN,
    logCreator: () => toLog(log),
  };
  if (settings.ssl) config.ssl = settings.ssl === true ? true : { ca: [settings.ssl.ca] };
  if (settings.sockets) config.socketFactory = settings.sockets.connect;
  // kafkajs' type is a union over the three mechanisms; ours is one shape.
  if (settings.sasl) config.sasl = { ...settings.sasl } as SASLOptions;
  return new Kafka(config);
}

/**
 * A kafkajs cluster (metadata, connections, one method per protocol request) without a consumer group. kafkajs passes it to every partition
 * assigner, so a consumer that never runs is the public way to get one. Its list-offsets request returns the high watermark. A fetch names
 * its own isolation level.
 */
export function createCluster(kafka: Kafka): Cluster {
  let captured: Cluster | null = null;
  kafka.consumer({
    groupId: 'never-joined',
    readUncommitted: true,
    allowAutoTopicCreation: false,
    metadataMaxAge: 60_000,
    partitionAssigners: [
      ({ cluster }) => {
        captured = cluster;
        const refuse = () => {
          throw new Error('this consumer joins no group');
        };
        return { name: 'none', version: 0, assign: refuse, protocol: refuse };
      },
    ],
  });
  if (captured === null) throw new Error('kafkajs did not hand its cluster to the assigner; kafkajs 2.2.4 is expected');
  return captured;
}
