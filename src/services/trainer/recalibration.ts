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
} from '../../domain/promotion/spread-adaptation';
import { ORDER_SEGMENTS } from '../../domain/state/order-segments';
import type { Clock } from '../../ports/clock';
import { encodeArtefact, type Sha256 } from '../../serde/model-artefact';
import { decodeState } from '../../serde/state-blob';
import type { Contender } from './contender';
import type { MaturedOrigin } from './training-round';

/** Days of the labels that the spread is calibrated on; per segment the longest with enough of them. */
const LABEL_DAYS = [7, 14, 30, 60, 90, 180] as const;
/** Labels below which a shorter horizon is asked. */
const ENOUGH_LABELS = 200;
/** Origins read before events get their turn again. */
const READ_AT_ONCE = 64;
const HALF_SALT = 0x4a1f;

/** Someone who spent after a question, by the customer they are. */
interface Spender extends SpendEvidence {
  /** Which half of the customers checks what the other half has said. */
  readonly half: 0 | 1;
}

export interface SegmentCalibration {
  readonly labels: number;
  /** Days of the labels; null where there are none. */
  readonly days: number | null;
  readonly factor: number;
  /** The same unless the coverage is off beyond chance, and what half of the customers say of it holds for the other half. */
  readonly nextFactor: number;
  /** Coverage of the central 80 % of spend given an order on these labels, under either. NaN without labels. */
  readonly coverage: number;
  readonly nextCoverage: number;
}

export interface Recalibration {
  readonly segments: readonly SegmentCalibration[]; // [ORDER_SEGMENTS]
  /** Whether some segment has another factor next. */
  readonly release: boolean;
}

/** Calibrates the spread of a model on the newest matured origins of customers never trained on, as the model would have read them then. */
export async function recalibrate(
  contender: Contender,
  origins: Iterable<MaturedOrigin>,
  gateShare: number,
  clock: Clock,
): Promise<Recalibration> {
  const factors = contender.model.settings.spreadFactors ?? ORDER_SEGMENTS.map(() => 1);
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

/** Whether the factors found on either half of the customers bring the other half nearer to nominal. */
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
  const { newest, days } = longestMatured(members);
  if (days === null) return { spenders: [], days };
  const spenders: Spender[] = [];
  for (const [i, { origin, spendMinor }] of newest.entries()) {
    if (i > 0 && i % READ_AT_ONCE === 0) await clock.sleep(0);
    const outputs = contender.read(decodeState(origin.snapshot), origin.atS);
    const { curve, orderValueMinor } = outputs;
    spenders.push({
      given: (expectedOrders(curve, days) * orderValueMinor) / orderProbability(curve, outputs, days),
      spread: outputs.spread / factor,
      spend: spendMinor,
      half: hashUnit(origin.customerId, HALF_SALT) < 0.5 ? 0 : 1,
    });
  }
  return { spenders, days };
}

/** The newest who spent within the longest horizon at which enough did; else within the horizon at which most did, where they suffice. */
function longestMatured(members: readonly MaturedOrigin[]) {
  const atDays = LABEL_DAYS.map((days) => ({ days, newest: spentWithin(members, days) }));
  const enough = atDays.filter(({ newest }) => newest.length >= ENOUGH_LABELS).at(-1);
  const chosen = enough ?? atDays.reduce((most, one) => (one.newest.length > most.newest.length ? one : most));
  if (chosen.newest.length < MIN_LABELS) return { newest: [], days: null };
  chosen.newest.sort((a, b) => b.origin.atS - a.origin.atS);
  return { days: chosen.days, newest: chosen.newest.slice(0, MOST_LABELS) };
}

function spentWithin(members: readonly MaturedOrigin[], days: number) {
  const intervals = (INTERVAL_EDGES_DAYS as readonly number[]).indexOf(days);
  return members.flatMap(({ origin, clockS }) => {
    if (closedIntervals(origin, clockS) < intervals) return [];
    const { spendMinor } = labelOf(origin, intervalEndS(origin.atS, intervals - 1) + 1);
    return spendMinor > 0 ? [{ origin, spendMinor }] : [];
  });
}

/** The champion's weights and settings with the next factors: no mean, no head and no encoder changes, so stored states stay valid. */
export function recalibratedArtefact(
  { model }: Contender,
  { segments }: Recalibration,
  createdAtMs: number,
  sha256: Sha256,
): Uint8Array {
  const spreadFactors = segments.map(({ nextFactor: factor }) => factor);
  const card = {
    createdBy: 'clv-stream train',
    trainedOn:
      'Nothing: the weights are those of its parent, the spread is calibrated on labels that matured on the stream.',
    examples: segments.reduce((sum, { labels }) => sum + labels, 0),
    loss: null,
    seed: 0,
    createdAtMs,
    parent: model.version,
  };
  return encodeArtefact({ weights: model.weights, settings: { ...model.settings, spreadFactors }, card }, sha256);
}

/** What changed, one sentence: the note of an announcement. */
export function sentenceOfRecalibration({ segments }: Recalibration): string {
  const share = (coverage: number) => `${(100 * coverage).toFixed(1)} %`;
  const changes = segments.flatMap(({ factor, nextFactor: next, coverage, nextCoverage, labels, days }, segment) =>
    factor === next
      ? []
      : [
          `${ORDER_SEGMENTS[segment]!.name} orders × ${factor.toFixed(2)} → ${next.toFixed(2)} (the central 80 % held ${share(coverage)} → ${share(nextCoverage)} of ${labels} who spent within ${days} days)`,
        ],
  );
  return `Recalibrated the spread of spend given an order: ${changes.join('; ')}. Expected orders and values are as before.`;
}
