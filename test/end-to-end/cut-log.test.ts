import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openOwnDeployment } from '../chaos/own-deployment';
import { environmentOf } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';
import { until } from '../support/process';
import { simulatedRecords } from '../support/recorded-stream';
import { describeWithOwnServers } from '../support/services';

const CLICKS = 1;
const SETTINGS = { CLV_PARTITIONS: '1', CLV_MAX_IDLE_MS: '100', CLV_SESSION_TIMEOUT_MS: '60000' };

const truncations = ({ notices }: Deployment): string[] =>
  notices.map(({ message }) => message).filter((message) => message.includes('log-truncated'));

describeWithOwnServers('a log that lost its newest records and grew past the position again', () => {
  test('is detected by its leader epochs: by a running scorer, and by one that starts later', async () => {
    const own = await openOwnDeployment(SETTINGS);
    const { kafka, deployment: first } = own;
    const clicks = first.platform.topics.inputs[CLICKS]!;
    const folder = join(kafka.dir, 'data', `${clicks}-0`);
    let second: Deployment | null = null;
    try {
      const records = simulatedRecords(first, 900, { customers: 20, seed: 41 });
      const scorer = await own.startScorer();
      await first.write(records.slice(0, 300));
      await first.drained();
      // What a replica holds that has fallen behind.
      await kafka.kill();
      cpSync(folder, join(own.folder, 'behind'), { recursive: true });
      await kafka.restart();
      await first.write(records.slice(300, 400));
      await first.drained();

      scorer.signal('SIGSTOP');
      await kafka.kill();
      rmSync(folder, { recursive: true });
      cpSync(join(own.folder, 'behind'), folder, { recursive: true });
      await kafka.restart();
      // Another producer than before: the broker has forgotten the sequence numbers of that one, too.
      await first.platform.writer().append(records.slice(400).filter(({ topic }) => topic === clicks));
      scorer.signal('SIGCONT');
      const notice = /log-truncated \(.*-clicks\).*CLV_ON_LOG_LOST=continue/;
      await until('the running scorer halts', () => notice.test(scorer.log()));
      await until('it is not ready', async () => (await scorer.get('/readyz'))?.status === 503);
      expect(await first.updates()).toHaveLength(400);
      scorer.signal('SIGTERM');
      await scorer.exited;

      // The offsets of the group bear the epoch, so nothing has to be remembered by a process.
      const again = await first.startScorer();
      await until('the next one halts', () => again.readiness().reasons.includes('partition 0 is halted'));
      expect(truncations(first)).toEqual([expect.stringMatching(notice)]);
      await again.stop();

      second = await openDeployment('kafka', { ...environmentOf(first.settings), CLV_ON_LOG_LOST: 'continue' });
      await second.startScorer();
      await second.write(records.slice(400).filter(({ topic }) => topic !== clicks));
      await second.drained();
      expect(truncations(second)).toEqual([expect.stringMatching(/Going on from the records that are left/)]);
      expect((await second.updates()).length).toBeGreaterThan(400);
    } finally {
      await second?.close();
      await own.close();
    }
  }, 240_000);
});
