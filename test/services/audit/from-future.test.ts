import type { DeadLetter } from '../../../src/domain/dead-letter';
import { auditOf, letterAt, letterCodec, type ScoredLog, scoredLog } from '../../support/scored-log';
import { seeded, testSeed } from '../../support/seeded';

const seed = testSeed();

/** The log with one letter of a record from the future changed. */
function altered(log: ScoredLog, change: Partial<DeadLetter>): ScoredLog {
  const at = log.letters.findIndex((_, i) => letterAt(log, i).reason === 'timestamp-ahead');
  const letters = log.letters.map((record, i) =>
    i === at ? { ...record, value: letterCodec.encode({ ...letterAt(log, i), ...change }) } : record,
  );
  return { ...log, letters };
}

describe(`records from the future in the audit (CLV_TEST_SEED=${seed})`, () => {
  const log = scoredLog(seeded(seed), { customers: 4, eventsEach: 30, profiles: true, fromFuture: true });
  const refused = log.letters.filter((_, at) => letterAt(log, at).reason === 'timestamp-ahead').length;

  test('count as set aside, whatever the clock says, and their events as not folded', async () => {
    const verdict = await auditOf(log);
    expect(verdict.findings).toEqual([]);
    expect(refused).toBeGreaterThan(3);
    expect(verdict.setAside).toBe(refused);
  });

  test.each<[string, Partial<DeadLetter>]>([
    ['another detail', { detail: 'because' }],
    ['another timestamp', { timestampMs: 1 }],
    ['another reason', { reason: 'time-out-of-range' }],
  ])('a letter with %s is contradicted', async (_name, change) => {
    expect((await auditOf(altered(log, change))).contradicted).toBe(1);
  });
});
