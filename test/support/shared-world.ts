import { sha256 } from '../../src/adapters/system/digest';
import { INPUT_ROLES } from '../../src/domain/event';
import type { NetworkWeights } from '../../src/domain/network/weights';
import type { Clock } from '../../src/ports/clock';
import type { Learner } from '../../src/ports/learner';
import type { LogReader, LogWriter } from '../../src/ports/log';
import type { PartitionSource, SourceHandlers } from '../../src/ports/partition-source';
import type { TrainerSettings } from '../../src/services/trainer/settings';
import { type Learning, LearningLog } from '../../src/services/trainer/shared/learning-log';
import { SharedTrainer } from '../../src/services/trainer/shared/shared-trainer';
import { artefactOf } from './hand-model';
import type { TopicLogs } from './label-streams';
import { MemoryLog } from './memory-log';
import { jsonDecoder, MemoryRegistry, MemoryReports } from './memory-topics';
import { MemoryTrainerStore } from './memory-trainer-store';
import { quietObserver } from './quiet-observer';
import { ReachedDay } from './reached-day';
import { realClock } from './real-clock';
import type { Seeded } from './seeded';

export const EXAMPLES = 'clv-examples';
export const LEARNING = 'clv-learning';

const HEARTBEAT_MS = 20;

/** The process does nothing more. */
export class Killed extends Error {}

export type Doom = 'now' | 'write' | 'release';
/** How long a process may live on until it does what it is to die of. */
const DOOMED_MS = 600;

/** One trainer process. Its store outlives it. */
interface TrainerProcess {
  readonly handlers: { current: SourceHandlers | null };
  readonly ended: Promise<void>;
  readonly stop: AbortController;
  owned: Set<number>;
  /** It writes nothing more, and does not know it. */
  isDead: boolean;
  /** It dies right after the next write or release of this kind. */
  doom: Doom | null;
  /** It has lost contact with the group, and works on what it had. */
  isZombie: boolean;
}

export interface SharedWorld {
  readonly log: MemoryLog;
  readonly registry: MemoryRegistry;
  readonly notices: { level: string; message: string }[];
  readonly living: readonly TrainerProcess[];
  feed(logs: TopicLogs): void;
  /** Starts a process on the store of this number. */
  start(host: number): TrainerProcess;
  /**
   * It stops in the middle of whatever it does, or right after its next write or release if there is one soon. The group learns of it later,
   * by {@link rebalance}.
   */
  kill(process: TrainerProcess, doom: Doom): Promise<void>;
  /** Gives a process these partitions, and no others. */
  give(process: TrainerProcess, partitions: readonly number[]): void;
  /** Deals the partitions out among the living. A zombie keeps working on what it had, and hears of nothing. */
  rebalance(zombie?: TrainerProcess): void;
  learning(): Promise<Learning | null>;
  /** Stops all in order. Rejects with the fault of a process. */
  close(): Promise<void>;
}

export interface SharedWorldOptions {
  readonly partitions: number;
  readonly seeded: Seeded;
  readonly learner: () => Learner;
  readonly first: NetworkWeights;
  readonly settings: TrainerSettings;
  readonly clock?: Clock;
  /** Most records of a batch. */
  readonly batchRecords?: number;
  /** Called before each request to the log, with the name of the writer or topic. Throws what the log answers. */
  readonly request?: (kind: LogRequest, of: string) => void;
}

export type LogRequest = 'open' | 'close' | 'append' | 'read';

