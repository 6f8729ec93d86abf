import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../src/adapters/system/digest';
import { PACKAGE_DIRECTORY } from '../../src/cli/process/process';
import { INPUT_ROLES, SECONDS_PER_DAY } from '../../src/domain/event';
import { DEFAULT_SHAPE } from '../../src/domain/network/shape';
import type { Learner } from '../../src/ports/learner';
import type { Fact } from '../../src/ports/observer';
import { fitModel } from '../../src/services/fit/fit';
import { DEFAULT_PRETRAIN } from '../../src/services/fit/pretrain';
import { Contender } from '../../src/services/trainer/contender';
import type { TrainerSettings } from '../../src/services/trainer/settings';
import { Trainer } from '../../src/services/trainer/trainer';
import { MemoryRegistry, MemoryReports } from '../../test/support/memory-topics';
import { quietObserver } from '../../test/support/quiet-observer';
import { learnUntilS, type ShopHistory } from './shops';
import { EventLog, VirtualClock } from './virtual-time';
import { VolatileStore } from './volatile-store';

/** A model and the event time from which it is in force. */
export interface Release {
  readonly fromS: number;
  readonly artefact: Uint8Array;
  readonly note: string;
}

export interface Schedule {
  /** In the order of time. The first one is in force from the beginning. */
  readonly releases: readonly Release[];
  /** Verdicts of the gate by reason. */
  readonly verdicts: Readonly<Record<string, number>>;
}

export const firstArtefact = (): Uint8Array => readFileSync(join(PACKAGE_DIRECTORY, 'models', 'first-weights.clvm'));

export function frozen(): Schedule {
  return { releases: [{ fromS: 0, artefact: firstArtefact(), note: 'first weights' }], verdicts: {} };
}

/** `clv-stream fit` with its defaults on the events before `cutS`. */
export async function fitted(
  { events, shop }: ShopHistory,
  cutS: number,
  seed: number,
  learner: Learner,
  minorPerMajor: number,
): Promise<Uint8Array> {
  const options = { ...DEFAULT_PRETRAIN, shape: DEFAULT_SHAPE, seed, endS: cutS, minorPerMajor };
  const before = events.filter(({ timeS }) => timeS < cutS);
  const request = { events: before, recorded: true, description: shop.name, options, currency: null, parent: null };
  const { artefact } = await fitModel(request, { learner, sha256, follow: () => () => undefined });
  return artefact;
}

export interface TrainerRun {
  readonly history: ShopHistory;
  readonly learner: Learner;
  readonly settings: TrainerSettings;
  readonly seed: number;
  readonly minorPerMajor: number;
  /** A model that is published by hand at this event time. Before it, no round runs. */
  readonly start?: { readonly atS: number; readonly artefact: Uint8Array };
  /** Days of event time between two looks of the trainer. */
  readonly stepDays: number;
  readonly onProgress: (timeS: number) => void;
  /** What the schedule records: the releases, or, whenever it changes, the model in training, which no gate has judged. */
  readonly records?: 'releases' | 'trainee';
}

/** Runs the real trainer over the whole history in event time, and records which model was in force (or in training) when. */
export async function trained(run: TrainerRun): Promise<Schedule> {
  const { history, learner, seed, minorPerMajor, start, stepDays } = run;
  const { events } = history;
  const firstS = events[0]!.timeS;
  const log = new EventLog(events);
  const clock = new VirtualClock(firstS * 1000);
  const registry = new MemoryRegistry();
  const store = new VolatileStore();
  const verdicts: Record<string, number> = {};
  const gate = ({ reason }: Extract<Fact, { kind: 'gate' }>) => {
    verdicts[reason] = (verdicts[reason] ?? 0) + 1;
  };
  let isTraining = start === undefined;
  // Before the start the trainer reads, asks and lets labels mature, but releases nothing.
  const whileTraining = (days: number) => (isTraining ? days : 0);
  const settings = {
    ...run.settings,
    get trainEveryDays() {
      return whileTraining(run.settings.trainEveryDays);
    },
    get refitEveryDays() {
      return whileTraining(run.settings.refitEveryDays);
    },
    get calibrateEveryDays() {
      return whileTraining(run.settings.calibrateEveryDays);
    },
  };
  const trainer = new Trainer(
    {
      reader: log,
      decoder: log,
      store,
      registry,
      reports: new MemoryReports(),
      learner,
      sha256,
      observer: quietObserver([], { gate }),
      clock,
    },
    { topics: INPUT_ROLES, partitions: 1, minorPerMajor, firstArtefact: firstArtefact(), settings, seed },
  );
  const stop = new AbortController();
  const running = trainer.run(stop.signal);
  const failed = running.then(() => {
    throw new Error('the trainer ended before the history did');
  });
  // Without this, a fault that comes while nobody waits would end the process.
  failed.catch(() => undefined);
  const releases: Release[] = [{ fromS: 0, artefact: firstArtefact(), note: 'first weights' }];
  let taken = 0;
  const takeReleases = (untilS: number) => {
    if (run.records === 'trainee') {
      const progress = store.training();
      const artefact = progress?.traineeArtefact ?? progress?.championArtefact;
      const fromS = untilS - 1;
      if (artefact && !isEqual(artefact, releases.at(-1)!.artefact))
        releases.push({ fromS, artefact, note: 'in training' });
      return;
    }
    for (const { artefact, note } of registry.announced.slice(taken))
      releases.push({ fromS: untilS - 1, artefact, note });
    taken = registry.announced.length;
  };
  let next = 0;
  try {
    await Promise.race([clock.asleep(), failed]);
    for (const untilS of steps(firstS, history, stepDays)) {
      while (next < events.length && events[next]!.timeS < untilS) log.append(next++);
      await Promise.race([log.drained(), failed]);
      clock.moveTo(untilS * 1000);
      await Promise.race([clock.asleep(), failed]);
      if (start !== undefined && !isTraining && untilS >= start.atS) {
        const { version } = new Contender(start.artefact, sha256, minorPerMajor).model;
        await registry.publish({ version, artefact: start.artefact, announcedAtMs: untilS * 1000, note: 'fitted' });
        isTraining = true;
      }
      takeReleases(untilS);
      run.onProgress(untilS);
    }
  } finally {
    stop.abort();
    await running.catch(() => undefined);
  }
  return { releases, verdicts };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Ends of the steps, on the grid of the questions: a model is then in force at the question for which it was made. */
function* steps(firstS: number, history: ShopHistory, stepDays: number): Generator<number> {
  const { judgedFromS } = history.shop;
  const lastS = learnUntilS(history);
  const stepS = stepDays * SECONDS_PER_DAY;
  const before = Math.ceil((judgedFromS - firstS) / stepS);
  for (let untilS = judgedFromS - (before - 1) * stepS; untilS < lastS; untilS += stepS) yield untilS;
  yield lastS;
}
