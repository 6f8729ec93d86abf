import type { CustomerEvent } from '../../domain/event';
import type { ModelSettings } from '../../domain/model';
import type { NetworkWeights } from '../../domain/network';
import { expectedOrders } from '../../domain/order-curve';
import type { Structure } from '../../domain/structural/structure';
import type { KnownCustomer } from './customer-history';
import { levelFactor, levelOf } from './level';
import { readAll, statesBefore } from './network-model';
import type { StructuralPeer } from './peers';
import type { StructuralFits } from './structural-peers';

/** The network's share by evidence bucket: none for whoever has not ordered. */
const NETWORK_SHARES = [0, 0.5, 0.5, 0.5] as const;

export interface AnchorTask {
  /** What was learnt from; nothing at or after `asOfS` is read. */
  readonly events: readonly CustomerEvent[];
  /** Everyone of `events` known at `asOfS`. */
  readonly customers: readonly KnownCustomer[];
  readonly fits: StructuralFits;
  /** Who sets the cohort's level. */
  readonly level: StructuralPeer;
  readonly asOfS: number;
  /** The horizon at which the level is brought into line, days. */
  readonly horizonDays: number;
  readonly minorPerMajor: number;
}

/**
 * Settings under which the scorer serves the blend: Pareto/NBD and Gamma-Gamma of the same history, and the factor that brings the
 * total of the training customers to the level forecaster's.
 */
export function anchoredSettings(
  weights: NetworkWeights,
  settings: ModelSettings,
  task: AnchorTask,
): ModelSettings & { readonly structure: Structure } {
  const { asOfS, customers, fits, horizonDays } = task;
  const { paretoNbd, orderValue } = fits.before(asOfS);
  const at = (level: number) => ({
    ...settings,
    orderValue,
    structure: { paretoNbd, networkShares: NETWORK_SHARES, level },
  });
  const states = statesBefore(task.events, asOfS, settings.window);
  const asked = customers.map(({ customerId }) => states.get(customerId)!);
  const readings = readAll(weights, at(1), asked, asOfS, task.minorPerMajor);
  const target = levelOf(task.level, fits, asOfS, customers, horizonDays);
  return at(
    levelFactor(
      target,
      readings.map(({ curve }) => ({ orders: expectedOrders(curve, horizonDays) })),
    ),
  );
}
