import { expectedOrders, orderProbability } from '../../domain/distribution/order-curve';
import { INTERVAL_EDGES_DAYS } from '../../domain/label-intervals';
import { closedIntervals, intervalEndS, isGateCustomer, labelOf } from '../../domain/labels/origins';
import { hashUnit } from '../../domain/math/hash';
import {
  centralCoverage,
  MIN_LABELS,
  MOST_LABELS,
  NOMINAL_COVERAGE,
  nextFactor,
  type SpendEvidence,
  towardsNominal,
} from '../../domain/promotion/sigma-adaptation';
import { mostOrderMinor } from '../../domain/state/capped-money';
import { ORDER_SEGMENTS } from '../../domain/state/order-segments';
import type { Clock } from '../../ports/clock';
import { encodeArtefact, type Sha256 } from '../../serde/model-artefact';
import { decodeState } from '../../serde/state-blob';
import type { Contender } from './contender';
import type { MaturedOrigin } from './matured-origin';
import { READ_AT_ONCE } from './pace';

/** Horizons of the labels that calibrate log-spend sigma, days. Each segment uses the longest with enough labels. */
const LABEL_DAYS = [7, 14, 30, 60, 90, 180] as const;
/** Minimum number of labels. Below it, a shorter horizon is used. */
const ENOUGH_LABELS = 200;
const HALF_SALT = 0x4a1f;

/** A customer who spent after a forecast origin. */
interface Spender extends SpendEvidence {
  /** The half of the customers that this one belongs to. Each half checks the factor found on the other. */
  readonly half: 0 | 1;
}

export interface SegmentCalibration {
  readonly labels: number;
  /** Horizon of the labels, days; null without labels. */
  readonly days: number | null;
  readonly factor: number;
  /** Changes only if the coverage is off beyond chance, and if the factor of each half of the customers improves the other half. */
  readonly nextFactor: number;
  /** Coverage of the central 80 % of spend, given an order, on these labels: with `factor` and with `nextFactor`. NaN without labels. */
  readonly coverage: number;
  readonly nextCoverage: number;
}

export interface Recalibration {
  readonly segments: readonly SegmentCalibration[]; // [ORDER_SEGMENTS]
  /** True if the factor of any segment changes. */
  readonly release: boolean;
}

/**
 * Calibrates a model's log-spend sigma on the newest matured origins of customers that are never trained on.
 * The outputs are those that this model would have given at the origins.
 */
export async function recalibrate(
  contender: Contender,
  origins: Iterable<MaturedOrigin>,
  gateShare: number,
  clock: Clock,
): Promise<Recalibration> {
  const factors = contender.model.settings.logSpendSigmaFactors ?? ORDER_SEGMENTS.map(() => 1);
  const gate = [...origins].filter(({ origin }) => isGateCustomer(origin.customerId, gateShare));
  const segments: SegmentCalibration[] = [];
  for (const [segment, factor] of factors.entries()) {
    const members = gate.filter(({ origin }) => origin.segment === segment);
    const { spenders, days } = await newestSpenders(contender, members, factor, clock);
    const next = holdsElsewhere(spenders, factor) ? nextFactor(spenders, factor) : factor;
    segments.push({
      labels: spenders.length,
      days,
      factor,
      nextFactor: next,
      coverage: centralCoverage(spenders, factor),
      nextCoverage: centralCoverage(spenders, next),
    });
  }
  return { segments, release: segments.some((segment) => segment.nextFactor !== segment.factor) };
}

/** True if the factor found on each half of the customers brings the other half nearer to the nominal coverage. */
function holdsElsewhere(spenders: readonly Spender[], factor: number): boolean {
  let [before, after] = [0, 0];
  for (const half of [0, 1]) {
    const checks = spenders.filter((spender) => spender.half === half);
    const others = spenders.filter((spender) => spender.half !== half);
    if (checks.length === 0 || others.length === 0) return false;
    const off = (of: number) => checks.length * Math.abs(centralCoverage(checks, of) - NOMINAL_COVERAGE);
    before += off(factor);
    after += off(towardsNominal(others, factor));
  }
  return after < before;
}

