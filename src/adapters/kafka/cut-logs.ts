import type { EpochAnswer, EpochQuestion } from './epoch-request';
import type { EpochSpan } from './leader-epochs';

/** What this process remembers of the leaders that wrote one partition's records. */
export interface KnownLog {
  readonly topic: string;
  readonly partition: number;
  readonly spans: readonly EpochSpan[];
}

export interface AnsweredLog extends KnownLog {
  /** Records from this offset on are lost, and others may have taken their offsets. null if nothing shows a loss. */
  readonly cut: number | null;
}

/**
 * Finds the logs that lost records which were read before. The leader's log of a later epoch begins at the end that it returns for an
 * earlier epoch. Records of that epoch beyond that end were overwritten or cut off.
 * The newest noted epoch is requested first. If all of its records are lost, the one before it follows (KIP-279). Normally one round is
 * enough. A partition without an answer is left out.
 */
export async function cutLogs(
  logs: readonly KnownLog[],
  ask: (questions: readonly EpochQuestion[]) => Promise<readonly EpochAnswer[]>,
): Promise<readonly AnsweredLog[]> {
  const answered: AnsweredLog[] = [];
  let open = logs.map((log) => ({ ...log, cut: null as number | null, left: log.spans }));
  while (open.length > 0) {
    const answers = await ask(open.flatMap(({ topic, partition, left }) => questionOf(topic, partition, left.at(-1))));
    open = open.flatMap((log) => {
      const span = log.left.at(-1);
      const answer = answers.find(({ topic, partition }) => topic === log.topic && partition === log.partition);
      if (span !== undefined && answer === undefined) return [];
      const { topic, partition, spans } = log;
      // −1: the leader has no epochs, which proves nothing.
      const isWhole = span === undefined || answer!.end < 0 || answer!.end >= span.end;
      const cut = isWhole ? log.cut : answer!.end;
      if (!isWhole && answer!.end <= span.start) return [{ ...log, cut, left: log.left.slice(0, -1) }];
      answered.push({ topic, partition, spans, cut });
      return [];
    });
  }
  return answered;
}

function questionOf(topic: string, partition: number, span: EpochSpan | undefined): EpochQuestion[] {
  return span === undefined ? [] : [{ topic, partition, epoch: span.epoch }];
}
