import type { CustomerEvent } from '../../../src/domain/event';
import { Scorer } from '../../../src/domain/scorer';
import type { SequenceState } from '../../../src/domain/sequence-state';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { decodeState } from '../../../src/serde/state-blob';
import { UpdateCodec } from '../../../src/serde/update-codec';
import { type FoldContext, foldBatch } from '../../../src/services/scorer/fold-batch';
import type { InputItem } from '../../../src/services/scorer/input-queue';
import { anEvent } from '../../support/events';
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
      topics: ['orders', 'clicks', 'browses', 'clv-ticks', 'reviews'],
      quietAfterS: DAY_S,
      quietChange: 0,
      emission: 'every',
    },
    folded: [0, 0, 0, 0, 0],
    emitted: [0, 0, 0, 0, 0],
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

const loadedFrom = (states: readonly { customerId: string; state: Uint8Array }[]) =>
  new Map<string, SequenceState | null>(states.map(({ customerId, state }) => [customerId, decodeState(state)]));

describe('the fold of a micro-batch', () => {
  it('counts what was cleaned: by itself, by the model in force, and beside an earlier order', () => {
    const scorer = new Scorer(randomModel(3), 100);
    const giant = 101 * scorer.model.settings.typicalOrderMinor;
    const items = [
      orderOf(0, { amountMinor: giant, items: 0 }),
      orderOf(1, { kind: 'refund', amountMinor: giant }),
      orderOf(2, { kind: 'cancel' }),
      orderOf(3, {}),
    ];
    const { cleaned } = foldBatch(items, new Map(), context({ scorer }));
    expect(Object.fromEntries(cleaned)).toEqual({
      'missing-items': 1,
      'outlying-amount': 2,
      'reversed-order': 1,
      'cancelled-order': 1,
    });
  });

  it('makes one update per event, moves F past each, and names what each record covers', () => {
    const batch = foldBatch([order(0, 'a'), order(1, 'b'), order(2, 'a')], new Map(), context());
    expect(batch.folded).toEqual([3, 0, 0, 0, 0]);
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

  it('passes over what lies behind F', () => {
    const batch = foldBatch([order(4, 'a'), order(5, 'a')], new Map(), context({ folded: [5, 0, 0, 0, 0] }));
    expect(batch.records).toHaveLength(1);
    expect(batch.folded).toEqual([6, 0, 0, 0, 0]);
  });

  it('re-scores quiet customers at a tick, once per instant, and leaves active ones and the recurrent state alone', () => {
    const first = foldBatch([order(0, 'quiet'), order(1, 'active', START_S + 10 * DAY_S)], new Map(), context());
    const loaded = loadedFrom(first.states);
    const at = context({ folded: first.folded });
    const swept = foldBatch([tick(0, START_S + 10 * DAY_S)], loaded, at);
    const [update] = sentOf(swept.records);
    expect(swept.records).toHaveLength(1);
    expect(update).toMatchObject({ customerId: 'quiet', trigger: 'clock', asOfS: START_S + 10 * DAY_S, sequence: 1 });
    expect(update!.source).toEqual({ topic: 3, partition: 0, offset: 0 });
    expect(update!.change.event).toBe(0);
    expect(swept.records[0]!.covers).toEqual([-1, -1, -1, 0, -1]);
    const before = loadedFrom(first.states).get('quiet')!;
    const after = loadedFrom(swept.states).get('quiet')!;
    expect(after.hidden).toEqual(before.hidden);
    expect(after.window).toEqual(before.window);
    const again = foldBatch(
      [tick(1, START_S + 10 * DAY_S)],
      loadedFrom(swept.states),
      context({ folded: swept.folded }),
    );
    expect(again.records).toHaveLength(0);
    expect(again.folded).toEqual([2, 0, 0, 2, 0]);
  });

  it('does not publish a quiet customer whose value barely moved', () => {
    const first = foldBatch([order(0, 'a')], new Map(), context());
    const settings = { ...context().settings, quietChange: 1e9 };
    const swept = foldBatch(
      [tick(0, START_S + 2 * DAY_S)],
      loadedFrom(first.states),
      context({ folded: first.folded, settings }),
    );
    expect(swept.records).toHaveLength(0);
    expect(swept.states).toHaveLength(0);
  });

  it('says refolded on the first update past what was published before a roll-back', () => {
    const batch = foldBatch(
      [order(0, 'a'), order(1, 'a'), order(2, 'a'), order(3, 'a')],
      new Map(),
      context({ emitted: [2, 0, 0, 0, 0] }),
    );
    expect(sentOf(batch.records).map(({ refolded }) => refolded)).toEqual([false, true, true, false]);
  });

  it('turns a repeat into a dead letter that changes no state', () => {
    const twice = { ...order(1, 'a', START_S), decoded: order(0, 'a').decoded };
    const batch = foldBatch([order(0, 'a'), twice], new Map(), context());
    expect(batch.records.map(({ kind }) => kind)).toEqual(['update', 'dead-letter']);
    expect([...batch.deadLetters]).toEqual([['duplicate', 1]]);
    expect(loadedFrom(batch.states).get('a')!.summary.placed).toBe(1);
  });
});
