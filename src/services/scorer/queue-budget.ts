/**
 * Bytes that wait in all input queues of the process. Each topic has a bound of its own; with many topics and partitions their sum
 * may still be more than the process has. Above the budget no topic that has records waiting is read on. A topic without any is:
 * the merge by event time may be waiting for just that one.
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
