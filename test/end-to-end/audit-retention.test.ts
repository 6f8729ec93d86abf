import { isComplete, passes } from '../../src/domain/audit/audit';
import { runCommand } from '../support/cli';
import { environmentOf } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';
import { byTopic } from '../support/events';
import { simulatedRecords, writeInBatches } from '../support/recorded-stream';
import { allowDeletion, truncateTopic } from '../support/retention';
import { describeWithKafkaAndRedis } from '../support/services';

const QUICK = { CLV_MAX_IDLE_MS: '100' };

async function scored(deployment: Deployment, events: number): Promise<void> {
  await writeInBatches(deployment, simulatedRecords(deployment, events, { customers: 15, seed: 6 }), 100);
  const scorer = await deployment.startScorer();
  await deployment.drained();
  await scorer.stop();
}

const audit = (deployment: Deployment, ...args: string[]) =>
  runCommand(['audit', ...args], environmentOf(deployment.settings));

describe('the audit of what a limited embedded log still holds', () => {
  test('compaction of clv-updates: what is kept passes, exit code 3, and --kept-only takes it', async () => {
    const deployment = await openDeployment('embedded', { ...QUICK, CLV_MAX_BATCH: '50' });
    try {
      await scored(deployment, 600);
      expect(audit(deployment)).toMatchObject({ code: 0, stdout: expect.stringMatching(/\npassed\n$/) });
      // A first record beyond the limit compacts what was kept whole until then; the inputs are cut to the same length.
      const limited = { ...environmentOf(deployment.settings), CLV_EMBEDDED_MAX_RECORDS: '60' };
      const compacted = await openDeployment('embedded', limited);
      try {
        const more = simulatedRecords(compacted, 640, { customers: 15, seed: 6 }).slice(600);
        await compacted.write(more);
        const scorer = await compacted.startScorer();
        await compacted.drained();
        await scorer.stop();
        const held = await compacted.updates();
        expect(held.length).toBeLessThan(640);
        const verdicts = await compacted.audit();
        expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
        expect([verdicts.every(passes), verdicts.every(isComplete)]).toEqual([true, false]);
        const audited = audit(compacted);
        expect(audited.code).toBe(3);
        expect(audited.stdout).toMatch(/not auditable before offset \d+/);
        expect(audited.stdout).toMatch(/PARTLY AUDITABLE/);
        expect(audited.stdout).not.toMatch(/\npassed\n/);
        expect(audit(compacted, '--kept-only').code).toBe(0);
        expect(JSON.parse(audit(compacted, '--json').stdout)).toMatchObject({ passes: true, complete: false });
        expect(audit(compacted, '--emission', 'latest').code).toBe(3);
      } finally {
        await compacted.close();
      }
    } finally {
      await deployment.close();
    }
  }, 120_000);
});

describeWithKafkaAndRedis('the audit of what retention has left on Kafka', () => {
  test('inputs, updates and dead letters cut: no range without its evidence passes, none is called lost', async () => {
    const deployment = await openDeployment('kafka', QUICK);
    try {
      const [orders, clicks] = deployment.platform.topics.inputs;
      await deployment.write([{ topic: orders, partition: 0, key: null, value: null, timestampMs: Date.now() }]);
      await scored(deployment, 800);
      expect((await deployment.audit()).map(isComplete)).toEqual([true, true, true]);

      await truncateTopic(clicks, 1, 7);
      const cutInput = await deployment.audit();
      expect(cutInput.map(passes)).toEqual([true, true, true]);
      expect(cutInput[1]).toMatchObject({
        notAuditableBefore: byTopic({ clicks: 7 }),
        inputFrom: byTopic({ clicks: 7 }),
      });

      const { updates, deadLetters } = deployment.platform.topics;
      await allowDeletion(updates);
      await truncateTopic(updates, 2, 40);
      await truncateTopic(deadLetters, 0, 1);
      const cutOutput = await deployment.audit();
      expect(cutOutput.flatMap(({ findings }) => findings)).toEqual([]);
      expect(cutOutput.map(isComplete)).toEqual([false, false, false]);
      expect(cutOutput[0]!.unjudged).toBe(1);
      expect(cutOutput[2]!.compacted + cutOutput[2]!.unjudged).toBeGreaterThan(20);
      expect(audit(deployment).code).toBe(3);
    } finally {
      await deployment.close();
    }
  }, 120_000);
});
