/** Why topics of one deployment need one partition count. */
export const ONE_COUNT =
  'All events of a customer must lie in the same partition number, so every topic needs the same partition count';

export interface CountFault {
  readonly topic: string;
  /** What is wrong and what to do, after a semicolon. Follows the topic's name. */
  readonly fault: string;
}

/**
 * The topics whose count is not that of the others, or not the configured one. `counts`: of the existing topics that must agree. The count of most
 * of them is taken for the right one: a topic may be given more partitions by mistake, and a count never goes back.
 */
export function countFaults(counts: ReadonlyMap<string, number>, configured: number | null): CountFault[] {
  const common = commonCount([...counts.values()], configured);
  return [...counts].flatMap(([topic, count]) => {
    if (count !== common) {
      const others = counts.size === 2 ? 'the other topic has' : 'the other topics have';
      const fault = `has ${count} partitions, and ${others} ${common}; create it again with ${common} partitions and copy its records by customer id, or name another topic (CLV_TOPIC_…)`;
      return [{ topic, fault }];
    }
    if (configured === null || count === configured) return [];
    const fault = `has ${count} partitions, but ${configured} are configured; set CLV_PARTITIONS=${count}, or name new topics (CLV_TOPIC_…)`;
    return [{ topic, fault }];
  });
}

/** A topic whose count has nothing to do with that of the others. */
export function loneCountFault(topic: string, count: number, needed: number): CountFault {
  const fault = `has ${count} partitions, and needs ${needed}; create it again with clv-stream setup, or name another topic (CLV_TOPIC_…)`;
  return { topic, fault };
}

/** That of most topics. Of two that are equally frequent, the configured one, else the smaller one: topics only ever grow. */
function commonCount(counts: readonly number[], configured: number | null): number {
  const frequency = (count: number) => counts.filter((each) => each === count).length;
  const rank = (count: number) => (count === configured ? 1 : 0);
  const ordered = [...counts].sort((a, b) => frequency(b) - frequency(a) || rank(b) - rank(a) || a - b);
  return ordered[0] ?? 0;
}
