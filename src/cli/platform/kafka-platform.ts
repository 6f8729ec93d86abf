import type { Cluster } from 'kafkajs';
import { createCluster, createKafka, KafkaSockets } from '../../adapters/kafka/client';
import { connectionFault, kafkaAccess, sentences, silence } from '../../adapters/kafka/connection-fault';
import { readEmitted } from '../../adapters/kafka/emitted-offsets';
import { errorText } from '../../adapters/kafka/error-chain';
import { openFencedLogWriter } from '../../adapters/kafka/fenced-log-writer';
import { LeaderEpochs } from '../../adapters/kafka/leader-epochs';
import { fetchHeldBounds } from '../../adapters/kafka/log-bounds';
import { KafkaLogReader } from '../../adapters/kafka/log-reader';
import { KafkaLogWatch } from '../../adapters/kafka/log-watch';
import { KafkaLogWriter } from '../../adapters/kafka/log-writer';
import { KafkaPartitionSource } from '../../adapters/kafka/partition-source';
import { KafkaPublisherOwnership } from '../../adapters/kafka/publisher';
import type { KafkaLog, KafkaSettings, SourceSettings } from '../../adapters/kafka/settings';
import { KafkaTopicAdmin } from '../../adapters/kafka/topic-admin';
import { retryTransient } from '../../adapters/kafka/transient';
import { RedisConnection } from '../../adapters/redis/connection';
import { RedisLeaseTable } from '../../adapters/redis/lease-table';
import type { RedisSettings } from '../../adapters/redis/settings';
import { RedisStateArchive } from '../../adapters/redis/state-archive';
import { RedisStateFormats } from '../../adapters/redis/state-formats';
import { redisStateId } from '../../adapters/redis/state-id';
import { RedisStateMend } from '../../adapters/redis/state-mend';
import { RedisStateReader } from '../../adapters/redis/state-reader';
import { RedisStateStore } from '../../adapters/redis/state-store';
import { LogBackfillLedger } from '../../adapters/registry/log-backfill-ledger';
import { ConfigurationError } from '../../config/settings';
import type { Settings } from '../../config/table';
import { GIVES_UP_AFTER_MS } from '../../ports/patience';
import { modelRegistry, prequentialReports, tierReleases } from './model-topic';
import { namedFile } from './named-file';
import { OpenedAdapters } from './opened-adapters';
import type { Platform, PlatformOptions, Topics } from './platform';

/** All work is done by then: whatever is still in flight changes nothing. */
const CLOSE_DEADLINE_MS = 3_000;
/** A beat that is not answered by then is sent anew. */
const LEASE_COMMAND_TIMEOUT_MS = 500;

/** Kafka for the log, Redis for the state. Nothing connects before its first use. */
export async function openKafkaPlatform({
  settings,
  topics,
  schemas,
  observer,
  clock,
  lasts = false,
}: PlatformOptions): Promise<Platform> {
  const sockets = new KafkaSockets();
  const kafka = { ...kafkaSettings(settings), sockets };
  const access = kafkaAccess(kafka);
  const groupId = settings.CLV_APP;
  // kafkajs' own text (detail.logger) is mostly about retries that succeed. The observer learns of the outcomes that matter.
  const log: KafkaLog = (level, message, detail) => {
    if (level !== 'error' && level !== 'warn') return;
    if (detail.logger !== 'kafkajs' || settings.CLV_LOG_LEVEL === 'debug')
      observer.notice('warn', `kafka: ${message}`, detail);
  };
  const opened = new OpenedAdapters();
  const keep = opened.keep.bind(opened);
  const redis = () => {
    // Commands that need no Redis start without it. Whatever else opens the state says so instead of waiting for nothing.
    if (settings.REDIS_URL === null)
      throw new ConfigurationError(['REDIS_URL is not set: the state of Kafka is in Redis.']);
    return new RedisConnection(redisSettings(settings), {
      dependency: (up, reason) => observer.observe({ kind: 'dependency', name: 'redis', up, reason }),
      warning: (message) => observer.notice('warn', message),
    });
  };
  const reader = () => keep(new KafkaLogReader(kafka, log, lasts ? Number.POSITIVE_INFINITY : GIVES_UP_AFTER_MS));
  const writer = () => keep(new KafkaLogWriter(kafka, log));
  const epochs = new LeaderEpochs();
  const onCluster = <T>(use: (cluster: Cluster) => Promise<T>): Promise<T> =>
    retryTransient(async () => {
      const cluster = createCluster(createKafka(kafka, log));
      try {
        await cluster.connect();
        return await use(cluster);
      } finally {
        await cluster.disconnect().catch(() => undefined);
      }
    });
  const publisher = {
    groupId,
    epochs,
    inputTopics: topics.inputs,
    updatesTopic: topics.updates,
    deadLettersTopic: topics.deadLetters,
    transactionalIdPrefix: settings.CLV_APP,
    mode: settings.CLV_DELIVERY,
  };
  return {
    kind: 'kafka',
    topics,
    logFault: (error) => {
      const fault = error === null ? silence(access) : connectionFault(error, access);
      return fault === null ? { text: errorText(error), lasts: false } : { text: sentences(fault), lasts: fault.lasts };
    },
    schemas,
    subjects: null,
    admin: () => keep(new KafkaTopicAdmin(kafka, log)),
    reader,
    writer,
    fencedWriter: async (name, appendWithinMs) =>
      keep(await openFencedLogWriter(kafka, log, `${settings.CLV_APP}-${name}`, appendWithinMs)),
    source: (group, arbiter) => {
      const deployment = group === undefined ? scorersInWords(topics, keep(redis())) : async () => group.deployment;
      const source = { ...sourceSettings(settings, topics), groupId: group?.id ?? groupId, deployment, epochs };
      return new KafkaPartitionSource(kafka, source, log, arbiter);
    },
    leaseTable: (deployment) => keep(new RedisLeaseTable(leaseConnection(settings), deployment)),
    stateStore: () => keep(new RedisStateStore(redis())),
    stateReader: () => keep(new RedisStateReader(redis())),
    stateArchive: () => keep(new RedisStateArchive(redis())),
    stateMend: () => keep(new RedisStateMend(redis())),
    inputBounds: () => (partition) =>
      onCluster((cluster) =>
        Promise.all(topics.inputs.map((topic) => fetchHeldBounds(cluster, topic, partition, epochs))),
      ),
    logWatch: () => keep(new KafkaLogWatch(kafka, topics.inputs, log)),
    stateFormats: () => keep(new RedisStateFormats(redis())),
    ownership: () => keep(new KafkaPublisherOwnership(kafka, publisher, log)),
    registry: (own = writer()) => keep(modelRegistry({ topics, observer, reader: reader(), writer: own })),
    reports: () => prequentialReports({ topics, observer, reader: reader(), writer: writer() }),
    backfills: () => new LogBackfillLedger(topics.models, reader()),
    tierReleases: () => tierReleases({ topics, observer, reader: reader(), writer: writer() }),
    emitted: (partition) =>
      onCluster(async (cluster) => (await readEmitted(cluster, groupId, topics.inputs, partition)).emitted),
    updatesKeptSinceMs: async () => {
      const lagMs = await keep(new KafkaTopicAdmin(kafka, log)).compactionLagMs(topics.updates);
      return lagMs === null ? Number.NEGATIVE_INFINITY : clock.nowMs() - lagMs;
    },
    close: () => {
      const onLate = () => {
        observer.notice('warn', 'a connection to Kafka waits for an answer that does not come: it is closed');
        sockets.destroyAll();
      };
      // kafkajs may have opened a connection once more meanwhile. It would keep the process alive.
      return opened.close({ deadlineMs: CLOSE_DEADLINE_MS, clock, onLate }).finally(() => sockets.destroyAll());
    },
  };
}

