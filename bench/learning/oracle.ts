import { systemClock } from '../../src/adapters/system/clock';
import { sha256 } from '../../src/adapters/system/digest';
import { SECONDS_PER_DAY } from '../../src/domain/event';
import { labelOf, type Origin } from '../../src/domain/labels/origins';
import { hashUnit } from '../../src/domain/math/hash';
import { mulberry32 } from '../../src/domain/math/random';
import type { NetworkWeights } from '../../src/domain/network/weights';
import { BLEND_HORIZON_DAYS } from '../../src/domain/scoring/blend';
import { type Example, exampleInputs } from '../../src/domain/scoring/example';
import type { Model, ModelSettings } from '../../src/domain/scoring/model';
import { segmentOf } from '../../src/domain/state/order-segments';
import type { SequenceState } from '../../src/domain/state/sequence-state';
import { netOrders } from '../../src/domain/state/summary';
import type { Learner } from '../../src/ports/learner';
import { decodeArtefact, encodeArtefact } from '../../src/serde/model-artefact';
import { decodeState, encodeState } from '../../src/serde/state-blob';
import { fitWithEarlyStopping } from '../../src/services/fit/early-stopping';
import { DEFAULT_PRETRAIN } from '../../src/services/fit/pretrain';
import { Contender as ServedContender } from '../../src/services/trainer/contender';
import type { MaturedOrigin } from '../../src/services/trainer/matured-origin';
import { refitShop, type ShopEvidence } from '../../src/services/trainer/shop-refit';
import type { Contender } from './contenders';
import { questionRounds } from './questions';
import { firstArtefact, type Schedule } from './schedule';
import type { ShopHistory } from './shops';

/** Each customer is judged by the fit that has not seen a label of theirs. */
const FOLDS = 5;
const FOLD_SALT = 0x0f01d;
const VALIDATION_SALT = 0x0e57;
const VALIDATION_SHARE = 0.2;
/** Questions that the oracle learns from, over all folds. */
const MOST_QUESTIONS = 12_000;
const EPOCHS = 10;
const PATIENCE = 3;

const foldOf = (customerId: string) => Math.floor(FOLDS * hashUnit(customerId, FOLD_SALT));

export interface OracleTask {
  readonly history: ShopHistory;
  readonly learner: Learner;
  readonly seed: number;
  readonly minorPerMajor: number;
  readonly everyDays: number;
}

/**
 * The network and the blend that are served, fitted on what the other customers did in the judged stretch itself. Nothing that learns from
 * the past can know it, so it bounds what learning could reach. Release k is that of fold k.
 */
export async function oracle({ history, learner, seed, minorPerMajor, everyDays }: OracleTask): Promise<Schedule> {
  const { shop, endS } = history;
  const customers: SequenceState[] = [];
  const asked: MaturedOrigin[] = [];
  for (const { atS, questions } of questionRounds(history, shop.judgedFromS, everyDays, DEFAULT_PRETRAIN.window)) {
    for (const { customer, state, tally } of questions) {
      const snapshot = encodeState(state);
      const segment = segmentOf(netOrders(state.summary));
      const origin: Origin = { customerId: customer.customerId, atS, snapshot, segment, score: null, tally };
      if (atS < shop.judgedFromS) customers.push(decodeState(snapshot));
      asked.push({ partition: 0, origin, clockS: endS });
    }
  }
  const share = MOST_QUESTIONS / asked.length;
  const origins = asked.filter(({ origin }) => hashUnit(`${origin.customerId} ${origin.atS}`, FOLD_SALT) < share);
  // Nothing fades: the whole stretch counts the same.
  const clockS = shop.judgedFromS;
  const releases = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = origins.filter(({ origin }) => foldOf(origin.customerId) !== fold);
    const evidence: ShopEvidence = { customers, origins: others, clockS, minorPerMajor };
    const { weights, settings } = await fittedOn(evidence, learner, mulberry32(seed * FOLDS + fold));
    const card = { createdBy: 'bench', trainedOn: 'the judged stretch', examples: others.length, loss: null };
    const artefact = encodeArtefact(
      { weights, settings, card: { ...card, seed, createdAtMs: null, parent: null } },
      sha256,
    );
    releases.push({ fromS: 0, artefact, note: `fold ${fold}` });
  }
  return { releases, verdicts: {} };
}

/** Starts from the first weights with the shop's statistics, trains all weights with early stopping, and fits the statistics again. */
async function fittedOn(
  evidence: ShopEvidence,
  learner: Learner,
  random: () => number,
): Promise<Pick<Model, 'weights' | 'settings'>> {
  const decoded = decodeArtefact(firstArtefact(), sha256);
  if (!decoded.ok) throw new Error(decoded.reason);
  // The statistics look at 90 days at most: a longer label would be left out. The sample is small enough to be fitted on whole.
  const blended: ShopEvidence = { ...evidence, origins: evidence.origins.map(upToBlendDays) };
  const start = (await refitShop(decoded.model, blended, systemClock)) ?? decoded.model;
  const held = ({ origin }: MaturedOrigin) => hashUnit(origin.customerId, VALIDATION_SALT) < VALIDATION_SHARE;
  const train = evidence.origins.filter((origin) => !held(origin)).map((one) => exampleOf(one, start.settings));
  const validation = evidence.origins.filter(held).map((one) => exampleOf(one, start.settings));
  learner.load(start.weights);
  await fitWithEarlyStopping(learner, () => train, validation, {
    ...DEFAULT_PRETRAIN,
    ...{
      epochs: EPOCHS,
      patience: PATIENCE,
      learningRate: DEFAULT_PRETRAIN.learningRate / 3,
      judgeStart: true,
      random,
    },
  });
  const trained: { weights: NetworkWeights; settings: ModelSettings } = {
    weights: learner.weights(),
    settings: start.settings,
  };
  return (await refitShop(trained, blended, systemClock)) ?? trained;
}

function upToBlendDays(matured: MaturedOrigin): MaturedOrigin {
  const untilS = matured.origin.atS + BLEND_HORIZON_DAYS * SECONDS_PER_DAY + 1;
  return { ...matured, clockS: Math.min(matured.clockS, untilS) };
}

function exampleOf({ origin, clockS }: MaturedOrigin, settings: ModelSettings): Example {
  return { ...exampleInputs(decodeState(origin.snapshot), origin.atS, settings), label: labelOf(origin, clockS) };
}

/** Answers each customer with the fit of the other folds. */
export function foldedContender(name: string, { releases }: Schedule, minorPerMajor: number): Contender {
  const folds = releases.map(({ artefact }) => new ServedContender(artefact, sha256, minorPerMajor));
  return {
    name,
    at: () => (state, customer, atS) => {
      // Each fold has an encoder of its own.
      return folds[foldOf(customer.customerId)]!.read(state, atS);
    },
  };
}
