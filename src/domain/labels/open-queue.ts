import { PriorityQueue } from '../math/priority-queue';
import type { Origin } from './origins';

const LEAST_SWEEP = 1_000;

/**
 * A priority queue of open origins. It skips those that were ended in the meantime. If it has doubled, it drops them from memory: at the
 * cap, far more origins are opened in a year than stay open.
 */
export class OpenQueue<T> {
  private queue: PriorityQueue<T>;
  private sweepAt = LEAST_SWEEP;

  /** `compare` is a total order, so that the order does not depend on when ended origins were dropped. */
  constructor(
    private readonly compare: (a: T, b: T) => number,
    private readonly originOf: (item: T) => Origin,
  ) {
    this.queue = new PriorityQueue(compare);
  }

  /** Number of items in memory, some of which may be ended. */
  get size(): number {
    return this.queue.size;
  }

  push(item: T): void {
    if (this.queue.size >= this.sweepAt) this.sweep();
    this.queue.push(item);
  }

  /** The first open one. */
  peek(): T | undefined {
    for (let first = this.queue.peek(); first !== undefined; first = this.queue.peek()) {
      if (this.isOpen(first)) return first;
      this.queue.pop();
    }
    return undefined;
  }

  /** Takes what {@link peek} returns. */
  pop(): T | undefined {
    return this.peek() === undefined ? undefined : this.queue.pop();
  }

  private sweep(): void {
    const open = new PriorityQueue(this.compare);
    for (const item of this.queue.items()) if (this.isOpen(item)) open.push(item);
    this.queue = open;
    this.sweepAt = Math.max(LEAST_SWEEP, 2 * open.size);
  }

  private isOpen(item: T): boolean {
    return this.originOf(item).tally.endedAtS === null;
  }
}
