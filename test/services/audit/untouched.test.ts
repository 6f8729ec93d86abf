import { passes } from '../../../src/domain/audit/audit';
import type { Emission } from '../../../src/services/scorer/emission';
import { auditOf, scoredLog } from '../../support/scored-log';
import { seeded, testSeed } from '../../support/seeded';

const SEED = testSeed();
const LOGS = 1;

/** Late events, repeats, refunds, ticks, poison records, model swaps: nothing of it may be taken for an alteration. */
describe(`the audit of an untouched log (CLV_TEST_SEED=${SEED})`, () => {
  const modes: readonly Emission[] = ['every', 'coalesce', 'latest'];
  test.each(
    modes.flatMap((emission) => [
      { emission, rollBacks: false, profiles: false },
      { emission, rollBacks: true, profiles: false },
      { emission, rollBacks: false, profiles: true },
      { emission, rollBacks: true, profiles: true },
      { emission, rollBacks: true, profiles: true, fromFuture: true },
      { emission, rollBacks: true, profiles: true, earlierSteps: true },
    ]),
  )('passes: %o', async (options) => {
    for (let i = 0; i < LOGS; i++) {
      const seed = SEED + i;
      // Which window folded the events of one merged update is not in the log.
      const windows = options.emission === 'latest' ? [4, 4, 4] : [4, 6, 4];
      const log = scoredLog(seeded(seed), { ...options, windows, customers: 5, eventsEach: 30 });
      const verdict = await auditOf(log);
      expect({ seed, findings: verdict.findings }).toEqual({ seed, findings: [] });
      expect(passes(verdict)).toBe(true);
      expect(verdict.rescored + verdict.unscorable).toBe(log.updates.length);
      // Each update names its event, so nothing is left open but what a roll-back reordered.
      if (options.emission === 'every' && !options.rollBacks) expect(verdict.unscorable).toBe(0);
      if (!options.rollBacks) expect(verdict.refolded).toBe(0);
      expect(verdict.updates).toBeGreaterThan(0);
    }
  });

  // Roll-backs after which the window of kept events depends on what the log does not show: folded again under another window size (5009,
  // 803369010), in another order across topics (5438), or by a model that no update names (9169).
  test.each([5009, 5438, 9169, 803369010])('passes after the roll-backs of seed %i', async (seed) => {
    for (const emission of ['every', 'coalesce'] as const) {
      for (const profiles of [false, true]) {
        const options = { emission, profiles, rollBacks: true, windows: [4, 6, 4], customers: 5, eventsEach: 30 };
        const { findings } = await auditOf(scoredLog(seeded(seed), options));
        expect({ emission, profiles, findings }).toEqual({ emission, profiles, findings: [] });
      }
    }
  });
});
