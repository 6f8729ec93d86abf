import { FAULTS, type FaultName, Judge, type JudgeRules, type PartitionJudgement } from './judge';
import { type RawRecord, readPartition } from './kcat';
import { EVENT_ROLES, type EventRole } from './wire';

export interface VerdictTopics extends JudgeRules {
  readonly updates: string;
  readonly deadLetters: string;
  readonly partitions: number;
}

/** kcat waits more than it works; whole partitions stay in memory while they are judged. */
const AT_ONCE = 3;

/** Records of an input that retention has taken since, so that nothing goes unjudged. */
export type KeptRecords = (role: EventRole, partition: number) => readonly RawRecord[];

export interface Verdict extends Readonly<Record<FaultName, number>> {
  /** Partitions that stopped before the end of an input. */
  readonly wedged: number;
  readonly partitions: readonly PartitionJudgement[];
}

/**
 * The second opinion on a deployment: from the topics alone, once everything written is published. It shares no code with the audit or the
 * program: records come from kcat, are read with avsc and the schema files, and are judged by rules written anew from the docs.
 */
export async function judgeTopics(brokers: string, topics: VerdictTopics, kept?: KeptRecords): Promise<Verdict> {
  const partitions: PartitionJudgement[] = [];
  let next = 0;
  const reader = async (): Promise<void> => {
    while (next < topics.partitions) {
      const partition = next++;
      partitions[partition] = await judgePartition(brokers, topics, partition, kept);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  const sums = FAULTS.map((fault) => [fault, partitions.reduce((sum, judged) => sum + judged[fault], 0)]);
  return {
    ...(Object.fromEntries(sums) as Record<FaultName, number>),
    wedged: partitions.filter(({ waiting }) => waiting > 0).length,
    partitions,
  };
}

async function judgePartition(
  brokers: string,
  topics: VerdictTopics,
  partition: number,
  kept: KeptRecords | undefined,
): Promise<PartitionJudgement> {
  const judge = new Judge(partition, topics);
  await readPartition(brokers, topics.deadLetters, partition, (record) => judge.addDeadLetter(record));
  for (const role of EVENT_ROLES) {
    let next = 0;
    const add = (record: RawRecord): void => {
      if (record.offset < next) return;
      next = record.offset + 1;
      judge.addInput(role, record);
    };
    for (const record of kept?.(role, partition) ?? []) add(record);
    await readPartition(brokers, topics.topics[role], partition, add);
  }
  await readPartition(brokers, topics.updates, partition, (record) => judge.addUpdate(record));
  return judge.judgement();
}

export function isSound(verdict: Verdict): boolean {
  return verdict.wedged === 0 && FAULTS.every((fault) => verdict[fault] === 0);
}

/** A table for a person, then the findings. */
export function describeVerdict({ partitions, wedged, ...sums }: Verdict): string {
  const columns = ['partition', 'inputs', 'updates', 'clock', 'letters', ...FAULTS];
  const rows = partitions.map((judged) => {
    const letters = Object.values(judged.letters).reduce((a, b) => a + b, 0);
    const { partition, inputs, updates, clockUpdates } = judged;
    return [partition, inputs, updates, clockUpdates, letters, ...FAULTS.map((fault) => judged[fault])];
  });
  const line = (cells: readonly (string | number)[]) => cells.map((cell) => `${cell}`.padStart(11)).join('');
  const reasons: Record<string, number> = {};
  for (const { letters } of partitions) {
    for (const [reason, count] of Object.entries(letters)) reasons[reason] = (reasons[reason] ?? 0) + count;
  }
  return [
    'second verdict, from the topics by kcat:',
    line(columns),
    ...rows.map(line),
    `in all: ${FAULTS.map((fault) => `${fault} ${sums[fault]}`).join(', ')}, wedged ${wedged}`,
    `positions with a dead letter: ${JSON.stringify(reasons)}`,
    ...partitions.flatMap(({ findings }) => findings),
  ].join('\n');
}