async function newestSpenders(
  contender: Contender,
  members: readonly MaturedOrigin[],
  factor: number,
  clock: Clock,
): Promise<{ spenders: Spender[]; days: number | null }> {
  const { newest, days } = longestMatured(members, mostOrderMinor(contender.model.settings.typicalOrderMinor));
  if (days === null) return { spenders: [], days };
  const spenders: Spender[] = [];
  for (const [i, { origin, spendMinor }] of newest.entries()) {
    if (i > 0 && i % READ_AT_ONCE === 0) await clock.sleep(0);
    const outputs = contender.read(decodeState(origin.snapshot), origin.atS);
    const { curve, orderValueMinor } = outputs;
    spenders.push({
      given: (expectedOrders(curve, days) * orderValueMinor) / orderProbability(curve, outputs, days),
      logSpendSigma: outputs.logSpendSigma / factor,
      spend: spendMinor,
      half: hashUnit(origin.customerId, HALF_SALT) < 0.5 ? 0 : 1,
    });
  }
  return { spenders, days };
}

/** Uses the longest horizon that has enough buyers. If none has, uses the horizon with the most buyers, if that number is sufficient. */
function longestMatured(members: readonly MaturedOrigin[], mostMinor: number) {
  const atDays = LABEL_DAYS.map((days) => ({ days, newest: spentWithin(members, days, mostMinor) }));
  const enough = atDays.filter(({ newest }) => newest.length >= ENOUGH_LABELS).at(-1);
  const chosen = enough ?? atDays.reduce((most, one) => (one.newest.length > most.newest.length ? one : most));
  if (chosen.newest.length < MIN_LABELS) return { newest: [], days: null };
  chosen.newest.sort((a, b) => b.origin.atS - a.origin.atS);
  return { days: chosen.days, newest: chosen.newest.slice(0, MOST_LABELS) };
}

function spentWithin(members: readonly MaturedOrigin[], days: number, mostMinor: number) {
  const intervals = (INTERVAL_EDGES_DAYS as readonly number[]).indexOf(days);
  return members.flatMap(({ origin, clockS }) => {
    if (closedIntervals(origin, clockS) < intervals) return [];
    const { spendMinor } = labelOf(origin, intervalEndS(origin.atS, intervals - 1) + 1, mostMinor);
    return spendMinor > 0 ? [{ origin, spendMinor }] : [];
  });
}

/** The champion's weights and settings with the next factors. Means, heads and encoder stay the same, so stored states stay valid. */
export function recalibratedArtefact(
  { model }: Contender,
  { segments }: Recalibration,
  createdAtMs: number,
  sha256: Sha256,
): Uint8Array {
  const logSpendSigmaFactors = segments.map(({ nextFactor: factor }) => factor);
  const card = {
    createdBy: 'clv-stream train',
    trainedOn:
      'Nothing: the weights are those of its parent, log-spend sigma is calibrated on labels that matured on the stream.',
    examples: segments.reduce((sum, { labels }) => sum + labels, 0),
    loss: null,
    seed: 0,
    createdAtMs,
    parent: model.version,
    trainedUntilS: createdAtMs / 1000,
  };
  return encodeArtefact(
    { weights: model.weights, settings: { ...model.settings, logSpendSigmaFactors }, card },
    sha256,
  );
}

/** What the observer is told. `released`: the next factors are in force. */
export function factsOf({ segments }: Recalibration, released: boolean) {
  return {
    released,
    segments: segments.map(({ labels, coverage, factor, nextFactor: next }, segment) => {
      return { segment: ORDER_SEGMENTS[segment]!.name, labels, coverage, factor: released ? next : factor };
    }),
  };
}

/** The changes as one sentence, for the note of an announcement. */
export function sentenceOfRecalibration({ segments }: Recalibration): string {
  const share = (coverage: number) => `${(100 * coverage).toFixed(1)} %`;
  const changes = segments.flatMap(({ factor, nextFactor: next, coverage, nextCoverage, labels, days }, segment) =>
    factor === next
      ? []
      : [
          `${ORDER_SEGMENTS[segment]!.name} orders × ${factor.toFixed(2)} → ${next.toFixed(2)} (the central 80 % held ${share(coverage)} → ${share(nextCoverage)} of ${labels} customers who spent within ${days} days)`,
        ],
  );
  return `Recalibrated log-spend sigma (spend given an order): ${changes.join('; ')}. Expected orders and values are as before.`;
}
