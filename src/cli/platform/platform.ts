import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../config/table';
import { CUSTOMERS_TOPIC, INPUT_ROLES, type InputTopics, type OffsetVector } from '../../domain/event';
import { minorPerMajor } from '../../domain/money';
import type { Money } from '../../domain/scoring/prediction';
import type { Clock } from '../../ports/clock';
import type { LogBounds, LogReader, LogWriter, TopicAdmin, TopicSpec } from '../../ports/log';
import type { LogWatch } from '../../ports/log-watch';
import type { ModelRegistry } from '../../ports/model-registry';
import type { Observer } from '../../ports/observer';
import type { PartitionSource } from '../../ports/partition-source';
import type { PrequentialReports } from '../../ports/prequential-reports';
import type { PublisherOwnership } from '../../ports/publisher';
import type { StateAdoption, StateArchive } from '../../ports/state-archive';
import type { StateFormats } from '../../ports/state-formats';
import type { StateMend } from '../../ports/state-mend';
import type { StateReader, StateStore } from '../../ports/state-store';
import { PACKAGE_DIRECTORY, StoppedEarly } from '../process/process';

/** Topic names by their part. */
export interface Topics {
  /** By TopicIndex. */
  readonly inputs: InputTopics;
  readonly updates: string;
  readonly deadLetters: string;
  readonly models: string;
}

/**
 * The log, the state and the registry that a command works on: Kafka and Redis, or the embedded folder. Each call opens one adapter;
 * `close` closes whatever was opened, newest first.
 */
export interface Platform {
  readonly kind: 'kafka' | 'embedded';
  readonly topics: Topics;
  admin(): TopicAdmin;
  reader(): LogReader;
  writer(): LogWriter;
  /** The only living writer of this name in the deployment: see WriterFenced of ports/log. */
  fencedWriter(name: string): Promise<LogWriter>;
  source(): PartitionSource;
  stateStore(): StateStore;
  stateReader(): StateReader;
  stateArchive(): StateArchive & StateAdoption;
  stateMend(): StateMend;
  stateFormats(): StateFormats;
  ownership(): PublisherOwnership;
  logWatch(): LogWatch;
  /** What the log holds of each input topic, for a scorer: one that was cut below what was read of it ends there, also where it grew again. */
  inputBounds(): (partition: number) => Promise<readonly LogBounds[]>;
  registry(): ModelRegistry;
  /** The trainer's judgement of stored scores, beside its models. */
  reports(): PrequentialReports;
  /** E(p) as readers see it: what the audit must find an outcome of; null where nothing was published. */
  emitted(partition: number): Promise<OffsetVector | null>;
  /** Compaction can't have taken updates of records with this log timestamp or a later one, ms; −Infinity where it takes none. */
  updatesKeptSinceMs(): Promise<number>;
  close(): Promise<void>;
}

export interface PlatformOptions {
  readonly settings: Settings;
  readonly topics: Topics;
  readonly observer: Observer;
  readonly clock: Clock;
}

export function topicsOf(settings: Settings): Topics {
  return {
    inputs: [
      settings.CLV_TOPIC_ORDERS,
      settings.CLV_TOPIC_CLICKS,
      settings.CLV_TOPIC_BROWSES,
      settings.CLV_TOPIC_TICKS,
      settings.CLV_TOPIC_REVIEWS,
      settings.CLV_TOPIC_CUSTOMERS,
    ],
    updates: settings.CLV_TOPIC_UPDATES,
    deadLetters: settings.CLV_TOPIC_DEAD_LETTERS,
    models: settings.CLV_TOPIC_MODELS,
  };
}

const DAY_MS = 86_400_000;
/** Within it every input position can be matched to its one outcome (the audit). */
const UPDATES_COMPACTION_LAG_MS = 7 * DAY_MS;

/** A deletion must reach a scorer and a trainer that were away for as long. */
const TOMBSTONES_KEPT_MS = 30 * DAY_MS;

/** What a dead letter adds to its record: the key again, the reason and its detail, headers. Larger keys are cut. */
const LETTER_ROOM_BYTES = 64 * 1024;

/** Every topic of a deployment, as `setup` creates it. */
export function topicSpecs(settings: Settings): TopicSpec[] {
  const { inputs, updates, deadLetters, models } = topicsOf(settings);
  const partitions = settings.CLV_PARTITIONS;
  const sized = { fits: inputs, fitsRoomBytes: LETTER_ROOM_BYTES };
  return [
    ...inputs.map((name, topic) =>
      topic === CUSTOMERS_TOPIC
        ? { name, partitions, compacted: true, tombstonesKeptMs: TOMBSTONES_KEPT_MS }
        : { name, partitions, compacted: false },
    ),
    { name: updates, partitions, compacted: true, minCompactionLagMs: UPDATES_COMPACTION_LAG_MS, ...sized },
    { name: deadLetters, partitions, compacted: false, ...sized },
    { name: models, partitions: 1, compacted: true, maxMessageBytes: 2 * 1024 * 1024 },
  ];
}

export function moneyOf(settings: Settings): Money {
  return { currency: settings.CLV_CURRENCY, minorPerMajor: minorPerMajor(settings.CLV_CURRENCY) };
}

/** The artefact that a deployment starts from. */
export function firstArtefact(settings: Settings): Uint8Array {
  return readFileSync(settings.CLV_MODEL ?? join(PACKAGE_DIRECTORY, 'models', 'first-weights.clvm'));
}

/**
 * Waits until every input topic exists, with one partition count, and says that count. The log may be away, or setup may still be to
 * run: then says so, and tries again. Differing counts are a fault that no waiting mends: throws.
 */
export async function awaitPartitions(
  platform: Platform,
  observer: Observer,
  clock: Clock,
  signal: AbortSignal,
): Promise<number> {
  const admin = platform.admin();
  const { inputs, updates, deadLetters, models } = platform.topics;
  const needed = [...inputs, updates, deadLetters, models];
  for (let waitMs = 500; !signal.aborted; waitMs = Math.min(2 * waitMs, 10_000)) {
    try {
      const counts = await admin.partitionCounts(needed);
      const missing = needed.filter((name) => !counts.has(name));
      if (missing.length === 0) return commonCount(platform.topics, counts);
      observer.notice('warn', `topics ${missing.join(', ')} do not exist; run clv-stream setup`, { waitMs });
    } catch (error) {
      if (error instanceof TopicMismatch) throw error;
      observer.notice('warn', 'the log is not reachable; trying again', { error: String(error), waitMs });
    }
    await clock.sleep(waitMs, signal);
  }
  throw new StoppedEarly('stopped while waiting for the topics');
}

/** The topics of one deployment differ in partition count. */
class TopicMismatch extends Error {
  readonly code = 'CLV_TOPIC_MISMATCH';
}

function commonCount({ inputs, updates, deadLetters }: Topics, counts: ReadonlyMap<string, number>): number {
  const partitioned = [...inputs, updates, deadLetters];
  const partitions = counts.get(inputs[0])!;
  if (partitioned.every((name) => counts.get(name) === partitions)) return partitions;
  const found = partitioned.map((name) => `${name} ${counts.get(name)}`).join(', ');
  throw new TopicMismatch(
    `All events of a customer must lie in one partition number, so every topic needs the same partition count; found ${found}. Create the odd ones anew with the count of the others, or, where one is not of this deployment, name another (CLV_TOPIC_…; ${INPUT_ROLES.join(', ')} are the inputs).`,
  );
}
