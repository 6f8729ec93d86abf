import { closedIntervals, labelOf, type Origin, originPriority } from '../../domain/labels/origins';
import {
  finiteWeights,
  type GateSettings,
  type GateTrial,
  type GateVerdict,
  judge,
  type PairedOutputs,
} from '../../domain/promotion/promotion-gate';
import type { HeadOutputs } from '../../domain/scoring/model';
import { mostOrderMinor } from '../../domain/state/capped-money';
import type { Clock } from '../../ports/clock';
import { decodeState } from '../../serde/state-blob';
import type { Contender } from './contender';
import type { MaturedOrigin } from './matured-origin';
import { READ_AT_ONCE } from './pace';

/** Questions asked after `sinceS` with a closed interval. If there are too many, a hash selects them. */
export function trialOrigins(origins: readonly MaturedOrigin[], sinceS: number, most: number): MaturedOrigin[] {
  const asked = origins.filter(({ origin, clockS }) => origin.atS > sinceS && closedIntervals(origin, clockS) > 0);
  if (asked.length <= most) return asked;
  return asked.sort((a, b) => originPriority(b.origin) - originPriority(a.origin)).slice(0, most);
}

export interface TrialTerms {
  /** Event time at which both models were final, seconds. Only later questions count. */
  readonly startedAtS: number;
  readonly alpha: number;
  readonly of: GateTrial['of'];
}

/** Two models on trial. Each is asked once per question, from the state stored with it, so the answer is the one it would have given. */
export class Trial {
  private readonly outputs = new WeakMap<
    Origin,
    { readonly champion: HeadOutputs; readonly challenger: HeadOutputs }
  >();

  constructor(
    readonly champion: Contender,
    readonly challenger: Contender,
    readonly terms: TrialTerms,
  ) {}

  async judge(
    origins: readonly MaturedOrigin[],
    { gate, maxGateOrigins }: { readonly gate: GateSettings; readonly maxGateOrigins: number },
    clock: Clock,
  ): Promise<GateVerdict> {
    const { terms, challenger } = this;
    const pairs: PairedOutputs[] = [];
    const most = mostOrderMinor(this.champion.model.settings.typicalOrderMinor);
    let computed = 0;
    for (const { origin, clockS } of trialOrigins(origins, terms.startedAtS, maxGateOrigins)) {
      let outputs = this.outputs.get(origin);
      if (outputs === undefined) {
        if (++computed % READ_AT_ONCE === 0) await clock.sleep(0);
        outputs = this.ask(origin);
        this.outputs.set(origin, outputs);
      }
      const { customerId, atS, segment } = origin;
      pairs.push({ customerId, atS, segment, ...outputs, label: labelOf(origin, clockS, most) });
    }
    const verdict = judge(pairs, terms, gate);
    if (finiteWeights(challenger.model.weights)) return verdict;
    return { ...verdict, promote: false, reason: 'non-finite' };
  }

  private ask({ snapshot, atS }: Origin): { champion: HeadOutputs; challenger: HeadOutputs } {
    const state = decodeState(snapshot);
    // Champion first: if both have the same encoder, the state is re-encoded only once.
    return { champion: this.champion.read(state, atS), challenger: this.challenger.read(state, atS) };
  }
}

/** The verdict with its figures as one sentence, for the note of an announcement. */
export function sentenceOf(verdict: GateVerdict): string {
  const { origins, customers, closedIntervals: intervals, championLoss, challengerLoss, z } = verdict;
  const outcome = verdict.promote
    ? 'Promoted'
    : `Refused (${verdict.reason}${verdict.detail === undefined ? '' : `: ${verdict.detail}`})`;
  const off = (miscalibration: number) => `${(100 * Math.expm1(miscalibration)).toFixed(1)} %`;
  return (
    `${outcome}: loss ${championLoss.toFixed(4)} → ${challengerLoss.toFixed(4)} (z ${z.toFixed(1)}, e-value ${figure(verdict.eValue)} of ` +
    `${figure(verdict.neededEValue)}) on ${origins} later questions to ${customers} customers, ${intervals} closed intervals; total of orders ` +
    `off by ${off(verdict.championMiscalibration)} → ${off(verdict.challengerMiscalibration)}.`
  );
}

function figure(value: number): string {
  return value >= 1e6 ? value.toExponential(0) : value >= 10 ? value.toFixed(0) : value.toPrecision(2);
}
