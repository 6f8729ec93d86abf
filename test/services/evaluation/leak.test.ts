import { linearBaseline } from '../../../src/adapters/baselines/linear';
import { loadBackend } from '../../../src/adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../../src/adapters/tensorflow/tensorflow-learner';
import type { NetworkFitter } from '../../../src/domain/blend/network-model';
import { type CustomerEvent, SECONDS_PER_DAY } from '../../../src/domain/event';
import { mulberry32 } from '../../../src/domain/math/random';
import { trainingShop } from '../../../src/domain/simulation/shop-population';
import { simulateShop } from '../../../src/domain/simulation/simulated-shop';
import type { BaselineRegressor } from '../../../src/ports/baselines';
import type { EvaluationTask } from '../../../src/services/evaluation/evaluation-task';
import { makeForecasts } from '../../../src/services/evaluation/forecasts';
import { DEFAULT_PRETRAIN, pretrain } from '../../../src/services/fit/pretrain';
import { TINY_SHAPE } from '../../support/examples';

const SEED = 19;
const START_S = 1_699_920_000; // midnight UTC
const CUT_S = START_S + 150 * SECONDS_PER_DAY;
const END_S = CUT_S + 60 * SECONDS_PER_DAY;

/** Orders and refunds of a small shop. */
function shop(): CustomerEvent[] {
  const events: CustomerEvent[] = [];
  for (const event of simulateShop(trainingShop, { customers: 60, startS: START_S, random: mulberry32(SEED) })) {
    if (event.timeS >= END_S) break;
    if (event.kind !== 'click' && event.kind !== 'browse') events.push(event);
  }
  return events;
}

/** The same regression under the names that the evaluation expects: a leak through the features would show in each. */
const BASELINES: BaselineRegressor[] = (['linear', 'tree', 'forest', 'svr'] as const).map((name) => ({
  ...linearBaseline,
  name,
}));

/** Trains several networks on WebAssembly: slow where the machine is busy. */
jest.setTimeout(240_000);

/** Whole pipeline on two histories that are equal up to the cut (MODEL, "Leak test"). */
describe(`nothing after the cut is learnt from (seed ${SEED})`, () => {
  let learner: TensorFlowLearner;
  beforeAll(async () => {
    learner = new TensorFlowLearner(await loadBackend({ preference: 'wasm', threads: 1 }));
  });
  afterAll(() => learner.dispose());

  const trainedUntil =
    (lateByDays: number): NetworkFitter =>
    (train, endS, seed) =>
      pretrain(train, learner, {
        ...DEFAULT_PRETRAIN,
        shape: TINY_SHAPE,
        window: 4,
        epochs: 1,
        batchSize: 64,
        seed,
        endS: endS + lateByDays * SECONDS_PER_DAY,
        minorPerMajor: 100,
      });

  /** Every number of every model, by customer. */
  const scores = async (events: readonly CustomerEvent[], fitNetwork = trainedUntil(0)) => {
    const task: EvaluationTask = {
      set: 'shop',
      events,
      train: events,
      cutS: CUT_S,
      horizonDays: 30,
      seeds: [1],
      minorPerMajor: 100,
    };
    const made = await makeForecasts(task, { baselines: BASELINES, fitNetwork, onProgress: () => {} });
    const { customers, network, baselines, chosenBaselines, totals, labelWindowDays } = made;
    return {
      customers: customers.map(({ customerId }) => customerId),
      network,
      baselines: Object.fromEntries(baselines),
      chosenBaselines,
      totals,
      labelWindowDays,
    };
  };

  const events = shop();
  const before = events.filter(({ timeS }) => timeS < CUT_S);
  const later = events.filter(({ timeS }) => timeS >= CUT_S);
  const inflated = later.map((event) => ({ ...event, amountMinor: 1_000 * event.amountMinor }));

  test('the later part deleted, or a thousand times as large: the same scores, bit for bit', async () => {
    expect(later.length).toBeGreaterThan(15);
    const whole = await scores(events);
    expect(whole.network.served[0]!.every(({ spend }) => Number.isFinite(spend))).toBe(true);
    expect(await scores(before)).toEqual(whole);
    expect(await scores([...before, ...inflated])).toEqual(whole);
  });

  test('a network that looks 30 days past the cut is caught', async () => {
    const [whole, deleted] = [await scores(events, trainedUntil(30)), await scores(before, trainedUntil(30))];
    expect(deleted.network).not.toEqual(whole.network);
    expect(deleted.baselines).toEqual(whole.baselines);
  });

  test('one later value that slips before the cut is caught in the baselines and the network', async () => {
    /** Leaks the amount of the first later order of a known customer into that customer's last order before the cut. */
    const leaking = (all: readonly CustomerEvent[]) => {
      const leaked = all.find(
        ({ timeS, kind, customerId }) =>
          timeS >= CUT_S &&
          kind === 'order' &&
          before.some((known) => known.kind === 'order' && known.customerId === customerId),
      );
      const target =
        leaked && before.findLast(({ kind, customerId }) => kind === 'order' && customerId === leaked.customerId);
      return all.map((event) =>
        event === target ? { ...event, amountMinor: event.amountMinor + leaked!.amountMinor } : event,
      );
    };
    const [whole, deleted] = [await scores(leaking(events)), await scores(leaking(before))];
    expect(deleted.baselines).not.toEqual(whole.baselines);
    expect(deleted.network).not.toEqual(whole.network);
  });
});
