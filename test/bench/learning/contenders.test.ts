import { changedShop, OPENS_S } from '../../../bench/learning/changed-shops';
import { baselines, scheduled } from '../../../bench/learning/contenders';
import { questionRounds } from '../../../bench/learning/questions';
import type { Shop } from '../../../bench/learning/shops';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import type { HeadOutputs } from '../../../src/domain/scoring/model';
import { artefactOf, handWeights } from '../../support/hand-model';

const CUT_S = OPENS_S + 90 * SECONDS_PER_DAY;
const END_S = CUT_S + 30 * SECONDS_PER_DAY;
const EVENTS = changedShop('demand', 80).filter(({ timeS }) => timeS < END_S);

/** What each baseline says at the cut, by customer. */
function answers(events: typeof EVENTS): Record<string, HeadOutputs>[] {
  const history = { shop: {} as Shop, events, endS: END_S };
  const [round] = questionRounds(history, CUT_S, 28, 8);
  return baselines(history, 100).map((contender) => {
    const forecast = contender.at(round!.atS);
    return Object.fromEntries(
      round!.questions.map(({ customer, state }) => [customer.customerId, forecast(state, customer, round!.atS)]),
    );
  });
}

test('baselines answer with finite numbers, and see nothing from the cut on', () => {
  const before = answers(EVENTS);
  expect(before).toHaveLength(2);
  for (const outputs of before.flatMap((one) => Object.values(one))) {
    const { curve, dispersion, orderValueMinor, logSpendSigma } = outputs;
    for (const value of [...Object.values(curve), dispersion, orderValueMinor, logSpendSigma])
      expect(Number.isFinite(value)).toBe(true);
  }
  const other = EVENTS.map((event) =>
    event.timeS < CUT_S ? event : { ...event, amountMinor: 1_000 * event.amountMinor },
  );
  expect(answers(other.filter(({ timeS, kind }) => timeS < CUT_S || kind !== 'click'))).toEqual(before);
});

test('a schedule answers with the model that is in force at the instant', () => {
  const [round] = questionRounds({ shop: {} as Shop, events: EVENTS, endS: END_S }, CUT_S, 28, 8);
  const release = (fromS: number, level: number) => ({ fromS, artefact: artefactOf(handWeights(level)), note: '' });
  const releases = [release(0, 0), release(CUT_S - 1, 0.5), release(CUT_S, 1)];
  const contender = scheduled('three models', { releases, verdicts: {} }, 100);
  const { customer, state } = round!.questions[0]!;
  const rateAt = (timeS: number) => contender.at(timeS)(state, customer, round!.atS).curve.ratePerDay;
  const rates = [CUT_S - 2, CUT_S - 1, CUT_S].map(rateAt);
  expect(rates[1]! / rates[0]!).toBeCloseTo(Math.exp(0.5), 1);
  expect(rates[2]! / rates[0]!).toBeCloseTo(Math.exp(1), 1);
});
