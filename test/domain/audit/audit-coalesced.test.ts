import { type AuditedUpdate, passes } from '../../../src/domain/audit/audit';
import { CoalescedAudit } from '../../../src/domain/audit/audit-coalesced';
import { chainHash } from '../../../src/domain/math/hash';
import { seeded, testSeed } from '../../support/seeded';
import { wholeScope } from '../../support/whole-scope';

const SEED = testSeed();
const TOPICS = 3;
const CUSTOMERS = ['a', 'b', 'c'];

interface Stream {
  /** Customer of each offset, per topic; null where the record became a dead letter. */
  readonly inputs: (string | null)[][];
  readonly updates: AuditedUpdate[];
}

/** A random log of three topics, folded in random micro-batches with one update per customer in each. */
function randomStream(seed: number): Stream {
  const random = seeded(seed);
  const inputs = Array.from({ length: TOPICS }, () =>
    Array.from({ length: 20 + random.below(30) }, () => (random.next() < 0.1 ? null : random.pick(CUSTOMERS))),
  );
  const next = inputs.map(() => 0);
  const chains = new Map(CUSTOMERS.map((id) => [id, inputs.map(() => ({ count: 0, hash: 0 }))]));
  const updates: AuditedUpdate[] = [];
  while (next.some((offset, topic) => offset < inputs[topic]!.length)) {
    const touched = new Map<string, AuditedUpdate>();
    for (let left = 1 + random.below(8); left > 0; left--) {
      const topic = random.below(TOPICS);
      const offset = next[topic]!;
      if (offset >= inputs[topic]!.length) continue;
      next[topic] = offset + 1;
      const customerId = inputs[topic]![offset];
      if (customerId === null || customerId === undefined) continue;
      const chain = chains.get(customerId)!;
      chain[topic] = { count: chain[topic]!.count + 1, hash: chainHash(chain[topic]!.hash, offset) };
      const source = { topic, partition: 0, offset };
      touched.set(customerId, { customerId, asOfS: 0, source, folded: [...chain], trigger: 'event' });
    }
    updates.push(...touched.values());
  }
  return { inputs, updates };
}

function judge({ inputs, updates }: Stream, starts: readonly number[] = [0, 0, 0]) {
  const ranges = inputs.map((records, topic) => ({ start: starts[topic]!, end: records.length }));
  const audit = new CoalescedAudit(0, wholeScope(ranges));
  for (const update of updates) audit.addUpdate(update);
  inputs.forEach((records, topic) => {
    records.forEach((customerId, offset) => {
      if (customerId === null) audit.addDeadLetter(topic, offset);
    });
    records.forEach((customerId, offset) => {
      audit.addInput(topic, offset, customerId, 0);
    });
  });
  return audit.verdict();
}

describe(`the audit of coalesced updates (CLV_TEST_SEED=${SEED})`, () => {
  const random = seeded(SEED);
  const streams = Array.from({ length: 50 }, () => randomStream(random.below(2 ** 31)));

  test('passes right logs, also with the beginning of a topic gone', () => {
    for (const stream of streams) {
      const verdict = judge(stream);
      expect(verdict.findings).toEqual([]);
      expect(verdict.events).toBe(stream.inputs.flat().length);
      const late = judge(stream, [random.below(15), 0, random.below(15)]);
      expect(late.findings).toEqual([]);
    }
  });

  test('sees events that no update shows, and takes for shown what a later one does', () => {
    for (const { inputs, updates } of streams) {
      const lastOf = (id: string) => updates.findLastIndex(({ customerId }) => customerId === id);
      const withoutLast = updates.filter((_, at) => at !== lastOf('a'));
      const lost = judge({ inputs, updates: withoutLast });
      expect(lost.lost).toBeGreaterThan(0);
      expect(lost.missing).toBe(lost.lost);
      // Dropped in the middle, its events are shown by the next one: that is what coalescing means.
      const middle = updates.findIndex(({ customerId }, at) => customerId === 'a' && at !== lastOf('a'));
      expect(passes(judge({ inputs, updates: updates.filter((_, at) => at !== middle) }))).toBe(true);
    }
  });

  test('sees an update that comes twice, one out of order, and counts that do not follow', () => {
    for (const { inputs, updates } of streams) {
      const twice = judge({ inputs, updates: [...updates, updates.at(-1)!] });
      expect(twice).toMatchObject({ doubled: 1, lost: 0 });
      const of = updates.flatMap(({ customerId }, at) => (customerId === 'b' ? [at] : []));
      const swapped = [...updates];
      [swapped[of[0]!], swapped[of[1]!]] = [updates[of[1]!]!, updates[of[0]!]!];
      expect(judge({ inputs, updates: swapped }).reordered).toBe(1);
      const at = updates.findIndex(({ source }) => source.topic === 0);
      const wrong = updates[at]!;
      const folded = [{ ...wrong.folded[0]!, hash: wrong.folded[0]!.hash ^ 1 }, ...wrong.folded.slice(1)];
      expect(judge({ inputs, updates: updates.with(at, { ...wrong, folded }) }).mismatched).toBeGreaterThan(0);
      const last = updates.at(-1)!;
      const beyond = last.folded.map(({ count, hash }) => ({ count: count + 5, hash }));
      expect(passes(judge({ inputs, updates: [...updates, { ...last, folded: beyond }] }))).toBe(false);
    }
  });

  test('sees an update of a position that became a dead letter, or that holds no record', () => {
    const [stream] = streams;
    const { inputs, updates } = stream!;
    const offset = inputs[0]!.indexOf(null);
    const audit = new CoalescedAudit(0, wholeScope(inputs.map((records) => ({ start: 0, end: records.length }))));
    for (const update of updates) audit.addUpdate(update);
    if (offset >= 0) audit.addDeadLetter(0, offset);
    audit.addUpdate({ ...updates.at(-1)!, source: { topic: 0, partition: 0, offset: Math.max(0, offset) } });
    expect(passes(audit.verdict())).toBe(false);
  });
});
