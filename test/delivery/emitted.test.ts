import { judgeEmitted, type Witnesses } from '../../src/delivery/emitted';
import type { OutputTail } from '../../src/delivery/partition-machine';
import { type Seeded, seeded, testSeed } from '../support/seeded';
import { blob, Driver, meta, owned, record } from './machine-driver';

const seed = testSeed();
const TOPICS = 3;
const LONGEST = 12;

/** Evaluates single offsets instead of bounds: what each witness proves for one position, and the verdict that follows. */
function judgeSlowly({ emitted: group, unmarked, withRecords, published, tail }: Witnesses) {
  const emitted: number[] = [];
  const stale: number[] = [];
  const moved: number[] = [];
  const unshown: number[] = [];
  for (let topic = 0; topic < TOPICS; topic++) {
    const isKnown = (at: number) => at < (published?.[topic] ?? 0) || at < (tail?.emitted[topic] ?? 0);
    const isInGroup = (at: number) => group !== null && at < (group[topic] ?? 0);
    const positions = Array.from({ length: LONGEST + 1 }, (_, at) => at);
    if (positions.some((at) => isKnown(at) && !isInGroup(at))) stale.push(topic);
    const isBeyond = positions.some((at) => isInGroup(at) && !isKnown(at));
    const isForeign = isBeyond && published !== null && tail?.exact === true && unmarked.includes(topic);
    if (isForeign) moved.push(topic);
    const isUnshown = isBeyond && tail?.exact === true && withRecords.includes(topic);
    if (isUnshown) unshown.push(topic);
    emitted.push(positions.filter((at) => isKnown(at) || (isInGroup(at) && !isForeign && !isUnshown)).length);
  }
  return { emitted, stale, moved, unshown };
}

const padded = (vector: readonly number[]): number[] => [...vector, 0, 0, 0].slice(0, TOPICS);

function witnesses(random: Seeded): Witnesses {
  // Shorter if topics were added since.
  const vector = () => Array.from({ length: 1 + random.below(TOPICS) }, () => random.below(LONGEST));
  const orNull = <T>(value: T): T | null => (random.below(4) === 0 ? null : value);
  return {
    emitted: orNull(vector()),
    unmarked: [0, 1, 2].filter(() => random.below(2) === 0),
    withRecords: [0, 1, 2].filter(() => random.below(3) === 0),
    published: orNull(vector()),
    tail: orNull({ emitted: vector(), exact: random.below(3) > 0 }),
  };
}

test(`the verdict is what a look at every single position gives (CLV_TEST_SEED=${seed})`, () => {
  const random = seeded(seed);
  for (let round = 0; round < 3_000; round++) {
    const given = witnesses(random);
    const { emitted, ...rest } = judgeEmitted(given);
    const told = (verdict: object) => JSON.stringify({ given, verdict });
    expect(told({ emitted: padded(emitted), ...rest })).toBe(told(judgeSlowly(given)));
  }
});

test(`whatever the coordinator says, every published record is covered, and no unpublished one (CLV_TEST_SEED=${seed})`, () => {
  const random = seeded(seed + 1);
  for (let round = 0; round < 2_000; round++) {
    // A history of transactions. Each moves the emitted offsets in some topics, with a record at each position or with none at all.
    const cuts: { emitted: number[]; withRecords: boolean }[] = [{ emitted: [0, 0, 0], withRecords: false }];
    const records: { topic: number; offset: number; cut: readonly number[] }[] = [];
    const moved = () => cuts.at(-1)!.emitted.map((offset) => offset + random.below(3));
    for (let n = random.below(6); n > 0; n--) {
      const before = cuts.at(-1)!.emitted;
      const cut = moved();
      const withRecords = random.below(4) > 0;
      cuts.push({ emitted: cut, withRecords });
      if (!withRecords) continue;
      cut.forEach((end, topic) => {
        for (let offset = before[topic]!; offset < end; offset++) records.push({ topic, offset, cut });
      });
    }
    const truth = cuts.at(-1)!.emitted;
    const shown = records.at(-1)?.cut ?? [0, 0, 0];
    const kind = random.pick(['by hand', 'of an aborted transaction', 'now or once']);
    const { emitted: group, withRecords } =
      kind === 'by hand'
        ? { emitted: truth.map((offset) => random.below(offset + 4)), withRecords: false }
        : kind === 'now or once'
          ? random.pick(cuts)
          : { emitted: moved(), withRecords: true };
    const all = [0, 1, 2];
    const { emitted } = judgeEmitted({
      emitted: group,
      unmarked: kind === 'by hand' ? all : [],
      withRecords: withRecords ? all : [],
      published: random.pick(cuts).emitted,
      tail: { emitted: shown, exact: true },
    });
    const told = JSON.stringify({ cuts, group, emitted });
    const doubled = records.filter(({ topic, offset }) => offset >= emitted[topic]!);
    const lost = emitted.filter((offset, topic) => offset > truth[topic]!);
    expect(`${told}: ${doubled.length} doubled, ${lost.length} lost`).toBe(`${told}: 0 doubled, 0 lost`);
  }
});

