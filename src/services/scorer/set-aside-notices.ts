import type { Clock } from '../../ports/clock';
import type { Observer } from '../../ports/observer';
import type { BatchReport, FoldedBatch, FoldFailure } from './fold-types';
import { shellWord } from './set-aside-details';

/** The first customers get a log line each. After that, lines have only the count. */
const MOST_NAMED = 50;
/** Bounds the memory for set-aside customers. */
const MOST_REMEMBERED = 100_000;
const FIRST_INTERVAL_S = 10;
const LONGEST_INTERVAL_S = 600;

/** Logs the customers and records that a committed micro-batch set aside: each customer once, failing folds at growing intervals. */
export class SetAsideNotices {
  private readonly customers = new Set<string>();
  private nextLoggedCount = 2 * MOST_NAMED;
  private unloggedFailures = 0;
  private nextLogAtS = Number.NEGATIVE_INFINITY;
  private intervalS = FIRST_INTERVAL_S;

  constructor(
    private readonly partition: number,
    private readonly observer: Observer,
    private readonly clock: Clock,
  ) {}

  log({
    states,
    unreadable,
    failures,
  }: Pick<FoldedBatch, 'states'> & Pick<BatchReport, 'unreadable' | 'failures'>): void {
    const before = this.customers.size;
    // A state that was written again is no longer damaged.
    if (before > 0) for (const { customerId } of states) this.customers.delete(customerId);
    for (const [customerId, why] of unreadable) this.logCustomer(customerId, why);
    const customers = this.customers.size;
    if (customers !== before)
      this.observer.observe({ kind: 'customers-set-aside', partition: this.partition, customers });
    if (failures.length > 0) this.logFailures(failures);
  }

  private logCustomer(customerId: string, why: string): void {
    if (this.customers.has(customerId) || this.customers.size >= MOST_REMEMBERED) return;
    this.customers.add(customerId);
    const count = this.customers.size;
    if (count <= MOST_NAMED) {
      const message = `partition ${this.partition}: the state of customer ${customerId} can't be used, so its records become dead letters (state-unreadable) and its value stays as it is. Repair it: clv-stream state rebuild ${shellWord(customerId)}`;
      this.observer.notice('error', message, { customerId, why });
    } else if (count >= this.nextLoggedCount) {
      this.nextLoggedCount = 2 * count;
      const message = `partition ${this.partition}: the states of ${count} customers can't be used. Their records become dead letters (state-unreadable). If Redis evicts keys, set maxmemory-policy noeviction. Repair all: clv-stream state rebuild --all`;
      this.observer.notice('error', message, { customers: count });
    }
  }

  private logFailures(failures: readonly FoldFailure[]): void {
    this.unloggedFailures += failures.length;
    const nowS = this.clock.elapsedS();
    if (nowS < this.nextLogAtS) return;
    // After a quiet period the intervals start again at the shortest.
    this.intervalS = nowS > this.nextLogAtS + LONGEST_INTERVAL_S ? FIRST_INTERVAL_S : this.intervalS;
    this.nextLogAtS = nowS + this.intervalS;
    this.intervalS = Math.min(2 * this.intervalS, LONGEST_INTERVAL_S);
    const { customerId, topic, offset, during, error } = failures[0]!;
    const where = `${topic} ${this.partition}@${offset}`;
    const what =
      during === 'fold'
        ? `folding ${where} of customer ${customerId} failed; the record is a dead letter (fold-failed), and the customer stays as before it`
        : `re-scoring customer ${customerId} at the tick ${where} failed; the customer keeps its score`;
    const message = `partition ${this.partition}: ${what}. Report the error. After it is repaired: clv-stream dead-letters replay --reason fold-failed`;
    this.observer.notice('error', message, { customerId, topic, offset, error, failures: this.unloggedFailures });
    this.unloggedFailures = 0;
  }
}
