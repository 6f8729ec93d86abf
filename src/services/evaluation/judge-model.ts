import {
  type CustomerForecast,
  type CustomerOutcome,
  type Judgement,
  judgeCounts,
  judgeSpend,
} from '../../domain/metrics/forecast';
import { meanJudgement, seedDeviation } from '../../domain/metrics/mean-judgement';
import { ORDER_SEGMENTS, segmentOf } from '../../domain/state/order-segments';
import type { Judged, JudgedModel, SeedDeviation } from './evaluation-result';

/** Seed of the randomised PIT. It is the same for every model. */
const PIT_SEED = 20_250;

/** Judges one model's forecasts. If there are several (one per seed), the result is the mean of their measures. */
export function judgeModel(
  forecasts: readonly (readonly CustomerForecast[])[],
  outcomes: readonly CustomerOutcome[],
  ordersSoFar: readonly number[],
): JudgedModel {
  return {
    counts: judged(judgeCounts, forecasts, outcomes, ordersSoFar),
    spend: judged(judgeSpend, forecasts, outcomes, ordersSoFar),
  };
}

type Judge = typeof judgeCounts;

function judged(
  judge: Judge,
  forecasts: readonly (readonly CustomerForecast[])[],
  outcomes: readonly CustomerOutcome[],
  ordersSoFar: readonly number[],
): Judged {
  const among = (members: readonly number[] | null): Judgement =>
    meanJudgement(
      forecasts.map((one) =>
        members === null
          ? judge(one, outcomes, PIT_SEED)
          : judge(
              members.map((i) => one[i]!),
              members.map((i) => outcomes[i]!),
              PIT_SEED,
            ),
      ),
    );
  const byOrders: Record<string, Judgement> = {};
  ORDER_SEGMENTS.forEach(({ name }, segment) => {
    const members = ordersSoFar.flatMap((orders, i) => (segmentOf(orders) === segment ? [i] : []));
    if (members.length > 0) byOrders[name] = among(members);
  });
  return { ...among(null), byOrders };
}

/** Standard deviations over the seeds. */
export function seedDeviations(
  forecasts: readonly (readonly CustomerForecast[])[],
  outcomes: readonly CustomerOutcome[],
): Readonly<Record<'counts' | 'spend', SeedDeviation>> {
  const of = (judge: Judge): SeedDeviation => {
    const each = forecasts.map((one) => judge(one, outcomes, PIT_SEED));
    return {
      spearman: seedDeviation(each, 'spearman'),
      nGini: seedDeviation(each, 'nGini'),
      bias: seedDeviation(each, 'bias'),
    };
  };
  return { counts: of(judgeCounts), spend: of(judgeSpend) };
}
