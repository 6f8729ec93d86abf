import type { EpochAnswer, EpochQuestion } from './epoch-request';
import type { EpochSpan } from './leader-epochs';

/** What is known of the leaders of one partition's records. */
export interface KnownLog {
  readonly topic: string;
  readonly partition: number;
  readonly spans: readonly EpochSpan[];
}

export interface CutLog {
  readonly topic: string;
  readonly partition: number;
  /** Records from here on are gone, and others may stand in their place. */
  readonly cut: number;
}

/**
 * Which logs no longer hold all that was read of them. The newest known epoch is asked for first; where the leader does not know it, the one
 * before, as in KIP-279. Normally one round.
 */
export async function cutLogs(
  known: readonly KnownLog[],
  ask: (questions: readonly EpochQuestion[]) => Promise<readonly EpochAnswer[] | null>,
): Promise<readonly CutLog[]> {
  const found: CutLog[] = [];
  let open = known.flatMap(({ spans, ...log }) =>
    spans.length > 0 ? [{ log, spans, cut: null as number | null }] : [],
  );
  while (open.length > 0) {
    const answers = await ask(open.map(({ log, spans }) => ({ ...log, epoch: spans.at(-1)!.epoch })));
    if (answers === null) return [];
    open = open.flatMap(({ log, spans, cut }) => {
      const answer = answers.find(({ topic, partition }) => topic === log.topic && partition === log.partition);
      if (answer === undefined) return [];
      const { epoch, start, end } = spans.at(-1)!;
      const isKnown = answer.epoch === epoch;
      const left = isKnown ? [] : spans.slice(0, -1);
      const cutNow = !isKnown ? start : answer.end < end ? answer.end : cut;
      if (left.length > 0) return [{ log, spans: left, cut: cutNow }];
      if (cutNow !== null) found.push({ ...log, cut: cutNow });
      return [];
    });
  }
  return found;
}
