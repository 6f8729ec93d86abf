import { UpdateCodec } from '../../src/serde/update-codec';
import { runCommand } from '../support/cli';
import { environmentOf } from '../support/cli-process';
import { openDeployment } from '../support/deployment';
import { simulatedRecords, writeInBatches } from '../support/recorded-stream';
import { describeWithKafkaAndRedis } from '../support/services';

/** The whole way on real servers: what somebody writes into the topic of updates is judged by the command, not by a copy in memory. */
describeWithKafkaAndRedis('the audit of an altered topic on Kafka', () => {
  test('passes what the scorer wrote; fails on one altered value, on garbage, and if nothing is scored any more', async () => {
    const deployment = await openDeployment('kafka', { CLV_MAX_IDLE_MS: '100' });
    try {
      const { updates } = deployment.platform.topics;
      const audit = (...args: string[]) => runCommand(['audit', ...args], environmentOf(deployment.settings));
      await writeInBatches(deployment, simulatedRecords(deployment, 300, { customers: 12, seed: 8 }), 100);
      const scorer = await deployment.startScorer();
      await deployment.drained();
      await scorer.stop();
      const honest = audit('--rescore', '--json');
      expect(honest).toMatchObject({ code: 0 });
      const verdicts = JSON.parse(honest.stdout).partitions as { rescored: number; updates: number }[];
      expect(verdicts.every(({ rescored, updates: count }) => rescored === count)).toBe(true);

      // A dead scorer: what waits for longer than is allowed is no pass.
      const [late] = simulatedRecords(deployment, 301, { customers: 12, seed: 8 }).slice(300);
      await deployment.write([late!]);
      expect(audit().code).toBe(0);
      expect(audit('--max-pending', '0')).toMatchObject({ code: 1, stdout: expect.stringContaining('overdue') });

      // The last update once more, with twice the value.
      const codec = new UpdateCodec();
      const reader = deployment.platform.reader();
      let last: { key: Uint8Array | null; value: Uint8Array | null } | undefined;
      await reader.readToEnd([{ topic: updates, partition: 1, offset: 0 }], async ({ records }) => {
        last = records.at(-1) ?? last;
      });
      const decoded = codec.decode(last!.value);
      if (!decoded.ok) throw new Error(decoded.detail);
      const value = codec.encode({ ...decoded.value, value: decoded.value.value * 2 });
      await deployment.write([{ topic: updates, partition: 1, key: last!.key, value, timestampMs: Date.now() }]);
      const altered = audit('--json');
      expect(altered.code).toBe(1);
      const findings = JSON.parse(altered.stdout).partitions[1].findings as { fault: string; field?: string }[];
      expect(findings).toContainEqual(
        expect.objectContaining({ fault: 'contradicted', field: 'value', customerId: decoded.value.customerId }),
      );

      await deployment.write([
        {
          topic: updates,
          partition: 2,
          key: Buffer.from('nobody'),
          value: Buffer.from('garbage'),
          timestampMs: Date.now(),
        },
      ]);
      expect(JSON.parse(audit('--json').stdout).partitions[2]).toMatchObject({ foreign: 1 });
    } finally {
      await deployment.close();
    }
  }, 180_000);
});
