import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PartitionVerdict } from '../../src/domain/audit/audit';
import { mulberry32 } from '../../src/domain/math/random';
import { UpdateCodec } from '../../src/serde/update-codec';
import { startCli } from '../support/cli-process';
import type { Deployment } from '../support/deployment';
import { pauseMs, until } from '../support/process';
import { judgeProfiles } from '../support/profiles';
import { type Fault, FaultDeck, PROCESS_FAULTS, SERVER_FAULTS, type Stage } from './faults';
import { publishModels } from './model-swaps';
import { type OwnDeployment, openOwnDeployment } from './own-deployment';
import { CLOCK_FAULTS, CLUSTER_FAULTS, RARE_SERVER_FAULTS } from './rare-faults';
import { RECORD_FAULTS } from './record-faults';
import { stands } from './report';
import { Retention } from './retention';
import { ScorerFleet } from './scorer-fleet';
import { type Stand, StandWatch } from './stand-watch';
import { Traffic } from './traffic';
import { hasKcat } from './verdict/kcat';
import { judgeTopics, type Verdict } from './verdict/verdict';

type Faults = Readonly<Record<string, Fault>>;

/**
 * What is tried: lanes run side by side, so that a scorer may die while a server is away. Snapshots of Redis are taken between the faults of
 * the second lane, which holds those of the servers.
 */
export interface Scenario {
  readonly brokers: 1 | 3;
  readonly lanes: readonly [Faults, Faults, ...Faults[]];
}

export const SCENARIOS = {
  /** As in `npm test`. */
  short: { brokers: 1, lanes: [PROCESS_FAULTS, SERVER_FAULTS] },
  'one broker': { brokers: 1, lanes: [{ ...PROCESS_FAULTS, ...CLOCK_FAULTS }, RARE_SERVER_FAULTS, RECORD_FAULTS] },
  'three brokers': { brokers: 3, lanes: [PROCESS_FAULTS, CLUSTER_FAULTS, RECORD_FAULTS] },
} as const satisfies Record<string, Scenario>;

export interface ChaosOptions {
  readonly scenario: keyof typeof SCENARIOS;
  readonly seed: number;
  /** Goes on at least so long, and until every fault was injected once. */
  readonly minutes: number;
  readonly eventsPerSecond: number;
  /** A real trainer runs beside the publisher of perturbed models. */
  readonly trainer: boolean;
  readonly say: (line: string) => void;
}

export interface ChaosReport {
  readonly scenario: keyof typeof SCENARIOS;
  readonly seed: number;
  readonly seconds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly written: {
    readonly events: number;
    readonly repeats: number;
    readonly poison: number;
    readonly profiles: number;
  };
  readonly modelsPublished: number;
  /** Model versions that clv-updates names. */
  readonly modelsInUpdates: number;
  readonly verdicts: readonly PartitionVerdict[];
  /** Of the program that shares no code with the audit; null where this machine has no kcat. */
  readonly secondVerdict: Verdict | null;
  /** By partition the longest time without progress. */
  readonly stands: readonly Stand[];
  /** Customers of whom the state knows anything else than the customers topic says last. */
  readonly wrongProfiles: readonly string[];
  /** Times that a scorer was refused by the store or the log because another one owned the partition. */
  readonly fenced: number;
  /** Scorers that were asked to stop and ended with exit code 0. */
  readonly orderlyExits: number;
  /** … and that ended at their deadline instead, because a server did not answer. */
  readonly boundedExits: number;
  /** Every other end that the faults did not bring about, with the tail of the log. */
  readonly faultyExits: readonly string[];
}

const SESSION_TIMEOUT_MS = 5_000;
const PARTITIONS = 6;
const SNAPSHOT_EVERY_MS = 15_000;
/** Only bounds a failure. */
const DRAIN_DEADLINE_MS = 1_800_000;
const FIRST_UPDATES_WITHIN_MS = 300_000;
/** After the last fault. */
const MOST_STAND_MS = 180_000;

