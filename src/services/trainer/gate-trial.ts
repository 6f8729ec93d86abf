import { closedIntervals, isGateCustomer, labelOf, originPriority } from '../../domain/labels/origins';
import { finiteWeights, type GateVerdict, judge, type PairedOutputs } from '../../domain/promotion/promotion-gate';
import type { Clock } from '../../ports/clock';
import { decodeState } from '../../serde/state-blob';
import type { Contender } from './contender';
import type { TrainerSettings } from './settings';
import type { MaturedOrigin } from './training-round';

/** Origins read before events get their turn again. */
const READ_AT_ONCE = 64;

/** Origins that may judge: of gate customers, with enough closed intervals; where there are too many, a hash decides which. */
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

/** Reads both contenders on every gate origin, as the scorer would have then, and asks the gate. */
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
      // In this order: where both have the same encoder, the state is stepped once.
      champion: champion.read(state, origin.atS),
      challenger: challenger.read(state, origin.atS),
      label: labelOf(origin, clockS),
    });
  }
  const verdict = judge(pairs, settings.gate);
  if (finiteWeights(challenger.model.weights)) return verdict;
  return { ...verdict, promote: false, reason: 'non-finite' };
}

/** The verdict as one sentence with its figures: the note of an announcement. */
export function sentenceOf(verdict: GateVerdict): string {
  const { origins, customers, closedIntervals: intervals, championLoss, challengerLoss, z } = verdict;
  const outcome = verdict.promote ? 'Promoted' : `Refused (${verdict.reason})`;
  const off = (miscalibration: number) => `${(100 * Math.expm1(miscalibration)).toFixed(1)} %`;
  return (
    `${outcome}: loss ${championLoss.toFixed(4)} → ${challengerLoss.toFixed(4)} (z ${z.toFixed(1)}) on ${origins} origins of ` +
    `${customers} customers never trained on, ${intervals} closed intervals; order level off by ${off(verdict.championMiscalibration)} → ` +
    `${off(verdict.challengerMiscalibration)}.`
  );
}
