import type { LogReader } from '../../ports/log';
import type { DeadLetterCodec } from '../../serde/dead-letter-codec';
import type { EventCodec } from '../../serde/event-codec';
import { type LetterTopics, positionOf, readLetters, replayedBefore, type StoredLetter } from './dead-letters';

export interface SetAsidePorts {
  readonly reader: LogReader;
  readonly deadLetters: DeadLetterCodec;
  readonly events: EventCodec;
}

/** Number of these customers' records that a scorer set aside because it could not read the state, and that nobody has replayed. */
export async function countSetAside(
  { reader, deadLetters, events }: SetAsidePorts,
  topics: LetterTopics,
  partitions: number,
  customers: ReadonlySet<string>,
): Promise<number> {
  const filter = { reason: 'state-unreadable' } as const;
  const letters: StoredLetter[] = [];
  await readLetters(reader, deadLetters, { topic: topics.deadLetters, partitions, filter }, (stored) => {
    const { topic, partition, value, timestampMs, key } = stored.letter;
    const decoded = events.decodeEvent(topics.inputs.indexOf(topic), partition, value, timestampMs, key);
    if (decoded.ok && customers.has(decoded.value.customerId)) letters.push(stored);
  });
  if (letters.length === 0) return 0;
  const from = topics.inputs.filter((topic) => letters.some(({ letter }) => letter.topic === topic));
  const replayed = await replayedBefore(reader, from, partitions);
  return letters.filter(({ at }) => !replayed.has(positionOf(at))).length;
}
