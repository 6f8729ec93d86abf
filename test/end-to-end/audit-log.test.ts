import { eventCodec } from '../../src/cli/compose/codecs';
import { passes } from '../../src/domain/audit/audit';
import type { LogRecord } from '../../src/ports/log';
import { ownSchemas } from '../../src/serde/contracts';
import { DeadLetterCodec } from '../../src/serde/dead-letter-codec';
import { UpdateCodec } from '../../src/serde/update-codec';
import { auditTopics } from '../../src/services/audit/audit';
import { openDeployment } from '../support/deployment';
import { simulatedRecords, writeInBatches } from '../support/recorded-stream';

/** The verdict must come from the log: a tampered copy of the same updates must fail it. */
describe('the audit of a real log', () => {
  test('passes what the scorer wrote, and sees 1 lost and 1 doubled in a copy with one update dropped and another twice', async () => {
    const deployment = await openDeployment('embedded');
    try {
      const { platform, settings } = deployment;
      await writeInBatches(deployment, simulatedRecords(deployment, 1_500, { customers: 60, seed: 5 }));
      await deployment.startScorer();
      await deployment.drained();
      const honest = await deployment.audit();
      expect(honest.every(passes)).toBe(true);
      expect(honest.reduce((sum, verdict) => sum + verdict.updates, 0)).toBe(1_500);

      const tampered = 'clv-updates-tampered';
      await platform.admin().ensureTopics([{ name: tampered, partitions: 3, compacted: false }]);
      const reader = platform.reader();
      for (let partition = 0; partition < 3; partition++) {
        const records: LogRecord[] = [];
        await reader.readToEnd([{ topic: platform.topics.updates, partition, offset: 0 }], async (batch) => {
          records.push(...batch.records);
        });
        if (partition === 1) {
          const last = records.length - 1;
          records.splice(last, 0, records[last - 1]!); // doubled
          records.splice(7, 1); // lost
        }
        await deployment.write(
          records.map(({ key, value, timestampMs }) => ({ topic: tampered, partition, key, value, timestampMs })),
        );
      }
      const ports = {
        reader,
        events: eventCodec(settings, 3, ownSchemas),
        updates: new UpdateCodec(),
        deadLetters: new DeadLetterCodec(),
      };
      const topics = {
        inputs: platform.topics.inputs,
        updates: tampered,
        deadLetters: platform.topics.deadLetters,
      };
      const options = { emission: 'every', emitted: null, updatesKeptSinceMs: Number.NEGATIVE_INFINITY } as const;
      const verdicts = await auditTopics(ports, topics, 3, options);
      expect(verdicts.map(({ lost, doubled }) => ({ lost, doubled }))).toEqual([
        { lost: 0, doubled: 0 },
        { lost: 1, doubled: 1 },
        { lost: 0, doubled: 0 },
      ]);
      expect(verdicts.map(passes)).toEqual([true, false, true]);
    } finally {
      await deployment.close();
    }
  });
});
