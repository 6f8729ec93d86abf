import { SECONDS_PER_DAY } from '../event';
import { PriorityQueue } from '../math/priority-queue';
import { ORDER_SEGMENTS } from '../state/order-segments';
import { compareOrigins, type Origin, originPriority } from './origins';

/**
 * A sample of matured origins, stratified by orders at the origin and weighted by recency. Each segment keeps the origins with the highest
 * key −ln(−ln u) + t/τ. Here u is uniform by hash, t is the origin's time and τ the recency scale. This is weighted sampling without
 * replacement (Efraimidis and Spirakis 2006), with weights that grow by a factor of e in τ. So no key changes as time passes. A segment
 * never holds more than its share, even if other segments leave space free.
 */
export class Reservoir {
  private readonly segments: PriorityQueue<{ key: number; origin: Origin }>[];
  private readonly held: Set<Origin>[];
  private readonly perSegment: number;

  constructor(
    size: number,
    private readonly recencyDays: number,
  ) {
    this.perSegment = Math.floor(size / ORDER_SEGMENTS.length);
    this.segments = ORDER_SEGMENTS.map(
      () => new PriorityQueue((a, b) => a.key - b.key || compareOrigins(b.origin, a.origin)),
    );
    this.held = ORDER_SEGMENTS.map(() => new Set());
  }

  get size(): number {
    return this.held.reduce((sum, segment) => sum + segment.size, 0);
  }

  origins(): Iterable<Origin> {
    return this.held.flatMap((segment) => [...segment]);
  }

  /** Returns the origin that lost its place: another one, this one, or null. */
  offer(origin: Origin): Origin | null {
    const segment = this.segments[origin.segment]!;
    const held = this.held[origin.segment]!;
    segment.push({ key: this.keyOf(origin), origin });
    held.add(origin);
    if (segment.size <= this.perSegment) return null;
    const removed = segment.pop()!.origin;
    held.delete(removed);
    return removed;
  }

  private keyOf(origin: Origin): number {
    const u = Math.max(originPriority(origin), 2 ** -33);
    return -Math.log(-Math.log(u)) + origin.atS / (this.recencyDays * SECONDS_PER_DAY);
  }
}

/**
 * Draws training origins: half from those with intervals that closed since they were last trained on, half from the rest. The rest is
 * drawn evenly over the segments. If one half is too small, the other fills up. `random` is uniform [0, 1).
 */
export function drawTrainingOrigins(
  fresh: readonly Origin[],
  rest: readonly Origin[],
  count: number,
  random: () => number,
): Origin[] {
  const half = Math.ceil(count / 2);
  const fromRest = Math.min(rest.length, Math.max(count - half, count - fresh.length));
  const fromFresh = Math.min(fresh.length, count - fromRest);
  return [...sample(fresh, fromFresh, random), ...drawEvenly(rest, fromRest, random)];
}

function drawEvenly(origins: readonly Origin[], count: number, random: () => number): Origin[] {
  const segments = ORDER_SEGMENTS.map((_, s) => origins.filter((origin) => origin.segment === s)).sort(
    (a, b) => a.length - b.length,
  );
  const drawn: Origin[] = [];
  segments.forEach((segment, i) => {
    // Small segments first: what they cannot supply is shared among the larger ones.
    const share = Math.round((count - drawn.length) / (segments.length - i));
    drawn.push(...sample(segment, Math.min(share, segment.length), random));
  });
  return drawn;
}

/** Without replacement: the first steps of a Fisher–Yates shuffle. */
function sample<T>(items: readonly T[], count: number, random: () => number): T[] {
  const pool = [...items];
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (pool.length - i));
    [pool[i], pool[j]] = [pool[j]!, pool[i]!];
  }
  return pool.slice(0, count);
}
