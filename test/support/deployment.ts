import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/adapters/system/clock';
import { auditDeployment } from '../../src/cli/compose/audit';
import { openSchemas } from '../../src/cli/compose/codecs';
import { awaitOutputIds } from '../../src/cli/compose/output-ids';
import { openScorer } from '../../src/cli/compose/scorer';
import { openPlatform } from '../../src/cli/platform/open-platform';
import { type Platform, topicSpecs } from '../../src/cli/platform/platform';
import { readSettings } from '../../src/config/settings';
import type { Settings } from '../../src/config/table';
import type { PartitionVerdict } from '../../src/domain/audit/audit';
import type { DeadLetter } from '../../src/domain/dead-letter';
import type { OffsetVector } from '../../src/domain/event';
import type { SequenceState } from '../../src/domain/state/sequence-state';
import type { ClvUpdate } from '../../src/domain/update';
import type { FactHandlers } from '../../src/observability/fact-handlers';
import type { Clock } from '../../src/ports/clock';
import type { LogReader, LogRecord, OutgoingRecord } from '../../src/ports/log';
import { DeadLetterCodec } from '../../src/serde/dead-letter-codec';
import { decodeState } from '../../src/serde/state-blob';
import { UpdateCodec } from '../../src/serde/update-codec';
import type { ScorerService } from '../../src/services/scorer/scorer-service';
import { until } from './process';
import { type Notice, quietObserver } from './quiet-observer';
import { kafkaBrokers, redisUrl } from './services';

export type DeploymentKind = 'embedded' | 'kafka';

/** One deployment of the program for one test: its own topics, group, key prefix and folder, built by the program's own composition. */
export interface Deployment {
  readonly kind: DeploymentKind;
  readonly settings: Settings;
  readonly platform: Platform;
  readonly notices: Notice[];
  /** Versions that the scorer refused. */
  readonly refusedModels: string[];
  write(records: readonly OutgoingRecord[]): Promise<void>;
  /** `clock`: default the system's. */
  startScorer(clock?: Clock): Promise<ScorerService>;
  /** Waits until every input record is published. */
  drained(deadlineMs?: number): Promise<void>;
  /** Waits until the state includes every input record, for instance after a rebuild. */
  folded(): Promise<void>;
  updates(): Promise<ClvUpdate[]>;
  deadLetters(): Promise<DeadLetter[]>;
  states(): Promise<Map<string, SequenceState>>;
  audit(): Promise<PartitionVerdict[]>;
  close(): Promise<void>;
}

/** The end of a log may be a transaction's marker, which is never folded, so only records count. */
async function holdsRecordFrom(reader: LogReader, topic: string, partition: number, offset: number): Promise<boolean> {
  if (offset >= (await reader.bounds(topic, partition)).end) return false;
  let found = false;
  await reader.readToEnd([{ topic, partition, offset }], async ({ records }) => {
    found ||= records.length > 0;
  });
  return found;
}

/**
 * Opens one on the embedded folder, or on the run's Kafka and Redis. `changes` are settings as in the environment, `handlers` get the facts of
 * its scorers.
 */
