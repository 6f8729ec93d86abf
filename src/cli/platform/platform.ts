import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../config/table';
import { minorPerMajor } from '../../domain/currency';
import { CUSTOMERS_TOPIC, type InputTopics, type OffsetVector } from '../../domain/event';
import type { Money } from '../../domain/scoring/prediction';
import { maxAheadMs } from '../../domain/time-rule';
import type { Arbiter } from '../../ports/arbiter';
import type { BackfillLedger } from '../../ports/backfill-ledger';
import type { Clock } from '../../ports/clock';
import type { LeaseTable } from '../../ports/lease-table';
import type { LogBounds, LogReader, LogWriter, TopicAdmin, TopicSpec } from '../../ports/log';
import type { LogWatch } from '../../ports/log-watch';
import type { ModelRegistry } from '../../ports/model-registry';
import type { Observer } from '../../ports/observer';
import type { PartitionSource } from '../../ports/partition-source';
import type { PrequentialReports } from '../../ports/prequential-reports';
import type { PublisherOwnership } from '../../ports/publisher';
import type { SchemaRegistry, SchemaSubjects } from '../../ports/schema-registry';
import type { StateAdoption, StateArchive } from '../../ports/state-archive';
import type { StateFormats } from '../../ports/state-formats';
import type { StateMend } from '../../ports/state-mend';
import type { StateReader, StateStore } from '../../ports/state-store';
import type { TierReleases } from '../../ports/tier-releases';
import { PACKAGE_DIRECTORY } from '../process/process';
import { namedFile } from './named-file';

/** The name of each topic. */
export interface Topics {
  /** Indexed by TopicIndex. */
  readonly inputs: InputTopics;
  readonly updates: string;
  readonly deadLetters: string;
  readonly models: string;
  /** Between trainers that share the label work. null if there is only one trainer. */
  readonly training: TrainingTopics | null;
}

export interface TrainingTopics {
  /** A partition for each partition of the inputs. */
  readonly examples: string;
  readonly learning: string;
}

/** Why the log can't be used, for people. */
export interface LogFault {
  /** With the address, the setting and the next step. Without a full stop at its end. */
  readonly text: string;
  /** Waiting does not mend it. */
  readonly lasts: boolean;
}

/** A consumer group, and what its members have in common, in words. A member that differs gets no partition. */
export interface GroupOfMembers {
  readonly id: string;
  readonly deployment: string;
}

/**
 * The log, the state and the model registry that a command works on: Kafka and Redis, or the embedded folder. Each call opens one
 * adapter. `close` closes all opened adapters, newest first.
 */
export interface Platform {
  readonly kind: 'kafka' | 'embedded';
  readonly topics: Topics;
  /** What an error says of the log. null: that it has not answered yet. */
  logFault(error: unknown): LogFault;
  /** Writers' schemas: the program's own, a folder, or a schema registry over HTTP. */
  readonly schemas: SchemaRegistry;
  /** null without a schema registry over HTTP. */
  readonly subjects: SchemaSubjects | null;
  admin(): TopicAdmin;
  reader(): LogReader;
  writer(): LogWriter;
  /**
   * The only writer of this name that can write in the deployment: see WriterFenced in ports/log. `appendWithinMs`: an append that takes longer,
   * or whose process has died, is given up. Readers of its partitions wait so long.
   */
  fencedWriter(name: string, appendWithinMs?: number): Promise<LogWriter>;
  /** Membership of a consumer group, and the records of its partitions. Default: the scorers' group. */
  source(group?: GroupOfMembers, arbiter?: Arbiter): PartitionSource;
  /**
   * The scorers' leases beside their group. null if the log has none, because its own ownership is a lease. `deployment`: text that is the
   * same for the scorers of one deployment only.
   */
  leaseTable(deployment: () => Promise<string>): LeaseTable | null;
  stateStore(): StateStore;
  stateReader(): StateReader;
  stateArchive(): StateArchive & StateAdoption;
  stateMend(): StateMend;
  stateFormats(): StateFormats;
  ownership(): PublisherOwnership;
  logWatch(): LogWatch;
  /**
   * Bounds of each input topic, for a scorer. If a log was cut below what this process has read, the bounds end at the cut, even if the log
   * has grown since.
   */
  inputBounds(): (partition: number) => Promise<readonly LogBounds[]>;
  /** `writer`: what it publishes with. Default: a writer of its own, which nobody fences. */
  registry(writer?: LogWriter): ModelRegistry;
  /** The trainer's reports on matured scores. They are stored beside its models. */
  reports(): PrequentialReports;
  /** What back-fills have written. It is stored beside the models, too. */
  backfills(): BackfillLedger;
  /** The cuts of the value tiers. They are stored beside the models, too. */
  tierReleases(): TierReleases;
  /** Emitted offsets of a partition as readers see them. The audit expects an outcome of every record below. Null if nothing was published. */
  emitted(partition: number): Promise<OffsetVector | null>;
  /** Compaction keeps all updates that were written at this time or later, ms. −Infinity if the topic is not compacted. */
  updatesKeptSinceMs(): Promise<number>;
  close(): Promise<void>;
}

