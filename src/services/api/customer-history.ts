import { INPUT_ROLES } from '../../domain/event';
import type { ClvUpdate } from '../../domain/update';
import type { CustomerHistory, HistoryPoint } from '../../ports/customer-queries';

export interface HistoryLimits {
  /** Maximum customers with a history. The least recently active one is dropped first. */
  readonly customers: number;
  /** Maximum points per customer. The oldest is dropped first. */
  readonly points: number;
}

interface Kept {
  readonly points: HistoryPoint[];
  truncated: boolean;
}

/** The last points of the most recently active customers. Memory is bounded for any number of customers. */
export class RecentHistories {
  /** In order of last activity: a Map keeps insertion order, and each point re-inserts its customer. */
  private readonly kept = new Map<string, Kept>();
  /** Number of dropped histories. After the first one, a new history may be incomplete and is marked as such. */
  private dropped = 0;

  constructor(private readonly limits: HistoryLimits) {}

  add(update: ClvUpdate): void {
    const kept = this.kept.get(update.customerId) ?? { points: [], truncated: this.dropped > 0 };
    kept.points.push(toPoint(update));
    if (kept.points.length > this.limits.points) {
      kept.points.shift();
      kept.truncated = true;
    }
    this.kept.delete(update.customerId);
    this.kept.set(update.customerId, kept);
    this.dropOldest();
  }

  remove(customerId: string): void {
    this.kept.delete(customerId);
  }

  of(customerId: string): CustomerHistory {
    const kept = this.kept.get(customerId);
    return kept === undefined
      ? { points: [], truncated: this.dropped > 0 }
      : { points: [...kept.points], truncated: kept.truncated };
  }

  /** The last values, oldest first. */
  trend(customerId: string, length: number): number[] {
    return (this.kept.get(customerId)?.points ?? []).slice(-length).map((point) => point.value);
  }

  /** Per customer: value at the last point minus the highest value in the kept history. */
  *falls(): Iterable<readonly [customerId: string, fall: number]> {
    for (const [customerId, { points }] of this.kept) yield [customerId, fallOf(points)];
  }

  fall(customerId: string): number {
    return fallOf(this.kept.get(customerId)?.points ?? []);
  }

  private dropOldest(): void {
    if (this.kept.size <= this.limits.customers) return;
    for (const oldest of this.kept.keys()) {
      this.kept.delete(oldest);
      this.dropped += 1;
      return;
    }
  }
}

function fallOf(points: readonly HistoryPoint[]): number {
  const last = points.at(-1);
  if (last === undefined) return 0;
  let highest = last.value;
  for (const point of points) if (point.value > highest) highest = point.value;
  return last.value - highest;
}

function toPoint(update: ClvUpdate): HistoryPoint {
  const { change } = update;
  return {
    asOfS: update.asOfS,
    value: update.value,
    previous: change.previous,
    model: change.model,
    silence: change.silence,
    event: change.event,
    trigger: update.trigger,
    source: INPUT_ROLES[update.source.topic] ?? 'ticks',
    orders: update.history.orders,
    modelVersion: update.modelVersion,
  };
}
