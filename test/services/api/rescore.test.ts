import { Scorer } from '../../../src/domain/scoring/scorer';
import type { TierCuts } from '../../../src/domain/scoring/tier-cuts';
import { emptyState } from '../../../src/domain/state/sequence-state';
import type { ValueTier } from '../../../src/domain/update';
import type { StateReader } from '../../../src/ports/state-store';
import { encodeState } from '../../../src/serde/state-blob';
import { rescoreFromState } from '../../../src/services/api/rescore';
import { anEvent } from '../../support/events';
import { randomModel } from '../../support/models';

const MONEY = { currency: 'EUR', minorPerMajor: 100 };
const scorer = new Scorer(randomModel(3), 100);
const START_S = 1_700_000_000;

function storedWith(tier: ValueTier | undefined): StateReader {
  const state = emptyState(4);
  scorer.fold(state, anEvent({ timeS: START_S }), { topic: 0, partition: 0, offset: 0 });
  state.published!.tier = tier;
  const blob = encodeState(state);
  return { read: async () => blob } as unknown as StateReader;
}

const scoreNow = (tier: ValueTier | undefined, tierCuts: TierCuts) =>
  rescoreFromState(
    storedWith(tier),
    () => ({ scorer, tierCuts }),
    () => 0,
    MONEY,
  )('ann', START_S + 86_400);

test('the tier as of now follows from the tier in the state and the cuts in force', async () => {
  const { value } = (await scoreNow(undefined, { version: 't-1', cuts: [1, 2, 3], margin: 0.05 }))!;
  const at = (factor: number): TierCuts => ({ version: 't-1', cuts: [value * factor, 1e9, 1e9], margin: 0.05 });
  const held = await scoreNow('silver', at(1.02));
  expect(held).toMatchObject({ tierCuts: 't-1', previousTier: 'silver', prediction: { valueTier: 'silver' } });
  const passed = await scoreNow('silver', at(1.1));
  expect(passed).toMatchObject({ previousTier: 'silver', prediction: { valueTier: 'bronze' } });
});

test('of a state without a tier it follows from the model’s cuts, as its updates do', async () => {
  const now = (await scoreNow(undefined, { version: 't-1', cuts: [1e8, 1e9, 1e9], margin: 0.05 }))!;
  expect(now).toMatchObject({ tierCuts: '', previousTier: null });
  const [silver] = scorer.model.settings.tierCuts;
  expect(now.prediction.valueTier === 'bronze').toBe(now.value < silver);
});
