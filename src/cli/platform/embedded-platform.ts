import { join } from 'node:path';
import { openEmbedded } from '../../adapters/embedded/environment';
import { EmbeddedFencedLogWriter } from '../../adapters/embedded/fenced-log-writer';
import { EmbeddedLogReader } from '../../adapters/embedded/log-reader';
import { LogTable } from '../../adapters/embedded/log-table';
import { EmbeddedLogWatch } from '../../adapters/embedded/log-watch';
import { EmbeddedLogWriter } from '../../adapters/embedded/log-writer';
import { EmbeddedPartitionSource } from '../../adapters/embedded/partition-source';
import { EmbeddedPublisherOwnership } from '../../adapters/embedded/publisher';
import { EmbeddedStateArchive } from '../../adapters/embedded/state-archive';
import { EmbeddedStateFormats } from '../../adapters/embedded/state-formats';
import { EmbeddedStateMend } from '../../adapters/embedded/state-mend';
import { EmbeddedStateReader } from '../../adapters/embedded/state-reader';
import { EmbeddedStateStore } from '../../adapters/embedded/state-store';
import { EmbeddedTopicAdmin, TopicTable } from '../../adapters/embedded/topics';
import { LogBackfillLedger } from '../../adapters/registry/log-backfill-ledger';
import type { Settings } from '../../config/table';
import { modelRegistry, prequentialReports, tierReleases } from './model-topic';
import { type Platform, type PlatformOptions, topicSpecs } from './platform';

/** The folder `log` of CLV_HOME: one LMDB environment that every process of the deployment opens. */
export function embeddedFolder({ CLV_HOME: home }: Pick<Settings, 'CLV_HOME'>): string {
  return join(home, 'log');
}

export async function openEmbeddedPlatform({
  settings,
  topics,
  schemas,
  observer,
  clock,
}: PlatformOptions): Promise<Platform> {
  const env = openEmbedded({ path: embeddedFolder(settings) });
  const table = new TopicTable(env);
  const limit = settings.CLV_EMBEDDED_MAX_RECORDS;
  const log = new LogTable(env, limit === 0 ? {} : { maxRecordsPerPartition: limit });
  const opened: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(adapter: T): T => {
    opened.push(adapter);
    return adapter;
  };
  const admin = new EmbeddedTopicAdmin(env);
  const { faults } = await admin.ensureTopics(topicSpecs(settings));
  for (const { topic, fault } of faults) observer.notice('warn', `topic ${topic}: ${fault}`);
  const outputs = { updates: topics.updates, deadLetters: topics.deadLetters };
  const reader = () => keep(new EmbeddedLogReader(env, table, log, clock));
  const writer = () => keep(new EmbeddedLogWriter(env, table, log));
  return {
    kind: 'embedded',
    topics,
    logFault: (error) => ({ text: error instanceof Error ? error.message : `${error}`, lasts: true }),
    schemas,
    subjects: null,
    admin: () => admin,
    reader,
    writer,
    fencedWriter: async (name) => new EmbeddedFencedLogWriter(env, writer(), `${settings.CLV_APP}-${name}`),
    source: ({ id: group } = { id: settings.CLV_APP, deployment: '' }) =>
      new EmbeddedPartitionSource(env, table, log, clock, { inputTopics: topics.inputs, group }),
    leaseTable: () => null,
    stateStore: () => keep(new EmbeddedStateStore(env, table, log, outputs)),
    stateReader: () => keep(new EmbeddedStateReader(env)),
    stateArchive: () => keep(new EmbeddedStateArchive(env)),
    stateMend: () => keep(new EmbeddedStateMend(env)),
    inputBounds: () => {
      const log = reader();
      return (partition) => Promise.all(topics.inputs.map((topic) => log.bounds(topic, partition)));
    },
    logWatch: () => keep(new EmbeddedLogWatch(env, table, topics.inputs)),
    stateFormats: () => keep(new EmbeddedStateFormats(env)),
    ownership: () => keep(new EmbeddedPublisherOwnership(env, table, log, outputs)),
    registry: (own = writer()) => keep(modelRegistry({ topics, observer, reader: reader(), writer: own })),
    reports: () => prequentialReports({ topics, observer, reader: reader(), writer: writer() }),
    backfills: () => new LogBackfillLedger(topics.models, reader()),
    tierReleases: () => tierReleases({ topics, observer, reader: reader(), writer: writer() }),
    // The embedded log compacts by size and ignores the age of records.
    updatesKeptSinceMs: async () => (limit === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY),
    emitted: (partition) => new EmbeddedStateReader(env).folded(partition),
    close: async () => {
      for (const adapter of opened.reverse()) await adapter.close();
      await env.close();
    },
  };
}
