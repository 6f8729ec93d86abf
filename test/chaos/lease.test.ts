import { passes } from '../../src/domain/audit/audit';
import type { CliProcess } from '../support/cli-process';
import { pauseMs, until } from '../support/process';
import { describeWithOwnServers } from '../support/services';
import { type OwnDeployment, openOwnDeployment } from './own-deployment';
import { Traffic } from './traffic';

/** With half an hour of session, the group gives nobody the partitions of a silent member within any test's patience. */
const HALF_AN_HOUR_MS = '1800000';

const PARTITIONS = [0, 1, 2, 3, 4, 5];

const isReady = async (scorer: CliProcess) => (await scorer.get('/readyz'))?.status === 200;

/** Partitions that this scorer took over early, in order. */
function takenBy(scorer: CliProcess): number[] {
  const lines = scorer.log().match(/its partitions [\d, ]+ were taken over before/g) ?? [];
  return lines.flatMap((line) => line.match(/\d+/g)!.map(Number));
}

async function startScorers(own: OwnDeployment, count: number): Promise<CliProcess[]> {
  const scorers: CliProcess[] = [];
  for (let i = 0; i < count; i++) {
    const scorer = await own.startScorer();
    scorers.push(scorer);
    await until('it has partitions', () => /partition assigned/.test(scorer.log()));
    await until('all are ready', async () => (await Promise.all(scorers.map(isReady))).every(Boolean));
  }
  return scorers;
}

describeWithOwnServers('leases beside the group', () => {
  test.each(['exactly-once', 'at-least-once'])(
    'the partitions of a killed scorer go on long before its session is over (%s)',
    async (delivery) => {
      const own = await openOwnDeployment({
        CLV_PARTITIONS: `${PARTITIONS.length}`,
        CLV_SESSION_TIMEOUT_MS: HALF_AN_HOUR_MS,
        CLV_DELIVERY: delivery,
      });
      try {
        const traffic = new Traffic(own.deployment, 300, 41);
        own.onClose(() => traffic.stop());
        traffic.start();
        const [victim, ...peers] = await startScorers(own, 3);
        await until('every partition publishes', async () => {
          const emitted = await Promise.all(PARTITIONS.map((p) => own.deployment.platform.emitted(p)));
          return emitted.every((offsets) => offsets?.some((offset) => offset > 0));
        });
        victim!.signal('SIGKILL');
        await until('its partitions are taken over', () => peers.flatMap(takenBy).length === 2);
        // Both peers hold two, so each gets one.
        expect(peers.map((peer) => takenBy(peer).length)).toEqual([1, 1]);
        await traffic.stop();
        await own.deployment.drained();
        expect(peers.flatMap(takenBy).length).toBe(2);
        const verdicts = await own.deployment.audit();
        if (delivery === 'exactly-once') expect(verdicts.every(passes)).toBe(true);
        else expect(verdicts.every(({ missing }) => missing === 0)).toBe(true);
      } finally {
        await own.close();
      }
    },
    240_000,
  );

  test('a scorer that is paused for 1 to 20 s loses its partitions at most once, and yields', async () => {
    const own = await openOwnDeployment({ CLV_PARTITIONS: `${PARTITIONS.length}`, CLV_SESSION_TIMEOUT_MS: '15000' });
    try {
      const traffic = new Traffic(own.deployment, 600, 42);
      own.onClose(() => traffic.stop());
      traffic.start();
      const scorers = await startScorers(own, 3);
      for (const [i, pausedMs] of [1_300, 4_000, 20_000].entries()) {
        const victim = scorers[i]!;
        const before = scorers.map((scorer) => takenBy(scorer).length);
        victim.signal('SIGSTOP');
        await pauseMs(pausedMs);
        victim.signal('SIGCONT');
        // Past the moment at which a partition could be taken again.
        await pauseMs(5_000);
        const taken = scorers.flatMap((scorer, j) => takenBy(scorer).slice(before[j]));
        console.log(`paused for ${pausedMs} ms: ${taken.length} taken over`);
        expect(new Set(taken).size).toBe(taken.length);
        expect(takenBy(victim).length).toBe(before[i]);
        await until('all are ready', async () => (await Promise.all(scorers.map(isReady))).every(Boolean));
      }
      await traffic.stop();
      await own.deployment.drained();
      expect((await own.deployment.audit()).every(passes)).toBe(true);
    } finally {
      await own.close();
    }
  }, 400_000);
});
