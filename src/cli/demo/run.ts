import { isComplete, type PartitionVerdict, passes } from '../../domain/audit/audit';
import { mulberry32 } from '../../domain/math/random';
import { demoShop } from '../../domain/simulation/shop-population';
import { simulateShop } from '../../domain/simulation/simulated-shop';
import { runSimulator } from '../../services/simulator/simulator';
import { openServing, type Serving } from '../compose/api';
import { auditDeployment } from '../compose/audit';
import { openSchemas } from '../compose/codecs';
import { feedSettings } from '../compose/feed';
import { openScorer } from '../compose/scorer';
import type { Platform } from '../platform/platform';
import { type Child, startChild } from '../process/child';
import type { ProcessContext } from '../process/process';

export interface DemoOptions {
  /** Stop after this many events, or at the first promotion if that comes later. Null: run until the signal. */
  readonly events: number | null;
  readonly customers: number;
  /** Events per second. */
  readonly rate: number;
  readonly seed: number;
  /** Seconds after which a demo with `events` fails. */
  readonly deadlineS: number;
}

/** Figures of the last line. `lost` and `doubled` are read back from the log, not counted on the way. */
export interface DemoReport {
  readonly events: number;
  readonly updates: number;
  readonly sweepUpdates: number;
  readonly customers: number;
  readonly deadLetters: number;
  readonly modelSwaps: number;
  readonly modelVersion: string;
  readonly lost: number;
  readonly doubled: number;
  /** Whether every check of the audit passed, not only lost and doubled. */
  readonly auditPasses: boolean;
  /** False if the embedded log has deleted records (a demo without end). The audit then covers only what it holds. */
  readonly auditComplete: boolean;
  readonly backend: string;
  readonly eventsPerSecond: number;
  /** True if the gate promoted no model before the deadline. */
  readonly deadlineMissed: boolean;
}

/** Event time of the first event. It is fixed, so that a seed gives the same shop on any day. */
const SHOP_OPENS_S = Date.UTC(2024, 0, 1) / 1000;
const TICKS = { everyDays: 1, shards: 1 };
const TRAINER_EXIT_MS = 15_000;

/** Figures of the live line. */
export interface DemoProgress {
  readonly events: number;
  readonly eventTimeS: number;
  readonly status: ReturnType<Serving['api']['status']>;
  readonly dashboard: string;
}

