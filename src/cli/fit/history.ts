import { openTable } from '../../adapters/files/open-table';
import type { CustomerAttributes } from '../../domain/attributes';
import { type CustomerEvent, isMoneyKind, SECONDS_PER_DAY } from '../../domain/event';
import { ProvenTime } from '../../domain/labels/proven-time';
import { hashUnit } from '../../domain/math/hash';
import { mulberry32 } from '../../domain/math/random';
import { trainingShop } from '../../domain/simulation/shop-population';
import { shopperAttributes } from '../../domain/simulation/shopper-attributes';
import { simulateShop } from '../../domain/simulation/simulated-shop';
import type { TrueShopper } from '../../domain/simulation/true-shopper';
import { ProfilesAtFirstEvent, withProfiles } from '../../domain/state/profile-events';
import { NEVER_S } from '../../domain/state/summary';
import { effectiveMs } from '../../domain/time-rule';
import { AttributesError, noneMet, readAttributes } from '../../services/files/customer-attributes';
import { reportLines } from '../../services/files/file-report';
import { type PassedOver, PassedOverCount } from '../../services/files/passed-over';
import { openEvents } from '../files/open-events';
import type { FileArguments } from '../options/file-options';

/** What `fit` learns from. */
export interface FitHistory {
  /** In the order of event time. */
  readonly events: Iterable<CustomerEvent>;
  /** The cut, in seconds: all events are before it. */
  readonly endS: number;
  /** Events at or after the cut, whose dates are in doubt. They are used if somebody names a later cut. */
  readonly doubtful?: readonly CustomerEvent[];
  /** One sentence for the model card. */
  readonly description: string;
  /** Inputs that were not used, by reason. */
  readonly passedOver: readonly PassedOver[];
  /** False for simulated customers. */
  readonly recorded: boolean;
}

/** Start of a simulated history, in seconds: Monday, 1 January 2024, 00:00 UTC. */
const SIMULATION_START_S = 1_704_067_200;

/** Share of simulated customers with orders only, so that the weights also serve shops without clicks and browses. */
const ORDERS_ONLY_SHARE = 0.25;
const ORDERS_ONLY_SALT = 0x0d0;

