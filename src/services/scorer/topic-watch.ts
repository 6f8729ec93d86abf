import type { LogFacts } from '../../ports/log-watch';
import type { Observer, TopicFault } from '../../ports/observer';

/**
 * Compares what the log says of the input topics with what the deployment began with. A partition finds out by itself what a topic made
 * anew costs it, so this only says which topics changed; a changed partition count concerns the deployment as a whole.
 */
export class TopicWatch {
  private readonly ids = new Map<string, string>();
  /** Present faults, by topic and fault. */
  private readonly faults = new Map<string, string>();

  constructor(
    private readonly observer: Observer,
    private readonly topics: readonly string[],
    /** Partitions of every input topic that the state is folded with. */
    private readonly partitions: number,
  ) {}

  /** True where a topic is another log than at the look before. */
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
        `topic ${name} was deleted and created again (id ${before}, now ${id}): its offsets begin anew. Each partition that was folded from it now stands still, or goes on from the new log's start, by CLV_ON_LOG_LOST.`,
      );
    }
    return changed;
  }

  /** One line for each present fault: why this process is not ready. */
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
        ? `nobody reads partitions ${own} to ${partitions - 1}, and producers now place customers elsewhere`
        : 'partitions are gone';
    return `topic ${topic} has ${partitions} partitions, and the state was folded with ${own}: ${effect}. A partition count is never changed in place: create a new topic with ${own} partitions, copy the records to it by customer id, and name it in CLV_TOPIC_… (docs/runbook.md, ClvTopicChanged).`;
  }
}

function missing(topic: string): string {
  return `topic ${topic} does not exist any more: nothing is read from it. Create it again (clv-stream setup); partitions that were folded from it then act by CLV_ON_LOG_LOST.`;
}
