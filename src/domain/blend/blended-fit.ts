import type { CustomerEvent } from '../event';
import { quantileOf } from '../math/quantile';
import type { NetworkWeights } from '../network/weights';
import type { Model, ModelSettings } from '../scoring/model';
import { Scorer } from '../scoring/scorer';
import { TIER_SHARES } from '../scoring/tiers';
import { backtest } from './backtest';
import { blendedSettings, planBlend } from './blend-plan';
import { BtydFits } from './btyd-forecasters';
import { customerHistories, knownCustomers } from './customer-history';
import { LEAST_WINDOW_DAYS, labelWindow } from './label-window';
import { type NetworkFitter, statesBefore } from './network-model';

/** The horizon of the published value, days: the window is as long where the history is long enough. */
const VALUE_HORIZON_DAYS = 365;
/** Fewer customers who came back than this tell the BTYD models nothing. */
const LEAST_REPEATING = 30;

/**
 * Settings of a freshly fitted network blended as `evaluate` measures it, value tiers cut from the blended values. Orders of one day
 * stay apart, as the live scorer sees them. Settings stay as they are where the history is too short or too few came back.
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

/** Cuts between the value tiers: quantiles of the 365-day CLV of everyone known at the end, major units. */
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
