import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTrainerStore } from '../../src/adapters/embedded/trainer-store';
import { systemClock } from '../../src/adapters/system/clock';
import { sha256 } from '../../src/adapters/system/digest';
import { SECONDS_PER_DAY } from '../../src/domain/event';
import { murmur2Partition } from '../../src/domain/math/hash';
import { mulberry32 } from '../../src/domain/math/random';
import { demoShop } from '../../src/domain/simulation/shop-population';
import { simulateShop } from '../../src/domain/simulation/simulated-shop';
import type { TrainingProgress } from '../../src/ports/trainer-store';
import { DEMO_TRAINER_SETTINGS } from '../../src/services/trainer/settings';
import { type Learning, LearningLog } from '../../src/services/trainer/shared/learning-log';
import { type CliProcess, environmentOf, startCli } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';
import { until } from '../support/process';
import { STREAM_OPENS_S, simulatedRecords, writeInBatches } from '../support/recorded-stream';
import { describeWithKafkaAndRedis } from '../support/services';

/** Two months of event time. */
const EVENTS = 2_900;
const SHOP = { customers: 220, seed: 8 };
const PARTITIONS = 3;

/** The last day that trainers work on, and the first one. All events are in the log from the beginning. */
function days(): { firstS: number; lastS: number } {
  const shop = simulateShop(demoShop, {
    customers: SHOP.customers,
    startS: STREAM_OPENS_S,
    random: mulberry32(SHOP.seed),
  });
  const latestS = new Array<number>(PARTITIONS).fill(0);
  let firstS = Number.POSITIVE_INFINITY;
  for (let i = 0; i < EVENTS; i++) {
    const { customerId, timeS, kind } = shop.next().value;
    if (kind === 'profile') continue;
    const p = murmur2Partition(new TextEncoder().encode(customerId), PARTITIONS);
    latestS[p] = Math.max(latestS[p]!, timeS);
    firstS = Math.min(firstS, timeS);
  }
  const untilS = Math.min(...latestS) - DEMO_TRAINER_SETTINGS.latenessDays * SECONDS_PER_DAY;
  return { firstS, lastS: Math.floor(untilS / SECONDS_PER_DAY) * SECONDS_PER_DAY };
}

async function versionsOf({ platform }: Deployment): Promise<string[]> {
  const history = await platform.registry().history();
  const versions = history.map(({ version }) => version);
  return versions.filter((version, i) => version !== versions[i - 1]);
}

async function metric(process: CliProcess, name: string): Promise<number> {
  const scraped = (await process.get('/metrics'))?.body ?? '';
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(scraped)?.[1] ?? Number.NaN);
}

describeWithKafkaAndRedis('trainers that share the label work on Kafka', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clv-test-shared-'));
  const { firstS, lastS } = days();

  async function startTrainer({ settings }: Deployment, name: string): Promise<CliProcess> {
    const home = join(folder, name);
    mkdirSync(home, { recursive: true });
    // The newest record alone moves time, so that the end of the log is the last day.
    const own = { CLV_HOME: home, CLV_BACKEND: 'wasm', CLV_LOG_LEVEL: 'info', CLV_TRAIN_QUORUM: '1' };
    const environment = { ...environmentOf(settings), ...own };
    return startCli(['train', '--accelerated'], environment, join(folder, `${name}.log`));
  }

  async function openFed(changes: Record<string, string>): Promise<Deployment> {
    const deployment = await openDeployment('kafka', { CLV_PARTITIONS: `${PARTITIONS}`, ...changes });
    await writeInBatches(deployment, simulatedRecords(deployment, EVENTS, SHOP));
    return deployment;
  }

  async function alone(): Promise<{ progress: TrainingProgress; versions: string[] }> {
    const deployment = await openFed({});
    try {
      const trainer = await startTrainer(deployment, 'alone');
      await until(
        'one trainer has done the last day',
        async () => (await metric(trainer, 'clv_label_watermark_timestamp_seconds')) > lastS,
        400_000,
      );
      await trainer.end('SIGTERM');
      const store = openTrainerStore(join(folder, 'alone', 'trainer'));
      const progress = store.training()!;
      await store.close();
      return { progress, versions: await versionsOf(deployment) };
    } finally {
      await deployment.close();
    }
  }

  test('the one that learns is killed with -9, the other takes over, and all models are those of one trainer', async () => {
    const expected = await alone();
    expect(expected.progress).toMatchObject({ dayS: lastS });
    expect(expected.progress.rounds).toBeGreaterThan(1);
    expect(expected.versions.length).toBeGreaterThan(0);

    const deployment = await openFed({ CLV_TRAIN_SHARED: 'true', CLV_SESSION_TIMEOUT_MS: '6000' });
    const trainers: CliProcess[] = [];
    try {
      const learning = (): Promise<Learning | null> =>
        new LearningLog(
          { reader: deployment.platform.reader(), clock: systemClock, sha256 },
          deployment.settings.CLV_TOPIC_LEARNING,
        ).restore();
      trainers.push(await startTrainer(deployment, 'first'), await startTrainer(deployment, 'second'));
      await until(
        'a third of the days is done',
        async () => ((await learning())?.progress.dayS ?? 0) > firstS + (lastS - firstS) / 3,
        400_000,
      );
      const learns = await Promise.all(trainers.map((trainer) => metric(trainer, 'clv_trainer_learns')));
      expect([...learns].sort()).toEqual([0, 1]);
      const owned = await Promise.all(trainers.map((trainer) => metric(trainer, 'clv_assigned_partitions')));
      expect(owned.reduce((sum, count) => sum + count, 0)).toBe(PARTITIONS);
      expect(Math.min(...owned)).toBeGreaterThan(0);
      const killedAtS = (await learning())!.progress.dayS!;
      await trainers[learns.indexOf(1)]!.end('SIGKILL');
      await until(
        'the other one has done the last day',
        async () => ((await learning())?.progress.dayS ?? 0) >= lastS,
        400_000,
      );
      expect(killedAtS).toBeLessThan(lastS);
      const survivor = trainers[learns.indexOf(0)]!;
      expect(survivor.log()).toMatch(/this trainer learns from now on/);
      expect((await learning())!.progress).toEqual(expected.progress);
      expect(await versionsOf(deployment)).toEqual(expected.versions);
    } finally {
      for (const trainer of trainers) await trainer.end('SIGTERM').catch(() => undefined);
      await deployment.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 900_000);
});
