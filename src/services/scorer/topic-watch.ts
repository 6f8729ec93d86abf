import type { LogFacts } from '../../ports/log-watch';
import type { Observer, TopicFault } from '../../ports/observer';

/**
 * Compares the input topics in the log with those at the start of the deployment. It reports which topics were created again; each
 * partition itself finds the loss that this causes. A changed partition count concerns the whole deployment.
 */
export class TopicWatch {
  private readonly ids = new Map<string, string>();
  /** Present faults, by topic and fault. */
  private readonly faults = new Map<string, string>();

  constructor(
    private readonly observer: Observer,
    private readonly topics: readonly string[],
    /** Partition count of every input topic with which the state was folded. */
    private readonly partitions: number,
  ) {}

  /** True if a topic was created again since the previous check. */
  looked({ topics }: LogFacts): boolean {
    let changed = false;
    for (const name of this.topics) {
      const facts = topics.get(name);
      this.set(name, 'missing', facts === undefined ? missing(name) : null);
      if (facts === undefined) continue;
      const { id, partitions } = facts;
      this.set(name, 'partitions', partitions === this.partitions ? null : this.otherCount(name, partitions));
      const before = this.ids.get(name);
      if (id === null) continue;
      this.ids.set(name, id);
      if (before === undefined || before === id) continue;
      changed = true;
      this.observer.observe({ kind: 'topic-fault', topic: name, fault: 'recreated', present: true });
      this.observer.notice(
        'error',
        `topic ${name} was deleted and created again (id ${before}, now ${id}): its offsets start at 0. CLV_ON_LOG_LOST decides whether each partition folded from it stands still or goes on from the new log's start.`,
      );
    }
    return changed;
  }

  /** One line for each present fault, as a reason for not being ready. */
  reasons(): string[] {
    return [...this.faults.values()];
  }

  private set(topic: string, fault: TopicFault, message: string | null): void {
    const key = `${topic} ${fault}`;
    const before = this.faults.get(key);
    if (message === null) {
      if (this.faults.delete(key)) this.observer.observe({ kind: 'topic-fault', topic, fault, present: false });
      return;
    }
    if (before === message) return;
    this.faults.set(key, message);
    this.observer.observe({ kind: 'topic-fault', topic, fault, present: true });
    this.observer.notice('error', message);
  }

  private otherCount(topic: string, partitions: number): string {
    const { partitions: own } = this;
    const effect =
      partitions > own
        ? `what lies in partition ${own} and above is not read, and producers now place customers in other partitions`
        : 'partitions are gone';
    return `topic ${topic} has ${partitions} partitions, and the state was folded with ${own}: ${effect}. Kafka can't reduce a partition count. Create a new topic with ${own} partitions, copy the records to it by customer id, and name it in CLV_TOPIC_… (docs/runbook.md, ClvTopicChanged).`;
  }
}

function missing(topic: string): string {
  return `topic ${topic} no longer exists: nothing is read from it. Create it again (clv-stream setup). Partitions folded from it then follow CLV_ON_LOG_LOST.`;
}