/** Trainers that share the label work, on one log and one model registry in memory. */
export function sharedWorld(options: SharedWorldOptions): SharedWorld {
  const { partitions, seeded, learner, first, settings } = options;
  const { clock = realClock, batchRecords = 400, request = () => undefined } = options;
  const log = new MemoryLog(() => 1 + seeded.below(batchRecords));
  const registry = new MemoryRegistry();
  const notices: { level: string; message: string }[] = [];
  const stores = new Map<number, MemoryTrainerStore>();
  const living: TrainerProcess[] = [];
  const faults: unknown[] = [];

  /** A writer that dies with its process, at a random write: before it or right after it. */
  const mortal = (name: string, process: () => TrainerProcess): LogWriter => {
    const writer = log.fencedWriter(name);
    return {
      append: async (records) => {
        if (process().isDead) throw new Killed();
        request('append', name);
        await writer.append(records);
        if (process().doom === 'write') process().isDead = true;
        if (process().isDead) throw new Killed();
      },
      close: async () => {
        request('close', name);
        await writer.close();
      },
    };
  };

  const deal = (process: TrainerProcess, partitionsNow: Set<number>) => {
    const before = process.owned;
    process.owned = partitionsNow;
    const { current } = process.handlers;
    if (current === null) return;
    for (const p of before) if (!partitionsNow.has(p)) void current.revoked(p);
    for (const p of partitionsNow) if (!before.has(p)) current.assigned(p);
  };
  const heartbeats = setInterval(() => {
    for (const { owned, handlers, isZombie } of living)
      if (!isZombie) for (const p of owned) handlers.current?.confirmed(p);
  }, HEARTBEAT_MS);

  const world: SharedWorld = {
    log,
    registry,
    notices,
    living,
    feed(logs) {
      logs.forEach((events, i) => {
        for (let p = 0; p < partitions; p++)
          log.feed(
            INPUT_ROLES[i]!,
            p,
            events.filter(({ customerId }) => partitionOf(customerId, partitions) === p),
          );
      });
    },
    start(host) {
      const store = stores.get(host) ?? new MemoryTrainerStore();
      stores.set(host, store);
      const handlers = { current: null as SourceHandlers | null };
      const stop = new AbortController();
      const source = {
        start: async (given: SourceHandlers) => {
          handlers.current = given;
          for (const p of self.owned) given.assigned(p);
        },
        stop: async () => {
          await Promise.all([...self.owned].map((p) => handlers.current?.revoked(p)));
          handlers.current = null;
        },
      } as unknown as PartitionSource;
      const own = learner();
      const trainer = new SharedTrainer(
        {
          source,
          reader: slowReader(log, seeded, (topic) => request('read', topic)),
          decoder: jsonDecoder,
          store,
          clock,
          sha256,
          learner: own,
          observer: quietObserver(notices),
          reports: new MemoryReports(),
          openWriter: async (name) => {
            if (self.isDead) throw new Killed();
            request('open', name);
            return mortal(name, () => self);
          },
          openRegistry: (writer) => fencedRegistry(registry, writer, () => self),
        },
        {
          ...{ topics: INPUT_ROLES, partitions, minorPerMajor: 100, firstArtefact: artefactOf(first), seed: 5 },
          ...{ settings, examplesTopic: EXAMPLES, learningTopic: LEARNING },
        },
      );
      const self: TrainerProcess = {
        handlers,
        stop,
        owned: new Set(),
        isDead: false,
        isZombie: false,
        doom: null,
        ended: Promise.resolve(),
      };
      const ended = trainer.run(stop.signal).catch((error) => {
        if (!self.isDead) faults.push(error);
      });
      const process = Object.assign(self, { ended });
      living.push(process);
      return process;
    },
    async kill(process, doom) {
      process.doom = doom;
      for (let waitedMs = 0; doom !== 'now' && !process.isDead && waitedMs < DOOMED_MS; waitedMs += 5)
        await realClock.sleep(5);
      process.isDead = true;
      living.splice(living.indexOf(process), 1);
      process.stop.abort();
      await process.ended;
    },
    give: (process, given) => deal(process, new Set(given)),
    rebalance(zombie) {
      const shares = living.map(() => new Set<number>());
      const heirs = living.flatMap((process, i) => (process === zombie ? [] : [i]));
      if (heirs.length === 0) return;
      for (let p = 0; p < partitions; p++) shares[heirs[(p * 7 + seeded.below(97)) % heirs.length]!]!.add(p);
      living.forEach((process, i) => {
        process.isZombie = process === zombie;
        if (process !== zombie) deal(process, shares[i]!);
      });
    },
    learning: () => new LearningLog({ reader: log, clock: realClock, sha256 }, LEARNING).restore(),
    async close() {
      clearInterval(heartbeats);
      for (const { stop } of living) stop.abort();
      await Promise.all(living.map(({ ended }) => ended));
      if (faults.length > 0) throw faults[0];
    },
  };
  return world;
}

/** The registry is written with the learner's writer, so a zombie can't announce. */
function fencedRegistry(registry: MemoryRegistry, writer: LogWriter, process: () => TrainerProcess): MemoryRegistry {
  return new Proxy(registry, {
    get(target, name) {
      if (name !== 'publish') return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name);
      return async (...announced: Parameters<MemoryRegistry['publish']>) => {
        await writer.append([]);
        await target.publish(...announced);
        if (process().doom === 'release') process().isDead = true;
        if (process().isDead) throw new Killed();
      };
    },
  });
}

export function partitionOf(customerId: string, partitions: number): number {
  return Number(/\d+$/.exec(customerId)![0]) % partitions;
}

/** The last day that one trainer works on after it has read all. */
export function lastDayOf(logs: TopicLogs, partitions: number, settings: TrainerSettings): number {
  const reached = new ReachedDay(partitions, settings);
  logs.forEach((events, topic) => {
    for (const event of events) reached.feed(partitionOf(event.customerId, partitions), topic, [event]);
  });
  return reached.lastDayS;
}

/** Each process reads a few partitions slowly. */
function slowReader(log: MemoryLog, seeded: Seeded, onRead: (topic: string) => void): LogReader {
  const slow = new Set([seeded.below(4), seeded.below(4)]);
  return {
    bounds: async (topic, partition) => {
      onRead(topic);
      return log.bounds(topic, partition);
    },
    readToEnd: async (positions, onBatch) => {
      for (const { topic } of positions) onRead(topic);
      await log.readToEnd(positions, onBatch);
    },
    follow: (positions, onBatch, signal) =>
      log.follow(
        positions,
        async (batch) => {
          if (slow.has(batch.partition)) await realClock.sleep(seeded.below(6), signal);
          await onBatch(batch);
        },
        signal,
      ),
    close: async () => undefined,
  };
}