/** How a platform is used. */
export interface PlatformUse {
  /** A service waits for a log that is away without end. Otherwise a reading gives up after a while. */
  readonly lasts?: boolean;
}

export interface PlatformOptions extends PlatformUse {
  readonly settings: Settings;
  readonly topics: Topics;
  readonly schemas: SchemaRegistry;
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
    training: settings.CLV_TRAIN_SHARED
      ? { examples: settings.CLV_TOPIC_EXAMPLES, learning: settings.CLV_TOPIC_LEARNING }
      : null,
  };
}

const DAY_MS = 86_400_000;
/** For this long the audit can match every input position to its one outcome. */
const UPDATES_COMPACTION_LAG_MS = 7 * DAY_MS;

/** A scorer or trainer that was stopped for this long must still see each deletion. */
const TOMBSTONES_KEPT_MS = 30 * DAY_MS;

/** A letter `timestamp-ahead` holds a decision of a clock. A partition that is folded again years later must find it. */
const FOR_EVER_MS = -1;

/** Room for what a dead letter adds to its record: the key again, the reason, its detail and headers. Larger keys are cut. */
const LETTER_ROOM_BYTES = 64 * 1024;

/** A record with an artefact must fit. */
const LARGEST_ARTEFACT_BYTES = 2 * 1024 * 1024;

/** A request of a writer must fit, and its largest record. */
const LARGEST_SLICE_BATCH_BYTES = 1024 * 1024;

/** All topics of a deployment, as `setup` creates them. */
export function topicSpecs(settings: Settings): TopicSpec[] {
  const { inputs, updates, deadLetters, models, training } = topicsOf(settings);
  const partitions = settings.CLV_PARTITIONS;
  const bounded = { maxAheadMs: maxAheadMs(settings.CLV_MAX_FUTURE_SECONDS * 1000) };
  const sized = { fits: inputs, fitsRoomBytes: LETTER_ROOM_BYTES };
  return [
    ...inputs.map((name, topic) =>
      topic === CUSTOMERS_TOPIC
        ? { name, partitions, ...bounded, compacted: true, tombstonesKeptMs: TOMBSTONES_KEPT_MS }
        : { name, partitions, ...bounded, compacted: false },
    ),
    {
      name: updates,
      partitions,
      compacted: true,
      minCompactionLagMs: UPDATES_COMPACTION_LAG_MS,
      stampedByLog: true,
      ...sized,
    },
    { name: deadLetters, partitions, compacted: false, retentionMs: FOR_EVER_MS, stampedByLog: true, ...sized },
    { name: models, partitions: 1, standsAlone: true, compacted: true, maxMessageBytes: LARGEST_ARTEFACT_BYTES },
    ...(training === null
      ? []
      : [
          {
            name: training.examples,
            partitions,
            compacted: true,
            tombstonesKeptMs: TOMBSTONES_KEPT_MS,
            maxMessageBytes: LARGEST_SLICE_BATCH_BYTES,
          },
          {
            name: training.learning,
            partitions: 1,
            standsAlone: true,
            compacted: true,
            maxMessageBytes: LARGEST_ARTEFACT_BYTES,
          } as const,
        ]),
  ];
}

export function moneyOf(settings: Settings): Money {
  return { currency: settings.CLV_CURRENCY, minorPerMajor: minorPerMajor(settings.CLV_CURRENCY) };
}

/** The artefact that a new deployment starts from. */
export function firstArtefact(settings: Settings): Uint8Array {
  const { CLV_MODEL: path } = settings;
  if (path !== null) return namedFile('CLV_MODEL', path);
  return readFileSync(join(PACKAGE_DIRECTORY, 'models', 'first-weights.clvm'));
}
