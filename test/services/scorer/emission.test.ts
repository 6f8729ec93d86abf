import { INPUT_ROLES } from '../../../src/domain/event';
import { Scorer } from '../../../src/domain/scoring/scorer';
import type { SequenceState } from '../../../src/domain/state/sequence-state';
import type { ClvUpdate } from '../../../src/domain/update';
import type { OutboxRecord } from '../../../src/ports/state-store';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { decodeState } from '../../../src/serde/state-blob';
import { UpdateCodec } from '../../../src/serde/update-codec';
import { type Emission, latestOnly } from '../../../src/services/scorer/emission';
import { foldBatch } from '../../../src/services/scorer/fold-batch';
import type { FoldContext, FoldedBatch } from '../../../src/services/scorer/fold-types';
import type { InputItem } from '../../../src/services/scorer/input-queue';
import { anEvent, byTopic } from '../../support/events';
import { loadedFrom, NO_CUSTOMERS } from '../../support/loaded-customers';
import { randomModel } from '../../support/models';

const updates = new UpdateCodec();
const START_S = 1_700_000_000;

function context(emission: Emission, change: Partial<FoldContext> = {}): FoldContext {
  return {
    partition: 0,
    scorer: new Scorer(randomModel(3), 100),
    updates,
    deadLetters: new DeadLetterCodec(),
    settings: {
      money: { currency: 'EUR', minorPerMajor: 100 },
      topics: INPUT_ROLES,
      quietAfterS: 86_400,
      quietChange: 0,
      emission,
      maxBatchBytes: 1e9,
    },
    folded: byTopic(),
    emitted: byTopic(),
    ...change,
  };
}

function item(topic: number, offset: number, customerId: string): InputItem {
  const timeS = START_S + 3_600 * offset;
  const event = anEvent({ customerId, eventId: `${topic}:${offset}`, timeS, kind: topic === 0 ? 'order' : 'click' });
  const decoded = { ok: true, value: { type: 'event', event } } as const;
  return { topic, offset, timestampMs: 1_000 + offset, key: null, value: null, decoded };
}

const tick = (offset: number, asOfS: number): InputItem => ({
  topic: 3,
  offset,
  timestampMs: 1,
  key: null,
  value: null,
  decoded: { ok: true, value: { type: 'tick', tick: { asOfS, shard: 0, shards: 1 } } },
});

function sent(records: readonly OutboxRecord[]): ClvUpdate[] {
  return records
    .filter(({ kind }) => kind === 'update')
    .map(({ value }) => {
      const decoded = updates.decode(value);
      if (!decoded.ok) throw new Error(decoded.detail);
      return decoded.value;
    });
}

const statesOf = (batch: FoldedBatch) =>
  new Map<string, SequenceState | null>(batch.states.map(({ customerId, state }) => [customerId, decodeState(state)]));

function expectExactSplit({ change, value }: ClvUpdate): void {
  expect(Math.abs(change.previous + change.model + change.silence + change.event - value)).toBeLessThan(1e-9);
}

/** Two customers over two topics; one undecodable record between them. */
const ITEMS: readonly InputItem[] = [
  item(0, 0, 'a'),
  item(1, 0, 'b'),
  item(1, 1, 'a'),
  { ...item(0, 1, 'a'), decoded: { ok: false, reason: 'undecodable', detail: 'no record' } },
  item(0, 2, 'b'),
  item(1, 2, 'a'),
];