describe('offsets below what is published', () => {
  const outbox = [blob('m', [4, 2], record(2), record(3), record(1, 1))];
  const tail: OutputTail = { emitted: [4, 2], exact: true };
  const claim = { meta: meta([4, 2], [2, 1]), outbox };
  const reads = (driver: Driver, ...read: (readonly number[] | null)[]): Driver => {
    const { tail: before } = driver.machine;
    for (const emitted of read)
      driver.give({ type: 'emitted-read', emitted, unmarked: [], withRecords: [], tail: before });
    return driver;
  };

  test('are read again, with back-off, before anything else happens', () => {
    const driver = new Driver({ firstBackoffMs: 100, maxBackoffMs: 300 }).running([1, 0], claim, { tail });
    const waits = Array.from({ length: 5 }, () => {
      expect(driver.types).toEqual(['read-emitted']);
      const { afterMs } = driver.command('read-emitted');
      reads(driver, [1, 0]);
      return afterMs;
    });
    expect(waits).toEqual([100, 200, 300, 300, 300]);
    expect(driver.types[0]).toBe('offsets-overruled');
  });

  test('and were right after all: nothing is reported', () => {
    const driver = reads(new Driver().running([1, 0], claim, { tail }), [2, 2], [4, 2]);
    expect(driver.types).toEqual(['position', 'trim']);
    expect(driver.machine).toMatchObject({ phase: 'running', emitted: [4, 2], outbox: [], epoch: 7 });
  });

  test('else are overruled by the greatest of all, written again, and nothing is published again', () => {
    const driver = reads(new Driver({ emittedReads: 2 }).running([1, 0], claim, { tail }), [1, 0], [1, 0]);
    expect(driver.commands).toEqual([
      { type: 'offsets-overruled', reason: 'stale', topics: [0, 1], group: [1, 0], emitted: [4, 2] },
      { type: 'position', folded: [4, 2] },
      { type: 'publish', attempt: driver.machine.attempt, records: [], emitted: [4, 2] },
    ]);
    expect(driver.give({ type: 'publish-answered', outcome: 'published' }).types).toEqual(['trim']);
  });

  test('without a tail the store’s word alone overrules them', () => {
    const driver = reads(new Driver({ emittedReads: 1 }).running([1, 1], claim), [1, 1]);
    expect(driver.command('offsets-overruled')).toMatchObject({ topics: [0], emitted: [2, 1] });
    expect(driver.command('publish').records).toEqual(outbox[0]!.records);
  });

  test('the newest records are read again with them: what was published meanwhile shows in both', () => {
    const driver = new Driver().running([1, 0], claim, { tail });
    const meanwhile = { emitted: [5, 2], unmarked: [], withRecords: [0, 1], tail: { emitted: [5, 2], exact: true } };
    driver.give({ type: 'emitted-read', ...meanwhile });
    expect(driver.types).not.toContain('offsets-overruled');
    expect(driver.machine.emitted).toEqual([5, 2]);
  });

  test('the newest read counts, unless it finds none at all', () => {
    const driver = reads(new Driver({ emittedReads: 2 }).running([3, 0], claim, { tail }), [0, 1], null);
    expect(driver.command('offsets-overruled').group).toEqual([0, 1]);
  });

  test('a read of offsets that somebody has corrected is not mixed with the one before', () => {
    const driver = new Driver().running([100, 0], claim, { tail, unmarked: [0, 1] });
    expect(reads(driver, [4, 2]).types).toEqual(['position', 'trim']);
    expect(driver.machine.emitted).toEqual([4, 2]);
  });

  test('absent, they are read again too, and then have expired', () => {
    const driver = new Driver({ emittedReads: 1 }).running(null, claim, { tail }).give(owned(null, { tail }));
    driver.give({ type: 'claimed', claim: { epoch: 8, meta: claim.meta, outbox }, logStart: [0, 0] });
    expect(driver.types).toEqual(['read-emitted']);
    expect(reads(driver, null).command('lost').reason).toBe('offsets-expired');
  });

  test('are correct if records and offsets do not move together', () => {
    const driver = new Driver({ transactional: false }).running([1, 0], claim);
    expect(driver.types).toEqual(['position', 'publish']);
    expect(driver.machine.emitted).toEqual([2, 1]);
  });

  test('a failed read backs off and claims again; an answer to nothing changes nothing', () => {
    const driver = new Driver().running([1, 0], claim, { tail });
    expect(driver.give({ type: 'ownership-failed' }).types).toEqual(['drop', 'wake']);
    const running = new Driver().running();
    expect(reads(running, [9, 9]).types).toEqual([]);
    expect(running.machine.emitted).toEqual([0, 0]);
  });

  test('revoked while they are read again: released at once', () => {
    const driver = new Driver().running([1, 0], claim, { tail });
    expect(driver.give({ type: 'revoked' }).types).toEqual(['drop', 'released']);
  });

  test("records in the output topics prove a lost state, whatever the group's offsets are", () => {
    for (const group of [null, [0, 0]]) {
      const driver = new Driver({ emittedReads: 0 }).running(group, {}, { tail });
      expect(driver.command('lost')).toMatchObject({ reason: 'state-lost', to: [4, 2] });
    }
  });
});

