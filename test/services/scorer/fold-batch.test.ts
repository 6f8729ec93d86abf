import type { DeadLetterReason } from '../../../src/domain/dead-letter';
import { CUSTOMERS_TOPIC, type CustomerEvent, INPUT_ROLES } from '../../../src/domain/event';
import { Scorer } from '../../../src/domain/scoring/scorer';
import type { SequenceState } from '../../../src/domain/state/sequence-state';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { decodeState } from '../../../src/serde/state-blob';
import { UpdateCodec } from '../../../src/serde/update-codec';
import { foldBatch } from '../../../src/services/scorer/fold-batch';
import type { FoldContext } from '../../../src/services/scorer/fold-types';
import type { InputItem } from '../../../src/services/scorer/input-queue';
import { anEvent, byTopic } from '../../support/events';
import { loadedFrom, NO_CUSTOMERS } from '../../support/loaded-customers';
import { randomModel } from '../../support/models';

const updates = new UpdateCodec();
const START_S = 1_700_000_000;
const DAY_S = 86_400;

function context(change: Partial<FoldContext> = {}): FoldContext {
  return {
    partition: 0,
    scorer: new Scorer(randomModel(3), 100),
    updates,
    deadLetters: new DeadLetterCodec(),
    settings: {
      money: { currency: 'EUR', minorPerMajor: 100 },
      topics: INPUT_ROLES,
      quietAfterS: DAY_S,
      quietChange: 0,
      emission: 'every',
      maxBatchBytes: 1e9,
    },
    folded: byTopic(),
    emitted: byTopic(),
    ...change,
  };
}

function order(offset: number, customerId: string, timeS = START_S + offset): InputItem {
  return orderOf(offset, { customerId, timeS });
}

function orderOf(offset: number, change: Partial<CustomerEvent>): InputItem {
  const event = anEvent({ eventId: `e${offset}`, timeS: START_S + offset, ...change });
  return {
    topic: 0,
    offset,
    timestampMs: 1,
    key: null,
    value: null,
    decoded: { ok: true, value: { type: 'event', event } },
  };
}

function tick(offset: number, asOfS: number): InputItem {
  return {
    topic: 3,
    offset,
    timestampMs: 1,
    key: null,
    value: null,
    decoded: { ok: true, value: { type: 'tick', tick: { asOfS, shard: 0, shards: 1 } } },
  };
}

const sentOf = (records: readonly { value: Uint8Array }[]) =>
  records.map(({ value }) => {
    const decoded = updates.decode(value);
    if (!decoded.ok) throw new Error(decoded.detail);
    return decoded.value;
  });

const statesOf = (states: readonly { customerId: string; state: Uint8Array }[]) =>
  new Map<string, SequenceState>(states.map(({ customerId, state }) => [customerId, decodeState(state)]));

