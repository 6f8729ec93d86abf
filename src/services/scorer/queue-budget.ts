/**
 * Bytes that wait in all input queues of the process. Each topic has a bound of its own. With many topics and partitions the sum of
 * the bounds can exceed the memory of the process. Above the budget, topics with waiting records are paused. A topic without any
 * is still read, because the merge by event time may be waiting for it.
 */
export class QueueBudget {
  private waiting = 0;

  constructor(private readonly maxBytes: number) {}

  get bytes(): number {
    return this.waiting;
  }

  get isSpent(): boolean {
    return this.waiting >= this.maxBytes;
  }

  add(bytes: number): void {
    this.waiting += bytes;
  }
}
