import { sha256 } from '../../../src/adapters/system/digest';
import { loadBackend } from '../../../src/adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../../src/adapters/tensorflow/tensorflow-learner';
import { type CustomerEvent, SECONDS_PER_DAY } from '../../../src/domain/event';
import { quantileOf } from '../../../src/domain/math/quantile';
import { mulberry32 } from '../../../src/domain/math/random';
import { trainingShop } from '../../../src/domain/simulation/shop-population';
import { simulateShop } from '../../../src/domain/simulation/simulated-shop';
import type { Learner } from '../../../src/ports/learner';
import { decodeArtefact } from '../../../src/serde/model-artefact';
import { fitModel } from '../../../src/services/fit/fit';
import { DEFAULT_PRETRAIN } from '../../../src/services/fit/pretrain';
import { TINY_SHAPE } from '../../support/examples';

const START_S = 1_700_000_000;
const END_S = START_S + 200 * SECONDS_PER_DAY;

function history(): CustomerEvent[] {
  const events: CustomerEvent[] = [];
  for (const event of simulateShop(trainingShop, { customers: 120, startS: START_S, random: mulberry32(11) })) {
    if (event.timeS >= END_S) break;
    if (event.kind !== 'click' && event.kind !== 'browse') events.push(event);
  }
  return events;
}

/** Trains on WebAssembly: slow where the machine is busy. */
jest.setTimeout(240_000);

describe('a fit', () => {
  let learner: Learner;
  beforeAll(async () => {
    learner = new TensorFlowLearner(await loadBackend({ preference: 'wasm', threads: 1 }));
  });
  afterAll(() => learner.dispose());

  const fitted = (events: readonly CustomerEvent[]) =>
    fitModel(
      {
        events,
        recorded: true,
        description: 'a test',
        currency: { code: 'GBP', minorPerMajor: 100 },
        parent: null,
        options: {
          ...DEFAULT_PRETRAIN,
          ...{ shape: TINY_SHAPE, window: 4, epochs: 1, batchSize: 64, seed: 1, endS: END_S, minorPerMajor: 100 },
        },
      },
      { learner, sha256, follow: () => () => undefined },
    );

  test('takes an outlying order for one at the cap: the same bytes for any larger amount; and says its currency', async () => {
    const events = history();
    const orders = events.filter(({ kind, amountMinor }) => kind === 'order' && amountMinor > 0);
    const amounts = orders.map(({ amountMinor }) => amountMinor).sort((a, b) => a - b);
    const cap = 100 * Math.round(quantileOf(amounts, 0.5));
    expect(amounts.at(-1)).toBeLessThan(cap);
    const middle = orders[Math.floor(orders.length / 2)]!;
    const withOutlier = (amountMinor: number) =>
      fitted(events.map((event) => (event === middle ? { ...event, amountMinor } : event)));
    const atCap = await withOutlier(cap);
    expect((await withOutlier(1e9)).artefact).toEqual(atCap.artefact);
    expect((await withOutlier(1e14)).artefact).toEqual(atCap.artefact);
    expect(decodeArtefact(atCap.artefact, sha256)).toMatchObject({
      ok: true,
      model: { settings: { currency: { code: 'GBP', minorPerMajor: 100 } } },
    });
  });
});
