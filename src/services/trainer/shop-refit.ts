import { NETWORK_ALONE } from '../../domain/blend/blend-choice';
import { endedIntervals, recentNetworkLevel } from '../../domain/blend/level';
import { type OutputShift, outputShift, type ShiftRow, shifted, withShift } from '../../domain/blend/output-shift';
import { blendOnStream, type ShopFit } from '../../domain/blend/stream-blend';
import type { StreamRow } from '../../domain/blend/stream-row';
import { type BtydModel, hasBtydFit } from '../../domain/btyd/btyd-model';
import { fitGammaGamma, type MeanValue, orderValuePrior } from '../../domain/btyd/gamma-gamma';
import { fitOrderValuePrior } from '../../domain/btyd/order-value-fit';
import { conditionalCurve, fitParetoNbd } from '../../domain/btyd/pareto-nbd';
import { type RecencyFrequency, recencyFrequency } from '../../domain/btyd/recency-frequency';
import type { OrderCurve } from '../../domain/distribution/order-curve';
import { SECONDS_PER_DAY } from '../../domain/event';
import { INTERVAL_EDGES_DAYS } from '../../domain/label-intervals';
import { labelOf } from '../../domain/labels/origins';
import { recentSample } from '../../domain/labels/recent-sample';
import { quantileOf } from '../../domain/math/quantile';
import type { NetworkWeights } from '../../domain/network/weights';
import { lossParts, type OriginLabel } from '../../domain/scoring/example';
import { type HeadOutputs, type Model, type ModelSettings, ownOrderValueMinor } from '../../domain/scoring/model';
import { Scorer } from '../../domain/scoring/scorer';
import { cappedMoney, mostOrderMinor } from '../../domain/state/capped-money';
import type { SequenceState } from '../../domain/state/sequence-state';
import { NEVER_S } from '../../domain/state/summary';
import { kindOf } from '../../domain/state/window';
import type { Clock } from '../../ports/clock';
import { decodeState } from '../../serde/state-blob';
import type { Contender } from './contender';
import type { MaturedOrigin } from './matured-origin';
import { READ_AT_ONCE } from './pace';

/** Minimum number of orders for the scale of money, and of customers with repeat orders for the BTYD models. */
const LEAST_ORDERS = 30;
const LEAST_REPEATING = 30;
/** The scale of money is an input of the encoder: a new one re-encodes every state. So it is replaced only if it is off by this factor. */
const SCALE_TOLERANCE = 1.5;
/** Origins from which the blend is chosen: recent ones are more likely, but a large shop has weeks in it too, not its last hour. */
const MAX_ORIGINS = 10_000;
const SAMPLE_MEMORY_S = 56 * SECONDS_PER_DAY;
/** Minimum number of questions with a matured label on which new statistics are compared with those in force. */
const LEAST_COMPARED = 50;
/** In that comparison what ended this long ago counts 1/e: a regime that has ended must not vote against the new one. */
const WORTH_MEMORY_S = 14 * SECONDS_PER_DAY;
/** Longer intervals began long ago: they would say for months how it was. */
const WORTH_DAYS = 30;
/** Origins this old count 1/e in the network's own totals. */
const SHIFT_MEMORY_S = 56 * SECONDS_PER_DAY;

export interface ShopEvidence {
  /** States as of `clockS`. */
  readonly customers: readonly SequenceState[];
  /** Origins with at least one closed interval. */
  readonly origins: readonly MaturedOrigin[];
  readonly clockS: number;
  readonly minorPerMajor: number;
}

/**
 * The statistics of the shop, fitted again for a network: scale of money, order-value prior, Pareto/NBD, Gamma-Gamma, blend and total. As long
 * as too few customers have ordered again for Pareto/NBD, the level and the shapes are fitted for the network alone. Of the weights only two
 * output biases change. Returns null if there is too little to fit anything.
 */
