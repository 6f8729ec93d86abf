/**
 * Measures how soon a scorer works: seconds from the start of its process until it is ready, and until the update of an event that waits is
 * committed. On the embedded store, and on Kafka and Redis.
 * Run: npm run bench -- start-up [ROUNDS] (npm run build first)
 */
import { join } from 'node:path';
import { environmentOf, startCli } from '../test/support/cli-process';
import { type Deployment, openDeployment } from '../test/support/deployment';
import { until } from '../test/support/process';
import { simulatedRecords } from '../test/support/recorded-stream';
import { openOnStand, PARTITIONS } from './support/deployment-on-stand';
import { describeStand, openStand } from './support/stand';
import { inColumns, median } from './support/table';

export const SHORT = ['1'];

const WAITING_EVENTS = 100;

export async function main([rounds = '5']: string[]): Promise<void> {
  const stand = await openStand();
  try {
    const head = await describeStand(stand);
    const stores: readonly [string, () => Promise<Deployment>][] = [
      ['embedded', () => openDeployment('embedded', { CLV_PARTITIONS: String(PARTITIONS) })],
      ['Kafka and Redis', () => openOnStand(stand)],
    ];
    const times = stores.map(([name, open]) => ({ name, open, ready: [] as number[], update: [] as number[] }));
    for (let round = 0; round < Number(rounds); round++) {
      for (const { open, ready, update } of times) {
        const seconds = await startUp(await open());
        ready.push(seconds.ready);
        update.push(seconds.update);
      }
    }
    const rows = times.map(({ name, ready, update }) => [
      name,
      ...[ready, update].map(
        (all) => `${median(all).toFixed(1)} (${Math.min(...all).toFixed(1)}–${Math.max(...all).toFixed(1)})`,
      ),
    ]);
    console.log(`${head}\n\n${inColumns([['', 'ready, s', 'first update, s'], ...rows])}`);
  } finally {
    await stand.close();
  }
}

async function startUp(deployment: Deployment): Promise<{ ready: number; update: number }> {
  const { settings, platform } = deployment;
  try {
    await deployment.write(simulatedRecords(deployment, WAITING_EVENTS, { customers: 20, seed: 1 }));
    // An embedded store belongs to one process at a time.
    if (platform.kind === 'embedded') await platform.close();
    const startedMs = Date.now();
    const since = () => (Date.now() - startedMs) / 1000;
    const scorer = await startCli(['score'], environmentOf(settings), join(settings.CLV_HOME, 'score.log'));
    try {
      const metric = async (name: string) => {
        scorer.check();
        return Number(new RegExp(`^${name} (\\d+)`, 'm').exec((await scorer.get('/metrics'))?.body ?? '')?.[1] ?? 0);
      };
      let ready = 0;
      await until('the first update is committed', async () => {
        if (ready === 0 && (await scorer.get('/readyz'))?.status === 200) ready = since();
        return (await metric('clv_updates_total')) > 0;
      });
      const update = since();
      await until('the scorer is ready', async () => {
        if (ready === 0 && (await scorer.get('/readyz'))?.status === 200) ready = since();
        return ready > 0;
      });
      return { ready, update };
    } finally {
      await scorer.end('SIGTERM');
    }
  } finally {
    await deployment.close();
  }
}