describe('the fold of a micro-batch', () => {
  test('counts what was cleaned: by itself, by the model in force, and beside an earlier order', () => {
    const scorer = new Scorer(randomModel(3), 100);
    const giant = 101 * scorer.model.settings.typicalOrderMinor;
    const items = [
      orderOf(0, { amountMinor: giant, items: 0 }),
      orderOf(1, { kind: 'refund', amountMinor: giant }),
      orderOf(2, { kind: 'cancel' }),
      orderOf(3, {}),
    ];
    const { cleaned } = foldBatch(items, NO_CUSTOMERS, context({ scorer })).report;
    expect(Object.fromEntries(cleaned)).toEqual({
      'missing-items': 1,
      'outlying-amount': 2,
      'voided-order': 1,
      'cancelled-order': 1,
    });
  });

  test('makes one update per event, moves F past each, and names what each record covers', () => {
    const batch = foldBatch([order(0, 'a'), order(1, 'b'), order(2, 'a')], NO_CUSTOMERS, context());
    expect(batch.folded).toEqual(byTopic({ orders: 3 }));
    expect(batch.records.map(({ covers }) => covers[0])).toEqual([0, 1, 2]);
    expect(sentOf(batch.records).map(({ customerId, sequence }) => [customerId, sequence])).toEqual([
      ['a', 1],
      ['b', 1],
      ['a', 2],
    ]);
    expect(batch.states.map(({ customerId, isNew }) => [customerId, isNew])).toEqual([
      ['a', true],
      ['b', true],
    ]);
  });

  test('skips records below F', () => {
    const batch = foldBatch([order(4, 'a'), order(5, 'a')], NO_CUSTOMERS, context({ folded: byTopic({ orders: 5 }) }));
    expect(batch.records).toHaveLength(1);
    expect(batch.folded).toEqual(byTopic({ orders: 6 }));
  });

  test('re-scores quiet customers at a tick, once per time, and leaves active ones and the recurrent state alone', () => {
    const first = foldBatch([order(0, 'quiet'), order(1, 'active', START_S + 10 * DAY_S)], NO_CUSTOMERS, context());
    const loaded = loadedFrom(first.states);
    const at = context({ folded: first.folded });
    const swept = foldBatch([tick(0, START_S + 10 * DAY_S)], loaded, at);
    const [update] = sentOf(swept.records);
    expect(swept.records).toHaveLength(1);
    expect(update).toMatchObject({ customerId: 'quiet', trigger: 'clock', asOfS: START_S + 10 * DAY_S, sequence: 1 });
    expect(update!.source).toEqual({ topic: 3, partition: 0, offset: 0 });
    expect(update!.change.event).toBe(0);
    expect(swept.records[0]!.covers).toEqual(byTopic({ ticks: 0 }, -1));
    const before = statesOf(first.states).get('quiet')!;
    const after = statesOf(swept.states).get('quiet')!;
    expect(after.hidden).toEqualNumbers(before.hidden);
    expect(after.window).toEqual(before.window);
    const again = foldBatch(
      [tick(1, START_S + 10 * DAY_S)],
      loadedFrom(swept.states),
      context({ folded: swept.folded }),
    );
    expect(again.records).toHaveLength(0);
    expect(again.folded).toEqual(byTopic({ orders: 2, ticks: 2 }));
  });

  test('does not publish a quiet customer whose value barely moved', () => {
    const first = foldBatch([order(0, 'a')], NO_CUSTOMERS, context());
    const settings = { ...context().settings, quietChange: 1e9 };
    const swept = foldBatch(
      [tick(0, START_S + 2 * DAY_S)],
      loadedFrom(first.states),
      context({ folded: first.folded, settings }),
    );
    expect(swept.records).toHaveLength(0);
    expect(swept.states).toHaveLength(0);
  });

  test('says refolded on the first update past what was published before a roll-back', () => {
    const batch = foldBatch(
      [order(0, 'a'), order(1, 'a'), order(2, 'a'), order(3, 'a')],
      NO_CUSTOMERS,
      context({ emitted: byTopic({ orders: 2 }) }),
    );
    expect(sentOf(batch.records).map(({ refolded }) => refolded)).toEqual([false, true, true, false]);
  });

  test('says refolded after a tick below the emitted offsets that publishes nothing now: it may have before the roll-back', () => {
    const first = foldBatch([order(0, 'a')], NO_CUSTOMERS, context());
    const settings = { ...context().settings, quietChange: 1e9 };
    const sweep = (emitted: number[]) =>
      foldBatch(
        [tick(0, START_S + 2 * DAY_S), tick(1, START_S + 3 * DAY_S)],
        loadedFrom(first.states),
        context({ folded: first.folded, settings, emitted }),
      );
    expect(sweep(byTopic({ orders: 1 })).states).toHaveLength(0);
    const swept = sweep(byTopic({ orders: 1, ticks: 1 }));
    expect(swept.records).toHaveLength(0);
    const next = foldBatch(
      [order(1, 'a', START_S + 4 * DAY_S), order(2, 'a', START_S + 5 * DAY_S)],
      loadedFrom(swept.states),
      context({ folded: swept.folded, settings, emitted: byTopic({ orders: 1, ticks: 1 }) }),
    );
    expect(sentOf(next.records).map(({ refolded }) => refolded)).toEqual([true, false]);
  });

  test('turns a repeat into a dead letter that changes no state', () => {
    const twice = { ...order(1, 'a', START_S), decoded: order(0, 'a').decoded };
    const batch = foldBatch([order(0, 'a'), twice], NO_CUSTOMERS, context());
    expect(batch.records.map(({ kind }) => kind)).toEqual(['update', 'dead-letter']);
    expect([...batch.report.deadLetters]).toEqual([['duplicate', 1]]);
    expect(statesOf(batch.states).get('a')!.summary.placed).toBe(1);
  });
});

