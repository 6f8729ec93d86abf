import { sha256 } from '../../src/adapters/system/digest';
import { INPUT_ROLES } from '../../src/domain/event';
import type { NetworkWeights } from '../../src/domain/network/weights';
import type { Example } from '../../src/domain/scoring/example';
import type { FitOptions, Learner, TrainingScope } from '../../src/ports/learner';
import type { FactOf } from '../../src/ports/observer';
import type { TrainerSettings } from '../../src/services/trainer/settings';
import { Trainer } from '../../src/services/trainer/trainer';
import { artefactOf } from './hand-model';
import type { TopicLogs } from './label-streams';
import { jsonDecoder, MemoryRegistry, MemoryReports, MemoryTopics } from './memory-topics';
import { MemoryTrainerStore } from './memory-trainer-store';
import { until } from './process';
import { quietObserver } from './quiet-observer';
import { ReachedDay } from './reached-day';
import { realClock } from './real-clock';

/** Makes of the weights whatever it is told to, whatever the examples say. */
export class FakeLearner implements Learner {
  readonly backend = 'fake';
  readonly loaded: NetworkWeights[] = [];
  readonly scopes: TrainingScope[] = [];
  private current!: NetworkWeights;

  constructor(
    private readonly change: (
      weights: NetworkWeights,
      round: number,
      examples: readonly Example[],
      options: FitOptions,
    ) => NetworkWeights,
  ) {}

  load(weights: NetworkWeights): void {
    this.loaded.push(weights);
    this.current = weights;
  }
  async fit(examples: readonly Example[], options: FitOptions): Promise<{ loss: number }> {
    this.scopes.push(options.scope);
    this.current = this.change(this.current, this.scopes.length, examples, options);
    return { loss: 1 };
  }
  async rawOutputs(): Promise<Float32Array> {
    return new Float32Array();
  }
  async losses(): Promise<Float32Array> {
    return new Float32Array();
  }
  weights(): NetworkWeights {
    return this.current;
  }
  liveTensors(): number {
    return 0;
  }
  dispose(): void {}
}

export interface TrainerWorld {
  readonly topics: MemoryTopics;
  readonly registry: MemoryRegistry;
  readonly reports: MemoryReports;
  readonly store: MemoryTrainerStore;
  readonly verdicts: FactOf<'gate'>[];
  readonly notices: { level: string; message: string }[];
  /** Signals of the runs of what keeps the value tiers. */
  readonly tierRuns: AbortSignal[];
  /** Appends events to two partitions by customer, in log order. */
  feed(logs: TopicLogs): void;
  isRead(): Promise<boolean>;
  /** All is read, and the work of every day is done that all partitions have reached. */
  isDone(): Promise<boolean>;
  /** Runs until the condition holds, then leaves in order. Rejects with the fault of the trainer. */
  runUntil(what: string, holds: () => boolean | Promise<boolean>, settings?: TrainerSettings): Promise<void>;
}

/** A trainer on topics, registry and store in memory, with a real clock. */
export function trainerWorld(learner: Learner, first: NetworkWeights, settings: TrainerSettings): TrainerWorld {
  const topics = new MemoryTopics();
  const registry = new MemoryRegistry();
  const reports = new MemoryReports();
  const store = new MemoryTrainerStore();
  const verdicts: FactOf<'gate'>[] = [];
  const notices: { level: string; message: string }[] = [];
  const observer = quietObserver(notices, { gate: (verdict) => void verdicts.push(verdict) });
  const reading = { reader: topics, decoder: jsonDecoder };
  const tierRuns: AbortSignal[] = [];
  const tiers = {
    run: async (signal: AbortSignal) => {
      tierRuns.push(signal);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  };
  const ports = { tiers, ...reading, store, registry, reports, learner, sha256, observer, clock: realClock };
  const options = { topics: INPUT_ROLES, partitions: 2, minorPerMajor: 100, firstArtefact: artefactOf(first), seed: 5 };
  const reached = new ReachedDay(2, settings);
  const isRead = async () => {
    for (const [i, topic] of INPUT_ROLES.entries())
      for (const p of [0, 1]) if (store.offsets(p)[i]! < (await topics.bounds(topic, p)).end) return false;
    return true;
  };
  return {
    topics,
    registry,
    reports,
    store,
    verdicts,
    notices,
    tierRuns,
    feed(logs) {
      logs.forEach((log, i) => {
        for (const partition of [0, 1]) {
          const own = log.filter(({ customerId }) => Number(customerId.at(-1)) % 2 === partition);
          topics.append(INPUT_ROLES[i]!, partition, own);
          reached.feed(partition, i, own);
        }
      });
    },
    isRead,
    async isDone() {
      return (await isRead()) && (store.training()?.dayS ?? 0) >= reached.lastDayS;
    },
    async runUntil(what, holds, during = settings) {
      const stop = new AbortController();
      let ended = false;
      const running = new Trainer(ports, { ...options, settings: during }).run(stop.signal).finally(() => {
        ended = true;
      });
      running.catch(() => undefined);
      try {
        await until(what, async () => ended || holds());
      } finally {
        stop.abort();
      }
      await running;
    },
  };
}
