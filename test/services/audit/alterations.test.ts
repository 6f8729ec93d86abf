import { isScorable, passes } from '../../../src/domain/audit/audit';
import { ALTERATIONS } from '../../support/alterations';
import { auditOf, type ScoredLog, scoredLog } from '../../support/scored-log';
import { seeded, testSeed } from '../../support/seeded';

const SEED = testSeed();

const seen = async (log: ScoredLog, rescore: boolean) => {
  const verdict = await auditOf(log, { rescores: () => rescore });
  return !(passes(verdict) && isScorable(verdict));
};

describe(`each alteration of a log of outcomes is seen (CLV_TEST_SEED=${SEED})`, () => {
  const logs = [0, 1].map((i) => scoredLog(seeded(SEED + i), { customers: 4, eventsEach: 14, profiles: i > 0 }));

  test.each(Object.keys(ALTERATIONS))('%s', async (name) => {
    let applied = 0;
    for (const [i, log] of logs.entries()) {
      const altered = ALTERATIONS[name]!(log, seeded(SEED + 7 * i));
      if (altered === null) continue;
      applied += 1;
      expect({ log: i, seen: await seen(altered, true) }).toEqual({ log: i, seen: true });
    }
    expect(applied).toBeGreaterThan(0);
  });
});
