import { rungsOf } from '../../../../src/services/fit/search/halving';
import { type SearchPlan, type SearchRunRecord, search } from '../../../../src/services/fit/search/search';
import { seeded, testSeed } from '../../../support/seeded';

const seed = testSeed();

/** A search run's score follows from its number and rung, as a training's follows from its options. The defaults can always be trained. */
function scoreOf(trial: number, rung: number): number | null {
  const score = seeded(seed + 100 * rung + trial).next();
  return score < 0.1 && trial !== 0 ? null : score;
}

function planOf(trials: number): SearchPlan {
  return { rungs: rungsOf(trials, 1e6, 1), values: Array.from({ length: trials }, (_, i) => ({ batchSize: i + 1 })) };
}

async function run(plan: SearchPlan, earlier: readonly SearchRunRecord[], killAfter = Number.POSITIVE_INFINITY) {
  const kept = [...earlier];
  const requested: string[] = [];
  const outcome = await search(plan, {
    earlier,
    run: async (trial, rung) => {
      if (requested.length >= killAfter) throw new Error('killed');
      requested.push(`${rung}/${trial}`);
      const score = scoreOf(trial, rung);
      return { rung, trial, customers: 10 ** rung, values: plan.values[trial]!, folds: [score], score };
    },
    onRecord: async (record) => void kept.push(record),
  }).catch((error: Error) => error);
  return { outcome, kept, requested };
}

describe(`a search (CLV_TEST_SEED=${seed})`, () => {
  test('each rung runs the better half of the one before and the defaults; the best of the last wins', async () => {
    const plan = planOf(8);
    const { outcome, kept } = await run(plan, []);
    if (outcome instanceof Error) throw outcome;
    const byRung = plan.rungs.map((_, rung) => kept.filter((record) => record.rung === rung));
    expect(byRung.map((records) => records.length)).toEqual([8, 4, 2]);
    for (const [rung, records] of byRung.entries()) {
      const next = new Set(byRung[rung + 1]?.map(({ trial }) => trial).filter((trial) => trial !== 0));
      expect(records.map(({ trial }) => trial)).toContain(0);
      const worst = Math.max(...records.filter(({ trial }) => next.has(trial)).map(({ score }) => score ?? Infinity));
      for (const { trial, score } of records) {
        if (next.size > 0 && trial !== 0 && !next.has(trial)) expect(score ?? Infinity).toBeGreaterThanOrEqual(worst);
      }
    }
    expect(outcome.winner.score).toBe(Math.min(...byRung[2]!.map(({ score }) => score ?? Infinity)));
    expect(outcome.records).toEqual(kept);
  });

  test('killed anywhere and run again it ends as if it had not been, and runs nothing twice', async () => {
    const plan = planOf(9);
    const whole = await run(plan, []);
    for (let killAfter = 0; killAfter < whole.requested.length; killAfter++) {
      const first = await run(plan, [], killAfter);
      expect(first.outcome).toBeInstanceOf(Error);
      const second = await run(plan, first.kept);
      expect(second.outcome).toEqual(whole.outcome);
      expect(second.kept).toEqual(whole.kept);
      expect([...first.requested, ...second.requested]).toEqual(whole.requested);
    }
  });

  test('reports that no search run can be trained', async () => {
    const plan = planOf(2);
    const failed = plan.values.map((values, trial) => ({
      rung: 0,
      trial,
      customers: 1,
      values,
      folds: [null],
      score: null,
    }));
    const { outcome } = await run(plan, failed);
    expect((outcome as Error).message).toContain('too short for the splits');
  });
});
