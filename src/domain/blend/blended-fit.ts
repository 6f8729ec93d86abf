import type { CustomerEvent } from '../event';
import { quantileOf } from '../math/quantile';
import type { NetworkWeights } from '../network/weights';
import type { Model, ModelSettings } from '../scoring/model';
import { Scorer } from '../scoring/scorer';
import { TIER_SHARES } from '../scoring/tier-shares';
import { backtest } from './backtest';
import { blendedSettings, planBlend } from './blend-plan';
import { BtydFits } from './btyd-baselines';
import { customerHistories, knownCustomers } from './customer-history';
import { LEAST_WINDOW_DAYS, labelWindow } from './label-window';
import { type NetworkFitter, statesBefore } from './network-model';

/** Horizon of the published value, days. The label window is as long if the history allows it. */
const VALUE_HORIZON_DAYS = 365;
/** Minimum number of customers with repeat orders. With fewer, the BTYD models cannot be fitted. */
const LEAST_REPEATING = 30;

/**
 * Blends a freshly fitted network in the same way as `evaluate`, and cuts the value tiers from the blended values. Orders of one day are
 * not merged here, because the live scorer sees them separately. If the history is too short or too few customers came back, the settings
 * stay unchanged.
 */
export async function blendFit(
  fitted: { readonly weights: NetworkWeights; readonly settings: ModelSettings },
  events: readonly CustomerEvent[],
  fitNetwork: NetworkFitter,
  { endS, seed, minorPerMajor }: { readonly endS: number; readonly seed: number; readonly minorPerMajor: number },
): Promise<ModelSettings> {
  const { weights, settings } = fitted;
  const histories = customerHistories(events);
  const customers = knownCustomers(histories, endS);
  const windowDays = labelWindow(histories, endS, VALUE_HORIZON_DAYS);
  const repeating = customers.filter(({ orders }) => orders > 1);
  if (windowDays < LEAST_WINDOW_DAYS || repeating.length < LEAST_REPEATING) return settings;
  const task = {
    events,
    histories,
    customers,
    fits: new BtydFits(histories),
    asOfS: endS,
    horizonDays: windowDays,
    windowDays,
    minorPerMajor,
  };
  const plan = planBlend(task, await backtest({ ...task, seed }, fitNetwork));
  const blended = blendedSettings(weights, settings, task, plan);
  return { ...blended, tierCuts: tierCuts(weights, blended, events, endS, minorPerMajor) };
}

/** Cuts between the value tiers, major units: quantiles of the 365-day CLV of every customer at the end. */
function tierCuts(
  weights: NetworkWeights,
  settings: ModelSettings,
  events: readonly CustomerEvent[],
  endS: number,
  minorPerMajor: number,
): ModelSettings['tierCuts'] {
  const model: Model = { version: '', encoderVersion: 'being-fitted', weights, settings };
  const scorer = new Scorer(model, minorPerMajor);
  const values = [...statesBefore(events, endS, settings.window).values()]
    .map((state) => scorer.clv(scorer.read(state, endS), VALUE_HORIZON_DAYS))
    .sort((a, b) => a - b);
  const [bronze, silver, gold] = TIER_SHARES;
  return [quantileOf(values, bronze), quantileOf(values, silver), quantileOf(values, gold)];
}