function scorersInWords({ inputs, updates, deadLetters }: Topics, redis: RedisConnection): () => Promise<string> {
  return async () => {
    const state = await redisStateId(redis);
    return `topics ${inputs.join(', ')} to ${updates} and ${deadLetters}, state ${state} in Redis`;
  };
}

/** Its own connection: a beat must not wait behind a large commit. The store's connection reports what is wrong with Redis. */
function leaseConnection(settings: Settings): RedisConnection {
  const silent = { dependency: () => undefined, warning: () => undefined };
  return new RedisConnection({ ...redisSettings(settings), commandTimeoutMs: LEASE_COMMAND_TIMEOUT_MS }, silent);
}

function sourceSettings(settings: Settings, topics: Topics): SourceSettings {
  const sessionTimeoutMs = settings.CLV_SESSION_TIMEOUT_MS;
  return {
    groupId: settings.CLV_APP,
    inputTopics: topics.inputs,
    sessionTimeoutMs,
    // Five heartbeats per session: one lost heartbeat must not end the membership.
    heartbeatIntervalMs: Math.min(1_000, Math.floor(sessionTimeoutMs / 5)),
  };
}

/** How to connect to Kafka. Throws {@link ConfigurationError} if the certificate can't be read. */
export function kafkaSettings(settings: Settings): KafkaSettings {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = settings;
  return {
    brokers: settings.KAFKA_BROKERS,
    clientId: settings.CLV_APP,
    maxDecompressedBytes: settings.CLV_MAX_DECOMPRESSED_BYTES,
    ssl:
      settings.KAFKA_SSL &&
      (settings.KAFKA_SSL_CA === null || { ca: namedFile('KAFKA_SSL_CA', settings.KAFKA_SSL_CA).toString() }),
    ...(mechanism === 'none' ? {} : { sasl: { mechanism, username: username ?? '', password: password ?? '' } }),
  };
}

/** How to connect to Redis. Throws {@link ConfigurationError} if the certificate can't be read. */
export function redisSettings(settings: Settings): RedisSettings {
  const { REDIS_MODE: mode, REDIS_SENTINEL_MASTER: master } = settings;
  const { REDIS_SENTINEL_USERNAME: sentinelUser, REDIS_SENTINEL_PASSWORD: sentinelPassword } = settings;
  const { REDIS_URL: urls, REDIS_USERNAME: username, REDIS_PASSWORD: password, REDIS_SSL_CA: ca } = settings;
  return {
    urls: (urls ?? '').split(',').map((url) => url.trim()),
    keyPrefix: settings.CLV_REDIS_PREFIX,
    rewritesFile: settings.REDIS_AOF_REWRITE === 'after-start',
    ...(mode === 'auto' ? {} : { mode }),
    ...(master === null ? {} : { sentinel: { master, ...loginOf(sentinelUser, sentinelPassword) } }),
    ...loginOf(username, password),
    ...(ca === null ? {} : { ca: namedFile('REDIS_SSL_CA', ca).toString() }),
  };
}

function loginOf(username: string | null, password: string | null): { username?: string; password?: string } {
  return { ...(username === null ? {} : { username }), ...(password === null ? {} : { password }) };
}
