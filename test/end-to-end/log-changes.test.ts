import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { passes } from '../../src/domain/audit/audit';
import type { ScorerService } from '../../src/services/scorer/scorer-service';
import { type CliProcess, environmentOf, startCli } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';
import { byTopic } from '../support/events';
import { pauseMs, until } from '../support/process';
import { simulatedRecords } from '../support/recorded-stream';
import { addPartitions, recreateTopic, truncateTopic } from '../support/retention';
import { describeWithKafkaAndRedis } from '../support/services';

const ONE = { CLV_MAX_IDLE_MS: '100', CLV_PARTITIONS: '1' };
const CLICKS = 1;

const reopen = (deployment: Deployment, changes: Record<string, string>): Promise<Deployment> =>
  openDeployment('kafka', { ...environmentOf(deployment.settings), ...changes });

const errorsOf = ({ notices }: Deployment): string[] =>
  notices.filter(({ level }) => level === 'error').map(({ message }) => message);

const halted = (scorer: ScorerService): Promise<void> =>
  until('the partition stands still', () => {
    const { ready, reasons } = scorer.readiness();
    return !ready && reasons.includes('partition 0 is halted');
  });

/** Freezes the scorer, and waits until the fetch that it has asked for is answered: what is written then is in no answer yet. */
async function freeze(scorer: CliProcess): Promise<void> {
  scorer.signal('SIGSTOP');
  await pauseMs(2_000);
}

async function clicksOf(deployment: Deployment): Promise<number[]> {
  const updates = await deployment.updates();
  return updates.filter(({ source }) => source.topic === CLICKS).map(({ source }) => source.offset);
}

