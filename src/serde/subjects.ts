import { CLV_UPDATE, type Contract, DEAD_LETTER } from './contracts';

/** How a schema registry's subjects are named: by topic, by record, or by both. Confluent's names are in docs/interfaces.md. */
export type SubjectStrategy = 'topic-name' | 'record-name' | 'topic-record-name';

/** Subject of the values of a topic. `recordName`: with its namespace. */
export function subjectOf(strategy: SubjectStrategy, topic: string, recordName: string): string {
  switch (strategy) {
    case 'topic-name':
      return `${topic}-value`;
    case 'record-name':
      return recordName;
    case 'topic-record-name':
      return `${topic}-${recordName}`;
  }
}

/** An output topic's schema in the schema registry. */
export interface OutputSubject {
  readonly output: 'updates' | 'deadLetters';
  readonly subject: string;
  readonly contract: Contract;
}

/** The schemas that others read this program's output topics with. */
export function outputSubjects(
  strategy: SubjectStrategy,
  topics: { readonly updates: string; readonly deadLetters: string },
): readonly OutputSubject[] {
  const subject = (topic: string, { type }: Contract) => subjectOf(strategy, topic, type.name!);
  return [
    { output: 'updates', subject: subject(topics.updates, CLV_UPDATE), contract: CLV_UPDATE },
    { output: 'deadLetters', subject: subject(topics.deadLetters, DEAD_LETTER), contract: DEAD_LETTER },
  ];
}
