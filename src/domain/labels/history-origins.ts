import type { CustomerAttributes, Profile } from '../attributes';
import { type CustomerEvent, INPUT_ROLES, isMoneyKind, SECONDS_PER_DAY, TOPIC_OF_KIND } from '../event';
import { INTERVALS } from '../label-intervals';
import type { Random } from '../math/random';
import { emptyState, type FoldOutcome, foldEvent, type SequenceState } from '../state/sequence-state';
import type { RunningSummary } from '../state/summary';
import type { EventWindow } from '../state/window';
import { addToTally, emptyTally, type IntervalTally, intervalEndS } from './origins';

/** One forecast origin: a customer's state at an instant, and what the customer did in the intervals after it. */
export interface HistoryOrigin {
  readonly customerId: string;
  readonly atS: number;
  readonly window: EventWindow;
  readonly summary: RunningSummary;
  readonly profile: Profile | null;
  readonly tally: IntervalTally;
}

export interface OriginSampling {
  /** N: the window keeps at most 2N − 1 events. */
  readonly window: number;
  /** The cut, seconds. No event at or after it is read. */
  readonly endS: number;
  /** Origins per customer at uniform instants between the first event and the cut. They teach silences of every length. */
  readonly uniformPerCustomer: number;
  /** Chance that an event becomes an origin itself, for orders and for other kinds. Most scores are computed right after an event. */
  readonly afterOrder: number;
  readonly afterOther: number;
  /** Maximum number of origins after events per customer. The first ones are kept. */
  readonly mostAfterEvents: number;
  readonly random: Random;
}

interface Customer {
  readonly id: string;
  readonly state: SequenceState;
  /** Instants of the origins still to be cut, ascending. */
  readonly due: number[];
  open: HistoryOrigin[];
  afterEvents: number;
  readonly orderValuesMinor: number[];
}

/**
 * Folds a history in event-time order and cuts forecast origins from it. Whether an instant becomes an origin depends on the past and on
 * `random` only. A rule that needs the future, such as "some of each customer's events", would bias every label.
 */
export class HistoryOrigins {
  readonly origins: HistoryOrigin[] = [];
  private readonly customers = new Map<string, Customer>();
  /** Latest profile of each customer who has no events yet. Such customers get no origins. */
  private readonly profiles = new Map<string, CustomerEvent>();
  private readonly nextOffset = INPUT_ROLES.map(() => 0);

  constructor(private readonly sampling: OriginSampling) {}

  get customerCount(): number {
    return this.customers.size;
  }

  /** Values above 0 of the net orders, in minor units, for each customer that `chosen` accepts. */
  orderValues(chosen: (customerId: string) => boolean): (readonly number[])[] {
    return [...this.customers.values()].filter(({ id }) => chosen(id)).map(({ orderValuesMinor }) => orderValuesMinor);
  }

  /** Attributes at the end of the history, for each customer that `chosen` accepts. */
  attributes(chosen: (customerId: string) => boolean): (CustomerAttributes | null)[] {
    const taken = [...this.customers.values()].filter(({ id }) => chosen(id));
    return taken.map(({ state }) => state.profile?.attributes ?? null);
  }

  /** Call it in event-time order. Events at or after the cut are ignored. */
  add(event: CustomerEvent): void {
    const { sampling } = this;
    if (event.timeS >= sampling.endS) return;
    if (event.kind === 'profile' && !this.customers.has(event.customerId)) {
      this.profiles.set(event.customerId, event);
      return;
    }
    const customer = this.customers.get(event.customerId) ?? this.meet(event);
    this.cutUpTo(customer, event.timeS - 1);
    const { window, voided } = this.fold(customer.state, event);
    if (window === 'repeated' || window === 'aside') return;
    this.count(customer, event);
    if (event.kind === 'cancel' || voided > 0) removeValue(customer.orderValuesMinor, event.amountMinor);
    const chance = event.kind === 'order' ? sampling.afterOrder : sampling.afterOther;
    if (sampling.random() < chance && customer.afterEvents < sampling.mostAfterEvents) {
      customer.afterEvents++;
      insertDue(customer.due, event.timeS);
    }
  }

  /**
   * Call it after the last event. It cuts the origins in the silence before the cut, and returns one origin per customer at the cut
   * itself.
   */
  finish(): HistoryOrigin[] {
    const last: HistoryOrigin[] = [];
    for (const customer of this.customers.values()) {
      this.cutUpTo(customer, this.sampling.endS);
      last.push(originOf(customer, this.sampling.endS));
    }
    return last;
  }

  private meet(event: CustomerEvent): Customer {
    const { random, endS, uniformPerCustomer } = this.sampling;
    const due = Array.from({ length: uniformPerCustomer }, () =>
      Math.floor(event.timeS + random() * (endS - event.timeS)),
    );
    const customer: Customer = {
      id: event.customerId,
      state: emptyState(0),
      due: due.sort((a, b) => a - b),
      open: [],
      afterEvents: 0,
      orderValuesMinor: [],
    };
    this.customers.set(customer.id, customer);
    const profile = this.profiles.get(customer.id);
    if (profile) this.fold(customer.state, profile);
    this.profiles.delete(customer.id);
    return customer;
  }

  private fold(state: SequenceState, event: CustomerEvent): FoldOutcome {
    const topic = TOPIC_OF_KIND[event.kind];
    const position = { topic, partition: 0, offset: this.nextOffset[topic]!++ };
    return foldEvent(state, event, position, this.sampling.window);
  }

  private cutUpTo(customer: Customer, untilS: number): void {
    while (customer.due.length > 0 && customer.due[0]! <= untilS) {
      const origin = originOf(customer, customer.due.shift()!);
      customer.open.push(origin);
      this.origins.push(origin);
    }
  }

  private count(customer: Customer, event: CustomerEvent): void {
    if (!isMoneyKind(event.kind)) return;
    customer.open = customer.open.filter(({ atS }) => intervalEndS(atS, INTERVALS - 1) >= event.timeS);
    for (const origin of customer.open) addToTally(origin, event, event.timeS);
    if (event.kind === 'order' && event.amountMinor > 0) customer.orderValuesMinor.push(event.amountMinor);
  }
}

/** Removes the newest value of this amount: that order was cancelled or voided. */
function removeValue(valuesMinor: number[], amountMinor: number): void {
  const at = valuesMinor.lastIndexOf(amountMinor);
  if (at >= 0) valuesMinor.splice(at, 1);
}

function insertDue(due: number[], atS: number): void {
  let at = due.length;
  while (at > 0 && due[at - 1]! > atS) at--;
  due.splice(at, 0, atS);
}

/** Kept events are immutable, so the copy of the window shares them. */
function originOf({ id, state }: Customer, atS: number): HistoryOrigin {
  const { window, summary, profile } = state;
  return {
    customerId: id,
    atS,
    window: { start: { ...window.start }, events: [...window.events] },
    summary: { ...summary, decayed: summary.decayed.slice() },
    profile,
    tally: emptyTally(),
  };
}

/** Days from a customer's first event to the origin. */
export function ageDays(origin: HistoryOrigin): number {
  return Math.max(0, origin.atS - origin.summary.firstSeenS) / SECONDS_PER_DAY;
}