describeWithKafkaAndRedis('a log that changes under a running scorer', () => {
  test('retention passes its position: it halts and names the range; with continue it goes on', async () => {
    const first = await openDeployment('kafka', { ...ONE, CLV_SESSION_TIMEOUT_MS: '60000' });
    const dir = mkdtempSync(join(tmpdir(), 'clv-retention-'));
    const [, clicks] = first.platform.topics.inputs;
    const reader = first.platform.reader();
    const records = simulatedRecords(first, 900, { customers: 20, seed: 31 });
    let second: Deployment | null = null;
    const scorer = await startCli(['score'], environmentOf(first.settings), join(dir, 'score.log'));
    try {
      await first.write(records.slice(0, 300));
      await first.drained();
      const folded = (await clicksOf(first)).length;
      await freeze(scorer);
      await first.write(records.slice(300));
      const start = (await reader.bounds(clicks, 0)).end - 10;
      expect(start).toBeGreaterThan(folded);
      await truncateTopic(clicks, 0, start);
      scorer.signal('SIGCONT');

      await until('it halts', () =>
        /partition 0: log-lost \(.*-clicks\)\. .*CLV_ON_LOG_LOST=continue/.test(scorer.log()),
      );
      await until('it is not ready', async () => (await scorer.get('/readyz'))?.status === 503);
      expect((await scorer.get('/readyz'))?.body).toContain('partition 0 is halted');
      expect((await scorer.get('/metrics'))?.body).toContain(`clv_log_lost_records_total ${start - folded}`);
      scorer.signal('SIGTERM');
      await scorer.exited;

      second = await reopen(first, { CLV_ON_LOG_LOST: 'continue' });
      await second.startScorer();
      await second.drained();
      const verdicts = await second.audit();
      expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
      expect(verdicts[0]!.notAuditableBefore).toEqual(byTopic({ clicks: start }));
      expect(await second.updates()).toHaveLength(900 - (start - folded));
    } finally {
      scorer.signal('SIGKILL');
      await second?.close();
      await first.close();
      rmSync(dir, { recursive: true, force: true });
    }
  }, 180_000);

  test('a topic is deleted, created again and filled past the old position while nobody looks: nothing of it is skipped in silence', async () => {
    const first = await openDeployment('kafka', { ...ONE, CLV_SESSION_TIMEOUT_MS: '60000' });
    const dir = mkdtempSync(join(tmpdir(), 'clv-recreated-'));
    const [, clicks] = first.platform.topics.inputs;
    const records = simulatedRecords(first, 900, { customers: 20, seed: 32 });
    let second: Deployment | null = null;
    const scorer = await startCli(['score'], environmentOf(first.settings), join(dir, 'score.log'));
    try {
      await first.write(records.slice(0, 300));
      await first.drained();
      const position = (await clicksOf(first)).length;
      expect(position).toBeGreaterThan(0);

      await freeze(scorer);
      await recreateTopic(clicks, 1);
      const others = simulatedRecords(first, 900, { customers: 20, seed: 33 });
      const anew = others.filter(({ topic }) => topic === clicks);
      expect(anew.length).toBeGreaterThan(position + 50);
      await first.write(anew);
      // However quick the broker was: longer than two fetches are apart.
      await pauseMs(1_000);
      scorer.signal('SIGCONT');

      await until('it halts', () => /topic-recreated/.test(scorer.log()));
      await until('it is not ready', async () => (await scorer.get('/readyz'))?.status === 503);
      expect((await scorer.get('/readyz'))?.body).toContain('partition 0 is halted');
      expect((await scorer.get('/metrics'))?.body).toContain('clv_losses_total{reason="topic-recreated"} 1');
      expect(await first.updates()).toHaveLength(300);
      scorer.signal('SIGTERM');
      await scorer.exited;

      // A scorer that is started later finds it as well: the store holds the old topic's id.
      const again = await first.startScorer();
      await halted(again);
      expect(errorsOf(first)).toContainEqual(
        expect.stringMatching(/topic-recreated \(.*-clicks\).*CLV_ON_LOG_LOST=continue/),
      );
      expect(await first.updates()).toHaveLength(300);
      await again.stop();

      second = await reopen(first, { CLV_ON_LOG_LOST: 'continue' });
      const goesOn = await second.startScorer();
      await second.drained();
      expect((await clicksOf(second)).slice(position)).toEqual(anew.map((_, offset) => offset));
      // The counts of the customers go on from the old topic, which the audit can't find in the new one: it does not pass.
      expect((await second.audit()).every(passes)).toBe(false);
      await goesOn.stop();

      const notices = errorsOf(second).length;
      await second.write(records.slice(300));
      await second.startScorer();
      await second.drained();
      expect(errorsOf(second)).toHaveLength(notices);
      expect(await second.updates()).toHaveLength(300 + anew.length + 600);
    } finally {
      scorer.signal('SIGKILL');
      await second?.close();
      await first.close();
      rmSync(dir, { recursive: true, force: true });
    }
  }, 180_000);

  test('partitions are added: not ready, with the fix; a scorer that starts with the new count is refused', async () => {
    const first = await openDeployment('kafka', { ...ONE, CLV_PARTITIONS: '2' });
    const { inputs, updates, deadLetters } = first.platform.topics;
    let second: Deployment | null = null;
    try {
      await first.write(simulatedRecords(first, 200, { customers: 20, seed: 33 }));
      const scorer = await first.startScorer();
      await first.drained();
      await addPartitions(inputs[CLICKS], 4);
      await until('it says so', () => !scorer.readiness().ready);
      expect(scorer.readiness().reasons).toEqual([
        expect.stringMatching(
          /-clicks has 4 partitions, and the state was folded with 2: what lies in partition 2 and above is not read/,
        ),
      ]);
      expect(errorsOf(first)).toHaveLength(1);
      await scorer.stop();

      for (const topic of [...inputs, updates, deadLetters])
        if (topic !== inputs[CLICKS]) await addPartitions(topic, 4);
      second = await reopen(first, { CLV_PARTITIONS: '4' });
      const grown = await second.startScorer();
      await until(
        'all partitions stand still',
        () => grown.readiness().reasons.filter((r) => /is halted$/.test(r)).length === 4,
      );
      const lines = errorsOf(second).filter((line) => /folded with 2 partitions, and the topics have 4/.test(line));
      expect(lines).toHaveLength(4);
    } finally {
      await second?.close();
      await first.close();
    }
  }, 120_000);
});