export async function refitShop(
  { weights, settings }: Pick<Model, 'weights' | 'settings'>,
  evidence: ShopEvidence,
  clock: Clock,
): Promise<RefittedShop | null> {
  const { customers } = evidence;
  const scaled = scaleOfMoney(settings, customers);
  if (scaled === null) return null;
  const { structure: before, logSpendSigmaFactors: _, ...plain } = scaled;
  const fitted = await blendOf(weights, plain, before !== undefined && hasBtydFit(before), evidence, clock);
  const refitted = fitted === null ? scaled : { ...plain, structure: fitted.structure };
  const moved = fitted === null ? weights : withShift(weights, fitted.shift);
  return { weights: moved, settings: refitted };
}

/** A network with the shop's statistics. */
export interface RefittedShop {
  readonly weights: NetworkWeights;
  readonly settings: ModelSettings;
}

export interface Worth {
  readonly release: boolean;
  readonly origins: number;
  /** Weighted mean loss per origin, nats. */
  readonly before: number;
  readonly after: number;
}

/**
 * Compares new statistics with those in force on recent questions whose labels have matured. Both know these labels or neither does, to
 * the same degree: few numbers are fitted, on many labels. `leastGain`: least gain that is worth a release, as a share of the loss.
 */
export async function isWorthRelease(
  champion: Contender,
  refitted: Contender,
  { origins, clockS: nowS }: ShopEvidence,
  leastGain: number,
  clock: Clock,
): Promise<Worth> {
  const newest = sampled(origins);
  const most = mostOrderMinor(champion.model.settings.typicalOrderMinor);
  let [before, after, size, weights] = [0, 0, 0, 0];
  for (const [i, { item, represents }] of newest.entries()) {
    const { origin, clockS } = item;
    if (i > 0 && i % READ_AT_ONCE === 0) await clock.sleep(0);
    const label = labelOf(origin, clockS, most);
    const state = decodeState(origin.snapshot);
    const [was, is] = [champion, refitted].map((model) =>
      recentLoss(model.read(state, origin.atS), label, nowS - origin.atS),
    );
    before += represents * was!.loss;
    after += represents * is!.loss;
    size += represents * Math.abs(was!.loss);
    weights += represents * was!.weight;
  }
  const release = newest.length >= LEAST_COMPARED && before - after > leastGain * size;
  const mean = (sum: number) => sum / Math.max(weights, 1e-9);
  return { release, origins: newest.length, before: mean(before), after: mean(after) };
}

/** The parts of a question's loss, each by how lately its interval ended; those of all its intervals with the last one up to WORTH_DAYS. */
function recentLoss(outputs: HeadOutputs, label: OriginLabel, ageS: number): { loss: number; weight: number } {
  const { intervals, count, value, spend } = lossParts(outputs, label);
  let [loss, weight] = [0, 0];
  for (let k = 0; k < label.closedIntervals; k++) {
    const endDays = INTERVAL_EDGES_DAYS[k + 1]!;
    if (endDays > WORTH_DAYS) break;
    weight = Math.exp(-Math.max(0, ageS - endDays * SECONDS_PER_DAY) / WORTH_MEMORY_S);
    loss += weight * intervals[k]!;
  }
  return { loss: loss + weight * (count + value + spend), weight };
}

function sampled(origins: readonly MaturedOrigin[]) {
  return recentSample(origins, ({ origin }) => origin, MAX_ORIGINS, SAMPLE_MEMORY_S);
}

/** The settings with this shop's typical order and order-value prior. Null with too few orders. */
function scaleOfMoney(settings: ModelSettings, customers: readonly SequenceState[]): ModelSettings | null {
  const values = customers.map(orderValues).filter((own) => own.length > 0);
  const sorted = values.flat().sort((a, b) => a - b);
  if (sorted.length < LEAST_ORDERS) return null;
  const median = Math.round(quantileOf(sorted, 0.5));
  const off = Math.max(median / settings.typicalOrderMinor, settings.typicalOrderMinor / median);
  const typicalOrderMinor = off > SCALE_TOLERANCE ? median : settings.typicalOrderMinor;
  const most = mostOrderMinor(typicalOrderMinor);
  const capped = values.map((own) => own.map((minor) => Math.min(minor, most)));
  return { ...settings, typicalOrderMinor, orderValue: fitOrderValuePrior(capped, typicalOrderMinor) };
}

function orderValues({ window }: SequenceState): number[] {
  return window.events
    .filter((event) => kindOf(event) === 'order' && event.amountMinor > 0)
    .map(({ amountMinor }) => amountMinor);
}