/**
 * One deployment of real processes under faults drawn from the seed: the same seed injects the same faults in the same order, at
 * moments that differ as the machine does. Two programs judge it from the topics alone: the audit, and the one in ./verdict.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const startedMs = Date.now();
  const scenario = SCENARIOS[options.scenario];
  const own = await openOwnDeployment(
    { CLV_PARTITIONS: String(PARTITIONS), CLV_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS) },
    scenario.brokers,
  );
  try {
    const { kafka, brokers, redis, deployment, environment, folder } = own;
    const fleet = new ScorerFleet(environment, join(folder, 'logs'));
    own.onClose(() => fleet.kill());
    const trainer = options.trainer
      ? await startCli(['train', '--accelerated'], environment, join(folder, 'trainer.log'))
      : null;
    own.onClose(() => trainer?.end('SIGKILL'));

    const traffic = new Traffic(deployment, options.eventsPerSecond, options.seed);
    const stopModels = new AbortController();
    own.onClose(() => stopModels.abort());
    traffic.start();
    await fleet.scaleTo(2);
    await published(deployment);
    let modelsPublished = 0;
    const models = publishModels(deployment, 3_000, options.seed, stopModels.signal, () => {
      modelsPublished += 1;
    });
    options.say(`seed ${options.seed}: every partition publishes; faults from here`);

    const watch = new StandWatch(deployment);
    own.onClose(() => watch.stop());
    watch.start();
    const retention = new Retention(deployment);
    const stage = { fleet, kafka, brokers, redis, deployment, retention, sessionTimeoutMs: SESSION_TIMEOUT_MS };
    const faults = await injectFaults(stage, scenario, options);
    options.say('no more faults; draining');
    await fleet.scaleTo(2);
    await traffic.stop();
    stopModels.abort();
    await models;
    await drained(deployment, watch).catch((error) => options.say(`not drained: ${error}`));
    await watch.stop();
    const verdicts = await deployment.audit();
    const { wrong: wrongProfiles } = await judgeProfiles(deployment);
    const [secondVerdict] = await Promise.all([
      hasKcat() ? secondVerdictOf(deployment, retention) : null,
      fleet.stop(),
    ]);
    const report: ChaosReport = {
      scenario: options.scenario,
      seed: options.seed,
      seconds: Math.round((Date.now() - startedMs) / 1000),
      faults,
      written: { events: traffic.events, repeats: traffic.repeats, poison: traffic.poison, profiles: traffic.profiles },
      modelsPublished,
      modelsInUpdates: (await modelVersions(deployment)).size,
      verdicts,
      secondVerdict,
      stands: watch.stands,
      wrongProfiles,
      fenced: fleet.count(/fenced: another process/g),
      orderlyExits: fleet.orderlyExits,
      boundedExits: fleet.boundedExits,
      faultyExits: fleet.faultyExits,
    };
    if (!stands(report)) options.say(`what happened lies in ${keepEvidence(own, options)}`);
    return report;
  } finally {
    await own.close();
  }
}

/** The logs of the scorers and the brokers' data, for whoever looks for the cause. */
function keepEvidence({ brokers, folder }: OwnDeployment, { scenario, seed }: ChaosOptions): string {
  const kept = mkdtempSync(join(tmpdir(), `clv-chaos-${scenario.replace(' ', '-')}-${seed}-`));
  cpSync(join(folder, 'logs'), join(kept, 'scorers'), { recursive: true });
  for (const [i, { dir }] of brokers.entries()) cpSync(dir, join(kept, `broker-${i + 1}`), { recursive: true });
  return kept;
}

async function injectFaults(
  stage: Omit<Stage, 'random'>,
  { lanes }: Scenario,
  options: ChaosOptions,
): Promise<Record<string, number>> {
  const endMs = Date.now() + options.minutes * 60_000;
  const injected: Record<string, number> = {};
  let failed = false;
  const lane = async (faults: Faults, seed: number, before: () => Promise<void>) => {
    const random = mulberry32(seed);
    const deck = new FaultDeck(faults, random);
    try {
      while (!failed && (Date.now() < endMs || !deck.wasDealt)) {
        await before();
        await pauseMs(1_500 + 4_000 * random());
        const [name, fault] = deck.deal();
        const startedMs = Date.now();
        const what = await fault({ ...stage, random });
        injected[name] = (injected[name] ?? 0) + 1;
        options.say(`${name}: ${what} (${((Date.now() - startedMs) / 1000).toFixed(1)} s)`);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  let snapshotAtMs = 0;
  const takeSnapshot = async (): Promise<void> => {
    if (Date.now() - snapshotAtMs < SNAPSHOT_EVERY_MS) return;
    await stage.retention.noteSnapshot();
    await stage.redis.takeSnapshot();
    snapshotAtMs = Date.now();
  };
  await takeSnapshot();
  await Promise.all(
    lanes.map((faults, i) => lane(faults, options.seed + 2 + i, i === 1 ? takeSnapshot : async () => undefined)),
  );
  return injected;
}

/** A backlog may be long and the machine slow, so it goes on while every partition does. */
async function drained(deployment: Deployment, watch: StandWatch): Promise<void> {
  const ended = new AbortController();
  const startedMs = Date.now();
  const stands = until(
    'a partition stands though nothing disturbs it',
    () => ended.signal.aborted || watch.standsForMs(startedMs) > MOST_STAND_MS,
    DRAIN_DEADLINE_MS,
  ).then(() => {
    if (!ended.signal.aborted) throw new Error(`a partition stands for more than ${MOST_STAND_MS / 1000} s`);
  });
  await Promise.race([deployment.drained(DRAIN_DEADLINE_MS), stands]).finally(() => ended.abort());
}

/** Until every partition has published something: from then on a lost state is told apart from one that never was. */
function published(deployment: Deployment): Promise<void> {
  return until(
    'every partition has published',
    async () => {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const emitted = await deployment.platform.emitted(partition);
        if (emitted === null || emitted.every((offset) => offset === 0)) return false;
      }
      return true;
    },
    FIRST_UPDATES_WITHIN_MS,
  );
}

export function secondVerdictOf({ settings, platform }: Deployment, retention: Retention): Promise<Verdict> {
  const { inputs, updates, deadLetters } = platform.topics;
  const [orders, clicks, browses, , reviews, customers] = inputs;
  const topics = {
    currency: settings.CLV_CURRENCY,
    minorPerMajor: 100,
    maxFutureMs: 1000 * settings.CLV_MAX_FUTURE_SECONDS,
    topics: { orders, clicks, browses, reviews, customers },
    updates,
    deadLetters,
    partitions: settings.CLV_PARTITIONS,
  };
  return judgeTopics(settings.KAFKA_BROKERS.join(','), topics, retention.keptRecords);
}

async function modelVersions(deployment: Deployment): Promise<Set<string>> {
  const { platform } = deployment;
  const reader = platform.reader();
  const codec = new UpdateCodec();
  const versions = new Set<string>();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    await reader.readToEnd([{ topic: platform.topics.updates, partition, offset: 0 }], async ({ records }) => {
      for (const { value } of records) {
        const decoded = codec.decode(value);
        if (decoded.ok) versions.add(decoded.value.modelVersion);
      }
    });
  }
  return versions;
}
