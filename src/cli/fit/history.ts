import { openEventCsv } from '../../adapters/system/event-csv';
import type { CustomerAttributes } from '../../domain/attributes';
import { type CustomerEvent, isMoneyKind, SECONDS_PER_DAY } from '../../domain/event';
import { hashUnit } from '../../domain/math/hash';
import { mulberry32 } from '../../domain/math/random';
import { minorPerMajor } from '../../domain/money';
import { trainingShop } from '../../domain/simulation/shop-population';
import { shopperAttributes } from '../../domain/simulation/shopper-attributes';
import { simulateShop } from '../../domain/simulation/simulated-shop';
import type { TrueShopper } from '../../domain/simulation/true-shopper';
import { ProfilesAtFirstEvent, withProfiles } from '../../domain/state/profile-events';
import { AttributesError, noneMet, readAttributes } from '../../services/simulator/recorded-attributes';
import { REQUIRED_COLUMNS, readRecordedEvent } from '../../services/simulator/recorded-event';
import { type PassedOver, PassedOverCount } from './passed-over';

/** What `fit` learns from. */
export interface FitHistory {
  /** In event-time order. */
  readonly events: Iterable<CustomerEvent>;
  /** The cut: no event at or after it, seconds. */
  readonly endS: number;
  /** In one sentence, for the model card. */
  readonly description: string;
  /** What could not be used, and why. */
  readonly passedOver: readonly PassedOver[];
  /** False where the customers are made up. */
  readonly recorded: boolean;
}

/** First instant of a simulated history: a Monday, 1 January 2024, 00:00 UTC. */
const SIMULATION_START_S = 1_704_067_200;

/** Share of the simulated customers of whom only orders are recorded, so that the weights serve shops without clicks and browses too. */
const ORDERS_ONLY_SHARE = 0.25;
const ORDERS_ONLY_SALT = 0x0d0;

/** Customers of the training shop, made up; with `profiles` their attributes too, and not an event otherwise. */
export function simulatedHistory(customers: number, days: number, seed: number, profiles = false): FitHistory {
  const endS = SIMULATION_START_S + days * SECONDS_PER_DAY;
  const attributes = new Map<string, CustomerAttributes>();
  const onShopper = (shopper: TrueShopper) =>
    void attributes.set(shopper.customerId, shopperAttributes(shopper, trainingShop));
  const options = { customers, startS: SIMULATION_START_S, random: mulberry32(seed), ...(profiles && { onShopper }) };
  const events = recorded(endS, simulateShop(trainingShop, options));
  const known = profiles ? ', with their attributes' : '';
  const description = `simulated customers of the ${trainingShop.name} shop over ${days} days, a quarter of them by their orders only${known}`;
  return {
    events: withProfiles(events, new ProfilesAtFirstEvent(attributes)),
    endS,
    description,
    passedOver: [],
    recorded: false,
  };
}

function* recorded(endS: number, events: Iterable<CustomerEvent>): Generator<CustomerEvent> {
  for (const event of events) {
    if (event.timeS >= endS) return;
    if (!(!isMoneyKind(event.kind) && hashUnit(event.customerId, ORDERS_ONLY_SALT) < ORDERS_ONLY_SHARE)) yield event;
  }
}

/** Recordings in the CSV form of `replay`, merged in event-time order; the cut is right after the last event. */
export async function recordedHistory(paths: readonly string[], currency: string): Promise<FitHistory> {
  const events: CustomerEvent[] = [];
  const names: string[] = [];
  const passedOver = new PassedOverCount();
  for (const path of paths) {
    const recording = await openEventCsv(path);
    names.push(recording.name);
    for await (const row of recording.rows(REQUIRED_COLUMNS)) {
      const outcome = 'fault' in row ? row : readRecordedEvent(row, recording.name, minorPerMajor(currency));
      if ('event' in outcome) events.push(outcome.event);
      else if ('fault' in outcome) passedOver.add(outcome.fault);
      else passedOver.addReason(`kind ${outcome.skippedKind} is no input`);
    }
  }
  // A stable sort: rows of the same second keep the order of the file.
  events.sort((a, b) => a.timeS - b.timeS);
  const endS = (events[events.length - 1]?.timeS ?? 0) + 1;
  return {
    events,
    endS,
    description: `recorded events of ${names.join(', ')}`,
    passedOver: passedOver.list(),
    recorded: true,
  };
}

/**
 * A history with the attributes of a table, taken as known when each customer's first event came. The table says how they are now: where
 * they have changed since, a cut in the past sees what was not known then.
 */
export async function withAttributes(history: FitHistory, path: string): Promise<FitHistory> {
  const table = await openEventCsv(path);
  const profiles = new ProfilesAtFirstEvent(await readAttributes(table));
  const events = [...withProfiles(history.events, profiles)];
  const { known, met } = profiles.customers;
  if (met === 0) throw new AttributesError(noneMet(table.name, known));
  return {
    ...history,
    events,
    description: `${history.description}, with ${table.name}'s attributes of ${met} customers`,
  };
}

/** The first and the last event, seconds. A profile is none: it says nothing of how far a history goes. Null without any. */
export function eventSpan(
  events: readonly CustomerEvent[],
): { readonly firstS: number; readonly lastS: number } | null {
  const isEvent = ({ kind }: CustomerEvent) => kind !== 'profile';
  const first = events.find(isEvent);
  return first ? { firstS: first.timeS, lastS: events.findLast(isEvent)!.timeS } : null;
}

/** What of a history lies before an instant, seconds. */
export function historyBefore(history: FitHistory, cutS: number): FitHistory {
  const events = [...history.events].filter(({ timeS }) => timeS < cutS);
  const description = `${history.description}, before ${new Date(cutS * 1000).toISOString().slice(0, 10)}`;
  return { ...history, events, endS: cutS, description };
}
