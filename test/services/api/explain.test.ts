import { Explainer } from '../../../src/domain/explanation/explanation';
import { Scorer } from '../../../src/domain/scoring/scorer';
import { emptyState } from '../../../src/domain/state/sequence-state';
import { encodeState } from '../../../src/serde/state-blob';
import { explainFromState } from '../../../src/services/api/explain';
import { anEvent } from '../../support/events';
import { randomModel } from '../../support/models';

describe('an explanation from the stored state', () => {
  const scorer = new Scorer(randomModel(3), 100);
  const state = emptyState(scorer.model.weights.shape.units);
  const { timeS } = anEvent();
  scorer.fold(state, anEvent(), { topic: 0, partition: 1, offset: 0 });
  const blob = encodeState(state);
  const requested: [number, string][] = [];
  const states = {
    read: async (partition: number, customerId: string) => {
      requested.push([partition, customerId]);
      return customerId === 'ann' ? blob : null;
    },
  };
  const explain = explainFromState(
    states,
    () => new Explainer(scorer.model, 100),
    () => 1,
  );

  test("reads the customer's partition and explains as of the requested time, not before the last event", async () => {
    const later = timeS + 20 * 86_400;
    const explanation = await explain('ann', later);
    expect(requested).toEqual([[1, 'ann']]);
    expect(explanation).toMatchObject({ asOfS: later, modelVersion: scorer.model.version });
    expect(explanation!.events).toEqual([expect.objectContaining({ kind: 'order', timeS, amountMinor: 4_200 })]);
    expect(explanation!.value).toBeCloseTo(scorer.clv(scorer.read(state, later), 365), 4);
    expect((await explain('ann', timeS - 1_000))!.asOfS).toBe(timeS);
  });

  test('a customer without a state gets no explanation', async () => {
    expect(await explain('bob', timeS)).toBeNull();
  });
});
