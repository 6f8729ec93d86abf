import type { BtydModel } from '../../../src/domain/btyd/btyd-model';
import { Explainer } from '../../../src/domain/explanation/explanation';
import { history, predict } from '../../../src/domain/scoring/prediction';
import { Scorer } from '../../../src/domain/scoring/scorer';
import { emptyState } from '../../../src/domain/state/sequence-state';
import { anEvent } from '../../support/events';
import { randomModel } from '../../support/models';

const MONEY = { currency: 'EUR', minorPerMajor: 100 };
const DAY_S = 86_400;
/** A typical order of the model is 50.00: the cap is 5,000.00. */
const CAP_MINOR = 500_000;
const structure: BtydModel = {
  paretoNbd: { r: 0.6, alpha: 20, s: 0.5, beta: 30 },
  networkShares: [0.2, 0.4, 0.6, 0.8],
  level: 1.1,
  value: { prior: { meanMinor: 4_000, weight: 2 }, networkShare: 0.4 },
};

/** Orders of 50, X, 50 and as many more of 50, scored as on the stream. */
function scored(outlierMinor: number, later: number) {
  const model = randomModel(5);
  const scorer = new Scorer({ ...model, settings: { ...model.settings, structure } }, MONEY.minorPerMajor);
  const state = emptyState(model.weights.shape.units);
  [5_000, outlierMinor, 5_000, ...new Array<number>(later).fill(5_000)].forEach((amountMinor, offset) => {
    const event = anEvent({ eventId: `o${offset}`, timeS: 1_700_000_000 + offset * 9 * DAY_S, amountMinor });
    scorer.fold(state, event, { topic: 0, partition: 0, offset });
  });
  const { asOfS, value } = state.published!;
  const prediction = predict(scorer, scorer.read(state, asOfS), state.summary, asOfS, MONEY);
  const { features, baseline } = new Explainer(scorer.model, MONEY.minorPerMajor).explain(state, asOfS);
  return { value, prediction, features, baseline, past: history(state.summary, asOfS, MONEY) };
}

describe('an outlying order', () => {
  test('is worth an order at the cap, whatever its size; what people see of the past stays exact', () => {
    const { past: pastAtCap, ...atCap } = scored(CAP_MINOR, 0);
    expect(pastAtCap.historicClv).toBe(5_100);
    for (const major of [1e7, 1e12]) {
      const { past, ...capped } = scored(major * 100, 0);
      expect(capped).toEqual(atCap);
      expect(past.historicClv).toBe(major + 100);
    }
  });

  test.each([5, 40])('is no larger when %i orders have come after it', (later) => {
    const [{ past: one, ...seven }, { past: other, ...twelve }] = [scored(1e9, later), scored(1e14, later)];
    expect(seven).toEqual(twelve);
    expect(other.historicClv).toBeGreaterThan(one.historicClv);
    // The state has only the sum of what has left its window of 4 to 7 events.
    const atCap = scored(CAP_MINOR, later).value;
    expect(twelve.value).toBeGreaterThanOrEqual(atCap);
    expect(twelve.value).toBeLessThan(4 * atCap);
  });
});
