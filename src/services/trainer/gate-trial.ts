import { closedIntervals, isGateCustomer, labelOf, originPriority } from '../../domain/labels/origins';
import { finiteWeights, type GateVerdict, judge, type PairedOutputs } from '../../domain/promotion/promotion-gate';
import type { Clock } from '../../ports/clock';
import { decodeState } from '../../serde/state-blob';
import type { Contender } from './contender';
import type { TrainerSettings } from './settings';
import type { MaturedOrigin } from './training-round';

/** Origins computed before control returns to the event loop. */
const READ_AT_ONCE = 64;

/** Origins of gate customers with enough closed intervals. If there are too many, a hash selects them. */
export function gateOrigins(origins: Iterable<MaturedOrigin>, settings: TrainerSettings): MaturedOrigin[] {
  const gate: MaturedOrigin[] = [];
  for (const matured of origins) {
    const { origin, clockS } = matured;
    if (!isGateCustomer(origin.customerId, settings.gateShare)) continue;
    if (closedIntervals(origin, clockS) >= settings.gateIntervals) gate.push(matured);
  }
  if (gate.length <= settings.maxGateOrigins) return gate;
  return gate.sort((a, b) => originPriority(b.origin) - originPriority(a.origin)).slice(0, settings.maxGateOrigins);
}

/** Computes both contenders' outputs for every gate origin, as the scorer would have done then, and applies the gate. */
export async function runGateTrial(
  champion: Contender,
  challenger: Contender,
  origins: readonly MaturedOrigin[],
  settings: TrainerSettings,
  clock: Clock,
): Promise<GateVerdict> {
  const pairs: PairedOutputs[] = [];
  for (const [i, { origin, clockS }] of origins.entries()) {
    if (i > 0 && i % READ_AT_ONCE === 0) await clock.sleep(0);
    const state = decodeState(origin.snapshot);
    pairs.push({
      customerId: origin.customerId,
      // Champion first: if both have the same encoder, the state is re-encoded only once.
      champion: champion.read(state, origin.atS),
      challenger: challenger.read(state, origin.atS),
      label: labelOf(origin, clockS),
    });
  }
  const verdict = judge(pairs, settings.gate);
  if (finiteWeights(challenger.model.weights)) return verdict;
  return { ...verdict, promote: false, reason: 'non-finite' };
}

/** The verdict with its figures as one sentence, for the note of an announcement. */
export function sentenceOf(verdict: GateVerdict): string {
  const { origins, customers, closedIntervals: intervals, championLoss, challengerLoss, z } = verdict;
  const outcome = verdict.promote ? 'Promoted' : `Refused (${verdict.reason})`;
  const off = (miscalibration: number) => `${(100 * Math.expm1(miscalibration)).toFixed(1)} %`;
  return (
    `${outcome}: loss ${championLoss.toFixed(4)} → ${challengerLoss.toFixed(4)} (z ${z.toFixed(1)}) on ${origins} origins of ` +
    `${customers} customers never trained on, ${intervals} closed intervals; total of orders off by ${off(verdict.championMiscalibration)} → ` +
    `${off(verdict.challengerMiscalibration)}.`
  );
}
