import { openEventCsv } from '../adapters/system/event-csv';
import { type CustomerEvent, isMoneyKind, SECONDS_PER_DAY } from '../domain/event';
import { hashUnit } from '../domain/labels/origins';
import { minorPerMajor } from '../domain/money';
import { mulberry32 } from '../domain/random';
import { trainingShop } from '../domain/simulation/shop-population';
import { simulateShop } from '../domain/simulation/simulated-shop';
import { REQUIRED_COLUMNS, readRecordedEvent } from '../services/simulator/recorded-event';
import { type PassedOver, PassedOverCount } from './fit/passed-over';

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

/** Customers of the training shop, made up. */
export function simulatedHistory(customers: number, days: number, seed: number): FitHistory {
  const endS = SIMULATION_START_S + days * SECONDS_PER_DAY;
  const options = { customers, startS: SIMULATION_START_S, random: mulberry32(seed) };
  const description = `simulated customers of the ${trainingShop.name} shop over ${days} days, a quarter of them by their orders only`;
  return {
    events: recorded(endS, simulateShop(trainingShop, options)),
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

/** What of a history lies before an instant, seconds. */
export function historyBefore(history: FitHistory, cutS: number): FitHistory {
  const events = [...history.events].filter(({ timeS }) => timeS < cutS);
  const description = `${history.description}, before ${new Date(cutS * 1000).toISOString().slice(0, 10)}`;
  return { ...history, events, endS: cutS, description };
}