describe('facts about a micro-batch', () => {
  const refused = (offset: number, reason: DeadLetterReason, key: Uint8Array | null, bytes = 0): InputItem => ({
    topic: 1,
    offset,
    timestampMs: 1,
    key,
    value: new Uint8Array(bytes),
    decoded: { ok: false, reason, detail: 'not so' },
  });

  test('the keys of records in the wrong partition, by topic, in order; of no other dead letters', () => {
    const keys = [new Uint8Array([1]), null, new Uint8Array([2])];
    const items = [
      ...keys.map((key, offset) => refused(offset, 'wrong-partition', key)),
      refused(3, 'undecodable', new Uint8Array([9])),
      { ...refused(0, 'wrong-partition', new Uint8Array([3])), topic: 2 },
    ];
    const { misplaced, deadLetters } = foldBatch(items, NO_CUSTOMERS, context()).report;
    expect(misplaced).toEqual(
      new Map([
        ['clicks', keys],
        ['browses', [new Uint8Array([3])]],
      ]),
    );
    expect([...deadLetters]).toEqual([
      ['wrong-partition', 4],
      ['undecodable', 1],
    ]);
  });

  test('the kinds of events, late ones, coalesced ones and windows replayed', () => {
    const click = (offset: number, timeS: number): InputItem => ({
      ...orderOf(offset, { kind: 'click', timeS, amountMinor: 0, items: 0 }),
      topic: 1,
    });
    const orders = Array.from({ length: 9 }, (_, offset) => order(offset, 'c1', START_S + offset * DAY_S));
    const at = START_S + 20 * DAY_S;
    const batch = foldBatch(
      [...orders, order(9, 'c1', START_S), click(0, at), click(1, at + 1), order(10, 'c1', at - DAY_S)],
      NO_CUSTOMERS,
      context(),
    );
    expect([...batch.report.events]).toEqual([
      ['order', 11],
      ['click', 2],
    ]);
    expect(batch.report).toMatchObject({ updates: 13, tooLate: 1, coalesced: 1 });
    expect(batch.report.replayed).toBeGreaterThan(0);
  });

  test('the log timestamps of one record in 64', () => {
    const items = Array.from({ length: 130 }, (_, offset) => ({
      ...refused(offset, 'undecodable', null),
      timestampMs: offset,
    }));
    expect(foldBatch(items, NO_CUSTOMERS, context()).report.sampledTimestampsMs).toEqual([0, 64, 128]);
  });

  test('leaves the published values unchanged if a sweep moves nothing, also for an event in the same batch', () => {
    const first = foldBatch([order(0, 'a')], NO_CUSTOMERS, context());
    const settings = { ...context().settings, quietChange: 1e9 };
    const items = [order(1, 'a', START_S + 1), tick(0, START_S + 2 * DAY_S)];
    const swept = foldBatch(items, loadedFrom(first.states), context({ folded: first.folded, settings }));
    expect(statesOf(swept.states).get('a')!.published!.asOfS).toBe(START_S + 1);
  });

  test('ends after the record that fills its output, and leaves the rest for the next one', () => {
    const settings = { ...context().settings, maxBatchBytes: 1_000 };
    const items = [400, 700, 10, 10].map((bytes, offset) => refused(offset, 'undecodable', null, bytes));
    const batch = foldBatch(items, NO_CUSTOMERS, context({ settings }));
    expect([batch.taken, batch.folded[1], batch.records.length]).toEqual([2, 2, 2]);
    const rest = foldBatch(items.slice(batch.taken), NO_CUSTOMERS, context({ settings, folded: batch.folded }));
    expect([rest.taken, rest.folded[1]]).toEqual([2, 4]);
    const large = foldBatch([refused(0, 'undecodable', null, 5_000)], NO_CUSTOMERS, context({ settings }));
    expect([large.taken, large.records.length]).toEqual([1, 1]);
  });

  test('counts what waits to be written with coalesce, too', () => {
    const settings = { ...context().settings, emission: 'coalesce', maxBatchBytes: 3_000 } as const;
    const items = ['a', 'b', 'c', 'd', 'e'].map((id, offset) => order(offset, id));
    expect(foldBatch(items, NO_CUSTOMERS, context({ settings })).taken).toBe(3);
  });
});

describe('profiles', () => {
  const profile = (offset: number, customerId: string): InputItem => {
    const attributes = { ageBand: '25-34', region: null, channel: `c${offset}` };
    return {
      ...orderOf(offset, { kind: 'profile', customerId, amountMinor: 0, items: 0, attributes }),
      topic: CUSTOMERS_TOPIC,
    };
  };

  test('of somebody seen: an update and the state; of nobody seen: the state alone; never a repeat', () => {
    const batch = foldBatch(
      [order(0, 'a'), profile(1, 'a'), profile(2, 'b'), profile(3, 'b')],
      NO_CUSTOMERS,
      context(),
    );
    expect(batch.records.map(({ kind, covers }) => [kind, covers[CUSTOMERS_TOPIC]])).toEqual([
      ['update', -1],
      ['update', 1],
    ]);
    expect(batch.folded).toEqual(byTopic({ orders: 1, customers: 4 }));
    const states = new Map(batch.states.map(({ customerId, state }) => [customerId, decodeState(state)]));
    expect(states.get('a')).toMatchObject({ profile: { offset: 1, attributes: { channel: 'c1' } } });
    expect(states.get('b')).toMatchObject({ profile: { offset: 3 }, published: null });
    expect([...batch.report.events]).toEqual([
      ['order', 1],
      ['profile', 3],
    ]);
    expect(batch.report.cleaned.get('missing-attribute')).toBe(3);
    expect(batch.report.deadLetters.size).toBe(0);
  });

  test('a sweep skips customers with attributes only', () => {
    const { states } = foldBatch([profile(0, 'b')], NO_CUSTOMERS, context());
    const swept = foldBatch([tick(0, START_S + 90 * DAY_S)], loadedFrom(states), context());
    expect(swept).toMatchObject({ records: [], states: [] });
  });
});
