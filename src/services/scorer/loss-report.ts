import type { Command } from '../../delivery/partition-machine';
import type { OutboxRecord } from '../../ports/state-store';

type Lost = Extract<Command<OutboxRecord>, { type: 'lost' }>;

export interface LossReport {
  /** Number of offsets that retention deleted before they were folded, without those of an earlier report. */
  readonly records: number;
  readonly message: string;
  readonly detail: { readonly from: string; readonly to: string };
}

const SETTING: Readonly<Record<Lost['reason'], string>> = {
  'state-lost': 'CLV_ON_STATE_LOST',
  'offsets-expired': 'CLV_ON_OFFSETS_EXPIRED',
  'log-lost': 'CLV_ON_LOG_LOST',
  'topic-recreated': 'CLV_ON_LOG_LOST',
  'log-truncated': 'CLV_ON_LOG_LOST',
};

/** Explanation for the log line, in addition to the reason and the topics. */
const MEANING: Partial<Readonly<Record<Lost['reason'], string>>> = {
  'topic-recreated':
    'The topic was deleted and created again: it is another log under the same name, and its offsets start at 0. Records of the old one that were not folded are gone.',
  'log-truncated':
    'The log ends below the folded offsets, as after an unclean leader election. Records that are now written between the first and the second offset of this line are never folded.',
};

/** The error lines and counts of one partition's losses; see runbook, ClvLogLost. */
export class LossReports {
  /** End of the last counted loss, by TopicIndex. Until the next commit the folded offset stays below it, and each claim finds the loss again. */
  private readonly counted: number[] = [];

  constructor(
    private readonly partition: number,
    private readonly topicNames: readonly string[],
  ) {}

  of(lost: Lost): LossReport {
    const { reason, policy, topics, from, to } = lost;
    const names = topics.map((topic) => this.topicNames[topic]).join(', ');
    const setting = `${SETTING[reason]}=continue`;
    const where = reason === 'topic-recreated' ? "from the new log's start" : 'from the records that are left';
    const next =
      policy === 'halt'
        ? `The partition stands still. To go on ${where}, set ${setting} and restart.`
        : `Going on ${where} (${setting}).`;
    const meaning = MEANING[reason] === undefined ? '' : ` ${MEANING[reason]}`;
    return {
      records: this.count(lost),
      message: `partition ${this.partition}: ${reason} (${names}).${meaning} ${next}`,
      detail: { from: from.join(','), to: to.join(',') },
    };
  }

  private count({ reason, topics, from, to }: Lost): number {
    let records = 0;
    for (const topic of topics) {
      // The new log's offsets start at 0.
      if (reason === 'topic-recreated') this.counted[topic] = 0;
      if (reason !== 'log-lost') continue;
      const next = Math.max(from[topic] ?? 0, this.counted[topic] ?? 0);
      records += Math.max(0, to[topic]! - next);
      this.counted[topic] = Math.max(next, to[topic]!);
    }
    return records;
  }
}
