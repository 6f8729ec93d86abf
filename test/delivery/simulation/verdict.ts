import type { InputRecord } from './input-logs';
import { type CustomerState, foldOne, type OutputRecord } from './light-fold';
import type { Violation } from './variants';
import type { World } from './world';

export interface Found {
  readonly violation: Violation;
  readonly detail: string;
}

/** The conditions that must hold when everything is healthy and at rest. Read from the topics and the store alone. */
export function judge(
  world: World,
  run: { readonly ended: boolean; readonly storeFailed: boolean; readonly offsetsFailed: boolean },
): Found[] {
  const found: Found[] = [];
  const add = (violation: Violation, detail: string) => found.push({ violation, detail });
  if (!run.ended) add('no end', 'work goes on although nothing is left to do');
  if (world.facts.actedAfterRelease) add('acted after release', 'a released partition gave a command');
  const { alarms, overruled } = world.facts;
  if (!run.storeFailed && !run.offsetsFailed && alarms.length > 0) add('false alarm', alarms.join(', '));
  if (!run.offsetsFailed && overruled.length > 0) add('false alarm', `offsets overruled: ${overruled.join(', ')}`);
  if (!run.storeFailed && world.redis.refusedLastClaimer > 0)
    add('owner refused', `${world.redis.refusedLastClaimer} commits`);
  judgeOutcomes(world, add);
  judgeOrder(world, add);
  judgeStates(world, add);
  return found;
}

type Add = (violation: Violation, detail: string) => void;

const positionOf = ({ topic, offset }: InputRecord): string => `${topic}:${offset}`;

/**
 * Every input position ends as one update or one dead letter, and the count of an update's own topic matches the log. A merged update may
 * stand for positions that were published before, but not for them alone.
 */
function judgeOutcomes({ logs, kafka }: World, add: Add): void {
  const outcomes = new Map<string, OutputRecord[]>();
  for (const record of kafka.output) {
    const before = record.covered.map((position) => outcomes.get(positionOf(position)) ?? []);
    if (before.every((records) => records.length > 0)) add('doubled', `${positionOf(record.source)}`);
    record.covered.forEach((position, at) => {
      outcomes.set(positionOf(position), [...before[at]!, record]);
    });
  }
  for (const [topic, records] of logs.topics.entries()) {
    const states = new Map<number, CustomerState>();
    for (const record of records) {
      const at = positionOf(record);
      const all = outcomes.get(at) ?? [];
      if (all.length === 0 && !record.silent) add('missing', at);
      if (all.length > 0 && record.silent) add('wrong outcome', at);
      if (all.some(({ state }) => (state === null) !== record.poison)) add('wrong outcome', at);
      if (record.poison) continue;
      const expected = foldOne(states.get(record.customer) ?? null, record, logs.topics.length);
      states.set(record.customer, expected);
      const own = all.filter(({ source }) => source === record);
      if (own.some(({ state }) => state !== null && !agree(state, expected, topic))) add('count wrong', at);
    }
  }
}

/**
 * Outcomes of one topic come in offset order, and an update includes every event that its worker had seen as published.
 * A zombie may have older emitted offsets. If it folds after a roll-back, its update may include fewer events of *another* topic than an
 * earlier update. The next one includes all.
 */
function judgeOrder({ kafka, logs }: World, add: Add): void {
  const reached = logs.topics.map(() => -1);
  for (const { source, state, emitted } of kafka.output) {
    const { topic, offset, customer } = source;
    if (offset < reached[topic]!) add('reordered', `${topic}:${offset}`);
    reached[topic] = offset;
    if (state === null) continue;
    const published = logs.topics.map(
      (records, other) =>
        records.filter((r) => r.customer === customer && !r.poison && r.offset < emitted[other]!).length,
    );
    if (published.some((count, other) => count > state.counts[other]!)) {
      add(
        'lacks what was shown',
        `${topic}:${offset} customer ${customer}: [${state.counts}], published [${published}]`,
      );
    }
  }
}

/** Each event is folded once: count and hash of every customer and topic. */
function judgeStates({ logs, redis }: World, add: Add): void {
  const expected = new Map<number, CustomerState>();
  for (const record of logs.topics.flat()) {
    if (record.poison) continue;
    expected.set(record.customer, foldOne(expected.get(record.customer) ?? null, record, logs.topics.length));
  }
  for (const [customer, state] of expected) {
    const stored = redis.current.states.get(customer);
    const topics = logs.topics.flatMap((_, topic) =>
      stored === undefined || !agree(stored, state, topic) ? [topic] : [],
    );
    for (const topic of topics) {
      add(
        'folded wrong',
        `customer ${customer} topic ${topic}: ${stored?.counts[topic] ?? 0} of ${state.counts[topic]}`,
      );
    }
  }
}

function agree(a: CustomerState, b: CustomerState, topic: number): boolean {
  return a.counts[topic] === b.counts[topic] && a.hashes[topic] === b.hashes[topic];
}