/** Runs simulator, scorer, api and, as a child process, the trainer until enough events or the signal. Then drains and audits the log. */
export async function runDemo(
  context: ProcessContext,
  platform: Platform,
  options: DemoOptions,
  onProgress: (progress: DemoProgress) => void,
): Promise<DemoReport> {
  const { settings, observer, clock, signal } = context;
  const schemas = await openSchemas(platform);
  const partitions = settings.CLV_PARTITIONS;
  const deployment = { platform, settings, partitions, schemas, observer, clock };
  const scorer = openScorer(deployment);
  const { prometheus } = context;
  const inputLag = () => scorer.lagRecords();
  const serving = openServing(deployment, prometheus, inputLag);
  const { api, rescore, explain, nowS } = serving;
  const http = await context.serveHttp({ queries: api, rescore, explain, nowS });
  context.setReadiness(() => scorer.readiness());
  const trainer = startTrainer();

  const enough = new AbortController();
  signal.addEventListener('abort', () => enough.abort(), { once: true });
  const startedS = clock.elapsedS();
  let written = 0;
  let eventTimeS = SHOP_OPENS_S;
  let deadlineMissed = false;
  const watching = (async () => {
    while (!enough.signal.aborted) {
      onProgress({ events: written, eventTimeS, status: api.status(), dashboard: http.url });
      await clock.sleep(250, enough.signal);
      if (options.events === null) continue;
      deadlineMissed = clock.elapsedS() - startedS > options.deadlineS;
      if ((written >= options.events && api.status().modelSwaps > 0) || deadlineMissed) enough.abort();
    }
  })();

  await scorer.start();
  const shoppers = { customers: options.customers, startS: SHOP_OPENS_S, random: mulberry32(options.seed) };
  await runSimulator(
    simulateShop(demoShop, shoppers),
    {
      // An event counts as of its record's timestamp at the latest, and this shop's days go on beyond today.
      feed: { ...feedSettings(settings, platform.topics, partitions, TICKS), timestamps: 'later' },
      pace: { eventsPerSecond: options.rate, acceleration: Number.POSITIVE_INFINITY },
      maxEvents: Number.POSITIVE_INFINITY,
    },
    {
      writer: platform.writer(),
      clock,
      onProgress: (progress) => {
        written = progress.events;
        eventTimeS = progress.eventTimeS;
      },
    },
    enough.signal,
  );
  await watching;
  await drained(platform, partitions, context);
  const seconds = clock.elapsedS() - startedS;
  await viewRead(serving, context);
  const status = api.status();
  await scorer.stop();
  await trainer.child.stop(TRAINER_EXIT_MS);
  const verdicts = await auditDeployment(deployment, null);
  await serving.close();
  const sum = (of: (verdict: PartitionVerdict) => number) =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const events = sum((verdict) => verdict.events);
  return {
    events,
    updates: sum((verdict) => verdict.updates),
    sweepUpdates: sum((verdict) => verdict.sweepUpdates),
    customers: status.customers,
    deadLetters: sum((verdict) => verdict.deadLetters),
    modelSwaps: status.modelSwaps,
    modelVersion: scorer.modelVersion,
    lost: sum((verdict) => verdict.lost),
    doubled: sum((verdict) => verdict.doubled),
    auditPasses: verdicts.every(passes),
    auditComplete: verdicts.every(isComplete),
    backend: trainer.backend(),
    eventsPerSecond: Math.round(events / seconds),
    deadlineMissed: deadlineMissed && status.modelSwaps === 0,
  };

  function startTrainer(): { child: Child; backend: () => string } {
    let backend = 'none';
    const child = startChild(['train', '--accelerated'], {
      environment: trainerEnvironment(settings.CLV_HOME, partitions, settings.CLV_LOG_LEVEL),
      stdout: 'ignore',
      stderr: 'inherit',
    });
    child.onMessage((message) => {
      backend = message.backend ?? backend;
    });
    void child.ended.then(({ code, signal: killedBy }) => {
      if (!enough.signal.aborted) {
        observer.notice('error', 'the trainer ended; the demo goes on without new models', { code, killedBy });
      }
    });
    return { child, backend: () => backend };
  }
}

function trainerEnvironment(home: string, partitions: number, logLevel: string): Record<string, string> {
  return {
    CLV_HOME: home,
    CLV_PARTITIONS: String(partitions),
    CLV_LOG_LEVEL: logLevel,
    CLV_HTTP_PORT: '0',
    KAFKA_BROKERS: '',
    REDIS_URL: '',
    CLV_MAX_FUTURE_SECONDS: DEMO_MAX_FUTURE_SECONDS,
  };
}

/** A hundred years: a demo that runs for hours simulates years into the future. */
export const DEMO_MAX_FUTURE_SECONDS = '3153600000';

/** Waits until every written event is folded and published. */
async function drained(platform: Platform, partitions: number, { clock }: ProcessContext): Promise<void> {
  const reader = platform.reader();
  for (let waited = 0; waited < 600; waited++) {
    if (await isDrained()) return;
    await clock.sleep(100);
  }

  async function isDrained(): Promise<boolean> {
    for (let partition = 0; partition < partitions; partition++) {
      const emitted = await platform.emitted(partition);
      for (const [index, topic] of platform.topics.inputs.entries()) {
        const { end } = await reader.bounds(topic, partition);
        if ((emitted?.[index] ?? 0) < end) return false;
      }
    }
    return true;
  }
}

async function viewRead({ api }: Serving, { clock }: ProcessContext): Promise<void> {
  for (let waited = 0; waited < 100 && api.viewLagRecords() > 0; waited++) await clock.sleep(50);
}
