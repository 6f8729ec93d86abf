import { readFileSync } from 'node:fs';
import { passes } from '../../src/domain/audit/audit';
import type { CliProcess } from '../support/cli-process';
import { pauseMs, until } from '../support/process';
import { describeWithOwnServers } from '../support/services';
import { openOwnDeployment } from './own-deployment';
import { Traffic } from './traffic';

const MEBIBYTE = 1024 * 1024;
/** Full queues and what the collector has not yet got to. */
const MOST_GROWTH_BYTES = 200 * MEBIBYTE;
const MOST_BYTES = 500 * MEBIBYTE;

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}

async function readiness(scorer: CliProcess): Promise<{ ready: boolean; body: string }> {
  const answer = await scorer.get('/readyz');
  return { ready: answer?.status === 200, body: answer?.body ?? '' };
}

const alive = async (scorer: CliProcess) => (await scorer.get('/healthz'))?.status === 200;

describeWithOwnServers('a scorer whose servers go away', () => {
  test('Redis away under load: memory bounded, not ready but alive, recovers without a restart, nothing lost', async () => {
    const awayMs = Number(process.env.CLV_CHAOS_AWAY_SECONDS ?? 12) * 1000;
    // Queues small enough to fill, so that topics are paused and resumed.
    const own = await openOwnDeployment({ CLV_PARTITIONS: '4', CLV_MAX_QUEUED_RECORDS: '500' });
    try {
      const { deployment, redis } = own;
      const traffic = new Traffic(deployment, 600, 31);
      own.onClose(() => traffic.stop());
      const scorer = await own.startScorer();
      traffic.start();
      await until('it scores', () => /"updates":[1-9]/.test(scorer.log()));
      const before = residentBytes(scorer.pid);
      await redis.service.kill();
      await until('it says so', async () => /redis is away/.test((await readiness(scorer)).body));
      expect((await readiness(scorer)).ready).toBe(false);
      let most = before;
      for (const endMs = Date.now() + awayMs; Date.now() < endMs; await pauseMs(500)) {
        most = Math.max(most, residentBytes(scorer.pid));
        expect(await alive(scorer)).toBe(true);
        expect((await readiness(scorer)).ready).toBe(false);
      }
      await redis.service.restart();
      await traffic.stop();
      await until('it is ready again', async () => (await readiness(scorer)).ready);
      await deployment.drained(240_000);
      most = Math.max(most, residentBytes(scorer.pid));
      scorer.check();
      console.log(
        `Redis away for ${awayMs / 1000} s, ${traffic.events} events: ${(before / MEBIBYTE).toFixed(0)} MiB before, at most ${(most / MEBIBYTE).toFixed(0)} MiB`,
      );
      expect(most).toBeLessThan(MOST_BYTES);
      expect(most - before).toBeLessThan(MOST_GROWTH_BYTES);
      expect(scorer.log()).toMatch(/redis is away; trying again with back-off/);
      expect(scorer.log()).toMatch(/redis is back/);
      expect((await deployment.audit()).every(passes)).toBe(true);
    } finally {
      await own.close();
    }
  }, 400_000);

  test('Kafka away at the start and later: says so, backs off, not ready but alive, recovers without a restart', async () => {
    const own = await openOwnDeployment({ CLV_PARTITIONS: '4' });
    try {
      const { deployment, kafka } = own;
      await kafka.kill();
      const scorer = await own.startScorer();
      await until('it says so', () => /waiting: Kafka at .* does not answer/.test(scorer.log()));
      expect(await alive(scorer)).toBe(true);
      expect((await readiness(scorer)).ready).toBe(false);
      await kafka.restart();
      await until('it is ready', async () => (await readiness(scorer)).ready);

      const traffic = new Traffic(deployment, 200, 32);
      own.onClose(() => traffic.stop());
      traffic.start();
      await until('it scores', () => /"updates":[1-9]/.test(scorer.log()));
      const linesBefore = scorer.log().split('\n').length;
      await kafka.kill();
      await until('it says so', () => /kafka is away; trying again with back-off/.test(scorer.log()));
      await until('it is not ready', async () => /kafka is away/.test((await readiness(scorer)).body));
      for (let i = 0; i < 20; i++) {
        expect(await alive(scorer)).toBe(true);
        expect((await readiness(scorer)).ready).toBe(false);
        await pauseMs(250);
      }
      // Five seconds without back-off would be thousands of lines.
      expect(scorer.log().split('\n').length - linesBefore).toBeLessThan(400);
      await kafka.restart();
      await until('it is ready again', async () => (await readiness(scorer)).ready);
      await traffic.stop();
      await deployment.drained();
      scorer.check();
      expect(scorer.log()).toMatch(/kafka is back/);
      expect((await deployment.audit()).every(passes)).toBe(true);
    } finally {
      await own.close();
    }
  }, 400_000);
});