describe('offsets beyond what is published', () => {
  const claim = { meta: meta([4, 2], [2, 1]), outbox: [blob('m', [4, 2], record(2), record(3), record(1, 1))] };
  const tail = (exact: boolean): OutputTail => ({ emitted: [3, 1], exact });

  test('set by somebody else: not followed, written again, and what waits is published', () => {
    const driver = new Driver().running([100, 1], claim, { tail: tail(true), unmarked: [0, 1] });
    expect(driver.commands).toEqual([
      { type: 'offsets-overruled', reason: 'moved', topics: [0], group: [100, 1], emitted: [3, 1] },
      { type: 'position', folded: [4, 2] },
      { type: 'publish', attempt: driver.machine.attempt, records: [record(3), record(1, 1)], emitted: [4, 2] },
    ]);
  });

  test('of a transaction with records that nobody sees: read again, then not followed, and what waits is published', () => {
    const driver = new Driver({ emittedReads: 1 }).running([4, 2], claim, { tail: tail(true), withRecords: [0, 1] });
    expect(driver.types).toEqual(['read-emitted']);
    driver.give({ type: 'emitted-read', emitted: [4, 2], unmarked: [], withRecords: [0, 1], tail: tail(true) });
    expect(driver.commands).toEqual([
      { type: 'offsets-overruled', reason: 'unshown', topics: [0, 1], group: [4, 2], emitted: [3, 1] },
      { type: 'position', folded: [4, 2] },
      { type: 'publish', attempt: driver.machine.attempt, records: [record(3), record(1, 1)], emitted: [4, 2] },
    ]);
  });

  test('the same without a state: they still prove that there was one', () => {
    const nothing = { emitted: [], exact: true };
    const driver = new Driver({ emittedReads: 0 }).running([4, 2], {}, { tail: nothing, withRecords: [0, 1] });
    expect(driver.command('lost')).toMatchObject({ reason: 'state-lost', to: [4, 2] });
  });

  test.each([
    ['written by this program: a transaction without records moved them', { tail: tail(true), unmarked: [] }],
    ['with output topics that cannot decide it', { tail: tail(false), unmarked: [0, 1], withRecords: [0, 1] }],
    ['with output topics that were not read', { unmarked: [0, 1] }],
  ])('%s: followed', (_, witness) => {
    const driver = new Driver().running([6, 2], claim, witness);
    expect(driver.types).toEqual(['position', 'trim']);
    expect(driver.machine.emitted).toEqual([6, 2]);
  });

  test('without a state: a lost state, as before', () => {
    const driver = new Driver().running([100, 1], {}, { tail: tail(true), unmarked: [0, 1] });
    expect(driver.commands).toMatchObject([{ type: 'lost', reason: 'state-lost', to: [100, 1] }]);
  });
});