describe('emission coalesce', () => {
  const every = foldBatch(ITEMS, NO_CUSTOMERS, context('every'));
  const coalesced = foldBatch(ITEMS, NO_CUSTOMERS, context('coalesce'));

  test('leaves one update per customer, in the order of their last events, covering the highest position per topic', () => {
    expect(sent(coalesced.records).map(({ customerId, source }) => [customerId, source.topic, source.offset])).toEqual([
      ['b', 0, 2],
      ['a', 1, 2],
    ]);
    const covers = coalesced.records.map(({ kind, covers }) => [kind, covers]);
    expect(covers).toEqual([
      ['dead-letter', byTopic({ orders: 1 }, -1)],
      ['update', byTopic({ orders: 2, clicks: 0 }, -1)],
      ['update', byTopic({ orders: 0, clicks: 2 }, -1)],
    ]);
  });

  test('reports the last update of emission `every`, from the value before the batch, with the effects added up', () => {
    for (const update of sent(coalesced.records)) {
      const own = sent(every.records).filter(({ customerId }) => customerId === update.customerId);
      const { change: _, ...last } = own.at(-1)!;
      expect(update).toMatchObject(last);
      expect(update.change.previous).toBe(own[0]!.change.previous);
      expect(update.change.silence).toBeCloseTo(
        own.reduce((sum, { change }) => sum + change.silence, 0),
        9,
      );
      expectExactSplit(update);
    }
    expect(coalesced.states).toEqual(every.states);
    expect(coalesced.folded).toEqual(every.folded);
  });

  test('names the event if time passed in the same batch, and covers the tick too', () => {
    const first = foldBatch([item(0, 0, 'a')], NO_CUSTOMERS, context('coalesce'));
    const late = START_S + 40 * 86_400;
    const at = context('coalesce', { folded: first.folded });
    const batch = foldBatch([item(0, 1, 'a'), tick(0, late)], loadedFrom(first.states), at);
    const [update] = sent(batch.records);
    expect(update).toMatchObject({ trigger: 'event', source: { topic: 0, offset: 1 }, asOfS: late });
    expect(batch.records.map(({ covers }) => covers)).toEqual([byTopic({ orders: 1, ticks: 0 }, -1)]);
    expectExactSplit(update!);
  });

  test('after a roll-back: below E the next one is marked, across E the merged one itself', () => {
    const below = foldBatch(
      [item(0, 0, 'a'), item(0, 1, 'a')],
      NO_CUSTOMERS,
      context('coalesce', { emitted: byTopic({ orders: 2 }) }),
    );
    expect(sent(below.records)[0]!.refolded).toBe(false); // never published: E covers it
    expect(statesOf(below).get('a')!.published!.refolded).toBe(true);
    const next = foldBatch([item(0, 2, 'a')], loadedFrom(below.states), context('coalesce', { folded: below.folded }));
    expect(sent(next.records)[0]!.refolded).toBe(true);
    expect(statesOf(next).get('a')!.published!.refolded).toBe(false);
    const across = foldBatch(
      [item(0, 0, 'a'), item(0, 1, 'a')],
      NO_CUSTOMERS,
      context('coalesce', { emitted: byTopic({ orders: 1 }) }),
    );
    expect(sent(across.records)[0]!.refolded).toBe(true);
    expect(across.records[0]!.covers).toEqual(byTopic({ orders: 1 }, -1));
    expect(statesOf(across).get('a')!.published!.refolded).toBe(false);
  });
});

describe('emission latest', () => {
  test('leaves of several commits one update per customer, standing for all, and every dead letter', () => {
    const at = (change: Partial<FoldContext>) => context('latest', change);
    const first = foldBatch(ITEMS.slice(0, 4), NO_CUSTOMERS, at({}));
    const second = foldBatch(ITEMS.slice(4), loadedFrom(first.states), at({ folded: first.folded }));
    const merged = latestOnly([...first.records, ...second.records], updates);
    expect(merged.map(({ kind }) => kind)).toEqual(['dead-letter', 'update', 'update']);
    const whole = foldBatch(ITEMS, NO_CUSTOMERS, at({}));
    expect(merged.map(({ covers }) => covers)).toEqual(whole.records.map(({ covers }) => covers));
    const expected = sent(whole.records);
    for (const [i, update] of sent(merged).entries()) {
      const { change, ...rest } = expected[i]!;
      expect(update).toMatchObject(rest);
      expect(update.change.previous).toBe(change.previous);
      expect(update.change.event).toBeCloseTo(change.event, 9);
      expectExactSplit(update);
    }
  });

  test('never merges dead letters, also if they share the key of a customer', () => {
    const key = new TextEncoder().encode('a');
    const letter = (offset: number): OutboxRecord => ({
      kind: 'dead-letter',
      key,
      value: new Uint8Array([offset]),
      timestampMs: 1,
      covers: byTopic({ orders: offset }, -1),
    });
    const { records } = foldBatch([item(0, 2, 'a'), item(0, 3, 'a')], NO_CUSTOMERS, context('every'));
    const merged = latestOnly([letter(0), letter(1), ...records], updates);
    expect(merged.slice(0, 2)).toEqual([letter(0), letter(1)]);
    expect(merged.slice(2).map(({ kind, covers }) => [kind, covers])).toEqual([['update', byTopic({ orders: 3 }, -1)]]);
    const unkeyed = { ...records[0]!, key: null };
    expect(latestOnly([unkeyed, ...records], updates)[0]).toEqual(unkeyed);
  });

  test('passes on what has nothing to be merged with, byte for byte', () => {
    const { records } = foldBatch(ITEMS.slice(0, 2), NO_CUSTOMERS, context('latest'));
    expect(latestOnly(records, updates)).toEqual(records);
  });

  test('merges positions of a release with fewer topics, which covered none of the others', () => {
    const { records } = foldBatch([item(0, 4, 'a'), item(0, 5, 'a')], NO_CUSTOMERS, context('every'));
    const merged = (...covers: number[][]) =>
      latestOnly(
        records.map((record, i) => ({ ...record, covers: covers[i]! })),
        updates,
      ).map((record) => record.covers);
    expect(merged([4], [-1, 3])).toEqual([[4, 3]]);
    expect(merged([4, -1, 2], [5])).toEqual([[5, -1, 2]]);
    expect(merged([4], [5, -1, -1])).toEqual([[5, -1, -1]]);
  });
});