/** Pareto/NBD and Gamma-Gamma of the shop. Null as long as too few customers have ordered again. */
function shopFit(
  customers: readonly SequenceState[],
  { typicalOrderMinor }: ModelSettings,
  clockS: number,
): ShopFit | null {
  const buyers = customers.filter(({ summary }) => summary.lastOrderS !== NEVER_S);
  const histories: RecencyFrequency[] = buyers.map(({ summary }) => recencyFrequency(summary, clockS));
  if (histories.filter(({ repeats }) => repeats > 0).length < LEAST_REPEATING) return null;
  const values = buyers.flatMap((buyer): MeanValue[] => {
    const { minor, valued } = cappedMoney(buyer, typicalOrderMinor);
    return valued > 0 ? [{ orders: valued, mean: minor / valued }] : [];
  });
  return { paretoNbd: fitParetoNbd(histories), orderValue: orderValuePrior(fitGammaGamma(values)) };
}

/**
 * The blend, and the shift of the network's biases. Null if no customer can be judged yet; or if the model in force has a BTYD fit, and this
 * shop has too few customers who ordered again to fit it anew.
 */
async function blendOf(
  weights: NetworkWeights,
  settings: ModelSettings,
  hasBtyd: boolean,
  { customers, origins, clockS, minorPerMajor }: ShopEvidence,
  clock: Clock,
): Promise<{ readonly structure: BtydModel; readonly shift: OutputShift } | null> {
  const { typicalOrderMinor } = settings;
  const fit = shopFit(customers, settings, clockS);
  if (fit === null && (origins.length === 0 || hasBtyd)) return null;
  const btydCurve = (state: SequenceState, atS: number, own: OrderCurve) =>
    fit === null ? own : conditionalCurve(fit.paretoNbd, recencyFrequency(state.summary, atS));
  const scorer = new Scorer({ version: '', encoderVersion: 'unblended', weights, settings }, minorPerMajor);
  const rows: (StreamRow & ShiftRow)[] = [];
  for (const [i, { item, represents }] of sampled(origins).entries()) {
    const { origin, clockS: maturedUntilS } = item;
    if (i > 0 && i % READ_AT_ONCE === 0) await clock.sleep(0);
    const { customerId, atS, segment } = origin;
    const state = decodeState(origin.snapshot);
    const outputs = scorer.read(state, atS);
    const label = labelOf(origin, maturedUntilS, mostOrderMinor(typicalOrderMinor));
    let orders = 0;
    for (let k = 0; k < label.closedIntervals; k++) orders += label.orders[k]!;
    rows.push({
      customerId,
      atS,
      segment,
      days: INTERVAL_EDGES_DAYS[label.closedIntervals]!,
      closedIntervals: label.closedIntervals,
      intervalOrders: label.orders,
      curve: outputs.curve,
      networkCurve: outputs.curve,
      btydCurve: btydCurve(state, atS, outputs.curve),
      dispersion: outputs.dispersion,
      value: outputs.orderValueMinor / minorPerMajor,
      baseValue: ownOrderValueMinor(settings.orderValue, state, typicalOrderMinor) / minorPerMajor,
      represents,
      weight: represents * Math.exp(-Math.max(0, clockS - atS) / SHIFT_MEMORY_S),
      networkValue: outputs.orderValueMinor / minorPerMajor,
      btydValue: ownOrderValueMinor(fit?.orderValue ?? settings.orderValue, state, typicalOrderMinor) / minorPerMajor,
      logSpendSigma: outputs.logSpendSigma,
      orders,
      valuedOrders: label.valuedOrders,
      ordered: label.orderedMinor / minorPerMajor,
      spend: label.spendMinor / minorPerMajor,
    });
  }
  const shift = outputShift(rows, recentNetworkLevel(endedIntervals(rows, NETWORK_ALONE, clockS)));
  const moved = rows.map((row): StreamRow => {
    const { curve, value } = shifted(row, shift);
    return { ...row, networkCurve: curve, networkValue: value };
  });
  return { structure: blendOnStream(fit, moved, clockS), shift };
}