/** Simulated customers of the training shop. `profiles` adds their attributes and changes no other event. */
export function simulatedHistory(customers: number, days: number, seed: number, profiles = false): FitHistory {
  const endS = SIMULATION_START_S + days * SECONDS_PER_DAY;
  const attributes = new Map<string, CustomerAttributes>();
  const onShopper = (shopper: TrueShopper) =>
    void attributes.set(shopper.customerId, shopperAttributes(shopper, trainingShop));
  const options = { customers, startS: SIMULATION_START_S, random: mulberry32(seed), ...(profiles && { onShopper }) };
  const events = recorded(endS, simulateShop(trainingShop, options));
  const attributed = profiles ? ', with their attributes' : '';
  const description = `simulated customers of the ${trainingShop.name} shop over ${days} days, a quarter of them by their orders only${attributed}`;
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

export interface RecordedOptions {
  /** How the files are to be read. Default: found out from the files. */
  readonly files?: FileArguments;
  /** Rows dated after this, and CLV_MAX_FUTURE_SECONDS, are passed over. Default: now. */
  readonly nowMs?: number;
  /** Go on although most rows of a file can't be used. */
  readonly force?: boolean;
  /** Gets the report of each file, line by line, also if the reading fails. */
  readonly say?: (line: string) => void;
}

/**
 * Event files, merged by event time. The cut is right after the last event up to which time is proven. Rejects with FileError if the files can't be used, or if
 * most rows of one can't be.
 */
export async function recordedHistory(
  paths: readonly string[],
  currency: string,
  { files: args = {}, nowMs, force = false, say = () => {} }: RecordedOptions = {},
): Promise<FitHistory> {
  const files = await openEvents(paths, args, { currency, ...(nowMs !== undefined && { nowMs }) });
  const { nowMs: recordMs } = files.rules;
  const events: CustomerEvent[] = [];
  const passedOver = new PassedOverCount();
  const inTime = files.inTime;
  let begun = 0;
  try {
    for (const file of inTime) {
      begun++;
      for await (const event of file.events()) {
        // The rule of time: docs/time.md.
        const timeS = Math.floor(effectiveMs({ eventMs: event.timeS * 1000, recordMs }) / 1000);
        events.push(timeS === event.timeS ? event : { ...event, timeS, statedS: event.timeS });
      }
    }
  } finally {
    // A line of an order is taken with the order's last one, which may be in a later file.
    for (const file of files.files.slice(0, begun)) {
      const report = file.report();
      for (const line of reportLines(report)) say(line);
      passedOver.addAll(report.passedOver);
    }
  }
  files.requireUsable(force, say);
  // The sort is stable: rows of the same second keep their order.
  events.sort((a, b) => a.timeS - b.timeS);
  const { known, endS, doubtful } = knownPart(events);
  if (doubtful.length > 0) say(doubtText(doubtful, events.length, endS));
  return {
    events: known,
    endS,
    doubtful,
    description: `recorded events of ${files.files.map(({ name }) => name).join(', ')}`,
    passedOver: passedOver.list(),
    recorded: true,
  };
}

interface KnownPart {
  readonly known: readonly CustomerEvent[];
  /** Right after the last known event, seconds. */
  readonly endS: number;
  readonly doubtful: readonly CustomerEvent[];
}

/** The events up to which time is proven, and those after them. Profiles don't move time. */
export function knownPart(events: readonly CustomerEvent[]): KnownPart {
  const time = new ProvenTime();
  for (const { kind, customerId, timeS } of events) if (kind !== 'profile') time.take(customerId, timeS);
  const endS = time.untilS === NEVER_S ? 1 : time.untilS + 1;
  const first = events.findIndex(({ timeS }) => timeS >= endS);
  return first < 0
    ? { known: events, endS, doubtful: [] }
    : { known: events.slice(0, first), endS, doubtful: events.slice(first) };
}

export function doubtText(doubtful: readonly CustomerEvent[], all: number, endS: number): string {
  const [{ timeS, eventId, customerId }] = doubtful as [CustomerEvent];
  const days = Math.floor((timeS - endS) / SECONDS_PER_DAY);
  const count = doubtful.length === 1 ? '1 event comes' : `${doubtful.length} events come`;
  return `warning: ${count} at least ${days} days after all others of the ${all}, from too few customers to go by. Nobody else's silence is proven by that, so the history ends on ${isoDay(endS - 1)} without them. The first is ${eventId} of customer ${customerId}, dated ${isoDay(timeS)}: check the date. If it is right, name a later day with --until or --as-of`;
}

function isoDay(timeS: number): string {
  return new Date(timeS * 1000).toISOString().slice(0, 10);
}

/** A table of attributes that was read. */
export interface AttributesFile {
  readonly name: string;
  readonly byCustomer: ReadonlyMap<string, CustomerAttributes>;
}

/** To be read before the events, which take longer: a fault of it should not come after minutes. */
export async function attributesFile(path: string): Promise<AttributesFile> {
  const table = await openTable(path);
  return { name: table.name, byCustomer: await readAttributes(table) };
}

/**
 * Adds the attributes of a table to a history, dated at each customer's first event. The table holds today's attributes. If some have
 * changed since, a cut in the past uses values that were not available then.
 */
export function withAttributes(history: FitHistory, { name, byCustomer }: AttributesFile): FitHistory {
  const profiles = new ProfilesAtFirstEvent(byCustomer);
  const events = [...withProfiles(history.events, profiles)];
  const doubtful = [...withProfiles(history.doubtful ?? [], profiles)];
  const { total, met } = profiles.customers;
  if (met === 0) throw new AttributesError(noneMet(name, total));
  return {
    ...history,
    ...{ events, doubtful },
    description: `${history.description}, with ${name}'s attributes of ${met} customers`,
  };
}

/** Time of the first and the last event, in seconds. Profiles don't count: they don't show how far a history reaches. Null without events. */
export function eventSpan(
  events: readonly CustomerEvent[],
): { readonly firstS: number; readonly lastS: number } | null {
  const isEvent = ({ kind }: CustomerEvent) => kind !== 'profile';
  const first = events.find(isEvent);
  return first ? { firstS: first.timeS, lastS: events.findLast(isEvent)!.timeS } : null;
}

/** The part of a history before a time, in seconds. */
export function historyBefore(history: FitHistory, cutS: number): FitHistory {
  const events = [...history.events, ...(history.doubtful ?? [])].filter(({ timeS }) => timeS < cutS);
  const description = `${history.description}, before ${isoDay(cutS)}`;
  return { ...history, events, endS: cutS, doubtful: [], description };
}