export async function openDeployment(
  kind: DeploymentKind,
  changes: Record<string, string> = {},
  handlers: Partial<FactHandlers> = {},
): Promise<Deployment> {
  const home = mkdtempSync(join(tmpdir(), 'clv-test-'));
  const name = `t${randomUUID().slice(0, 8)}`;
  const settings = readSettings({
    CLV_HOME: home,
    CLV_PARTITIONS: '3',
    ...(kind === 'kafka' ? kafkaSettings(name) : {}),
    ...changes,
  });
  const notices: Notice[] = [];
  const refusedModels: string[] = [];
  const observer = quietObserver(notices, {
    'model-refused': ({ version }) => void refusedModels.push(version),
    ...handlers,
  });
  const platform = await openPlatform(settings, observer, systemClock);
  await platform.admin().ensureTopics(topicSpecs(settings));
  const partitions = settings.CLV_PARTITIONS;
  const schemas = await openSchemas(platform);
  const reader = platform.reader();
  const writer = platform.writer();
  const scorers: ScorerService[] = [];

  const readAll = async (topic: string, take: (record: LogRecord) => void): Promise<void> => {
    for (let partition = 0; partition < partitions; partition++) {
      await reader.readToEnd([{ topic, partition, offset: 0 }], async ({ records }) => records.forEach(take));
    }
  };
  /** Waits until these offsets are beyond every input record. */
  const reach = (what: string, offsetsOf: (partition: number) => Promise<OffsetVector | null>, deadlineMs: number) =>
    until(
      what,
      async () => {
        for (let partition = 0; partition < partitions; partition++) {
          const reached = await offsetsOf(partition);
          for (const [index, topic] of platform.topics.inputs.entries()) {
            if (await holdsRecordFrom(reader, topic, partition, reached?.[index] ?? 0)) return false;
          }
        }
        return true;
      },
      deadlineMs,
    );
  return {
    kind,
    settings,
    platform,
    notices,
    refusedModels,
    write: (records) => writer.append(records),
    startScorer: async (clock = systemClock) => {
      const { signal } = new AbortController();
      const outputIds = await awaitOutputIds(platform, settings, { observer, clock, signal });
      const scorer = openScorer({ platform, settings, partitions, schemas, outputIds, observer, clock });
      scorers.push(scorer);
      await scorer.start();
      return scorer;
    },
    drained: (deadlineMs = 120_000) =>
      reach('every input record is published', (partition) => platform.emitted(partition), deadlineMs),
    folded: () => {
      const states = platform.stateReader();
      return reach('every input record is folded', (partition) => states.folded(partition), 120_000);
    },
    updates: async () => {
      const codec = new UpdateCodec(schemas);
      const updates: ClvUpdate[] = [];
      await readAll(platform.topics.updates, ({ value }) => {
        const decoded = codec.decode(value);
        if (!decoded.ok) throw new Error(decoded.detail);
        updates.push(decoded.value);
      });
      return updates;
    },
    deadLetters: async () => {
      const codec = new DeadLetterCodec(schemas);
      const letters: DeadLetter[] = [];
      await readAll(platform.topics.deadLetters, ({ value }) => {
        const decoded = codec.decode(value);
        if (!decoded.ok) throw new Error(decoded.detail);
        letters.push(decoded.value);
      });
      return letters;
    },
    states: async () => {
      const states = new Map<string, SequenceState>();
      const stateReader = platform.stateReader();
      for (let partition = 0; partition < partitions; partition++) {
        for await (const { customerId, state } of stateReader.scan(partition))
          states.set(customerId, decodeState(state));
      }
      return states;
    },
    audit: () => auditDeployment({ platform, settings, partitions, schemas }, null),
    close: async () => {
      for (const scorer of scorers) await scorer.stop();
      await platform.close();
      rmSync(home, { recursive: true, force: true });
    },
  };

  function kafkaSettings(prefix: string): Record<string, string> {
    return {
      KAFKA_BROKERS: kafkaBrokers()?.join(',') ?? '',
      REDIS_URL: redisUrl() ?? '',
      CLV_REDIS_PREFIX: prefix,
      CLV_APP: prefix,
      CLV_TOPIC_ORDERS: `${prefix}-orders`,
      CLV_TOPIC_CLICKS: `${prefix}-clicks`,
      CLV_TOPIC_BROWSES: `${prefix}-browses`,
      CLV_TOPIC_TICKS: `${prefix}-ticks`,
      CLV_TOPIC_REVIEWS: `${prefix}-reviews`,
      CLV_TOPIC_CUSTOMERS: `${prefix}-customers`,
      CLV_TOPIC_UPDATES: `${prefix}-updates`,
      CLV_TOPIC_DEAD_LETTERS: `${prefix}-dead-letters`,
      CLV_TOPIC_MODELS: `${prefix}-models`,
      CLV_TOPIC_EXAMPLES: `${prefix}-examples`,
      CLV_TOPIC_LEARNING: `${prefix}-learning`,
    };
  }
}
