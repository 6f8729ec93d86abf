import { passes } from '../../src/domain/audit/audit';
import { pauseMs, until } from '../support/process';
import { describeWithOwnServers } from '../support/services';
import { openOwnDeployment } from './own-deployment';
import { Traffic } from './traffic';

const isReady = async (scorer: { get(path: string): Promise<{ status: number } | null> }) =>
  (await scorer.get('/readyz'))?.status === 200;

describeWithOwnServers('stopping a scorer', () => {
  test('SIGTERM drains and leaves the group: exit code 0, the other goes on at once, nothing is lost', async () => {
    // With half an hour of session, nobody gets the partitions of a member that did not leave within any test's patience.
    const own = await openOwnDeployment({ CLV_PARTITIONS: '4', CLV_SESSION_TIMEOUT_MS: '1800000' });
    try {
      const traffic = new Traffic(own.deployment, 200, 21);
      own.onClose(() => traffic.stop());
      const first = await own.startScorer();
      await until('the first is ready', () => isReady(first));
      const second = await own.startScorer();
      traffic.start();
      await until('the second has partitions', () => /partition assigned/.test(second.log()));
      await until('both are ready', async () => (await isReady(first)) && (await isReady(second)));
      first.signal('SIGTERM');
      expect(await first.exited).toEqual({ code: 0, signal: null });
      expect(first.log()).toMatch(/stopping: finishing the batches in progress/);
      await traffic.stop();
      await own.deployment.drained();
      second.signal('SIGTERM');
      expect(await second.exited).toEqual({ code: 0, signal: null });
      expect((await own.deployment.audit()).every(passes)).toBe(true);
    } finally {
      await own.close();
    }
  }, 180_000);

  test('a second SIGTERM ends it at once, in the middle of a drain, and nothing is lost', async () => {
    const own = await openOwnDeployment({ CLV_PARTITIONS: '4', CLV_SESSION_TIMEOUT_MS: '6000' });
    try {
      const traffic = new Traffic(own.deployment, 200, 22);
      own.onClose(() => traffic.stop());
      traffic.start();
      const first = await own.startScorer();
      await until('it is ready', () => isReady(first));
      // Nothing can be published, and the group not left, while the broker does not answer.
      process.kill(own.kafka.pid, 'SIGSTOP');
      await pauseMs(500);
      first.signal('SIGTERM');
      await until('it drains', () => /stopping: finishing the batches in progress/.test(first.log()));
      first.signal('SIGTERM');
      expect(await first.exited).toEqual({ code: 143, signal: null });
      process.kill(own.kafka.pid, 'SIGCONT');
      await traffic.stop();
      await own.startScorer();
      await own.deployment.drained();
      expect((await own.deployment.audit()).every(passes)).toBe(true);
    } finally {
      await own.close();
    }
  }, 180_000);

  test('one SIGTERM is enough if the broker does not answer: given up after 20 s, exit code 1, nothing is lost', async () => {
    const own = await openOwnDeployment({ CLV_PARTITIONS: '4', CLV_SESSION_TIMEOUT_MS: '6000' });
    try {
      const traffic = new Traffic(own.deployment, 200, 23);
      own.onClose(() => traffic.stop());
      traffic.start();
      const first = await own.startScorer();
      await until('it is ready', () => isReady(first));
      process.kill(own.kafka.pid, 'SIGSTOP');
      await pauseMs(500);
      first.signal('SIGTERM');
      expect(await first.exited).toEqual({ code: 1, signal: null });
      expect(first.log()).toMatch(/not stopped within 20000 ms of the signal/);
      process.kill(own.kafka.pid, 'SIGCONT');
      await traffic.stop();
      await own.startScorer();
      await own.deployment.drained();
      expect((await own.deployment.audit()).every(passes)).toBe(true);
    } finally {
      await own.close();
    }
  }, 180_000);
});
