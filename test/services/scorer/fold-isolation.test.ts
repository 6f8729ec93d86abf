import { type CustomerEvent, INPUT_ROLES, type SourcePosition } from '../../../src/domain/event';
import { mulberry32, type Random } from '../../../src/domain/math/random';
import { updateOf } from '../../../src/domain/scoring/prediction';
import { type Rescored, Scorer } from '../../../src/domain/scoring/scorer';
import { emptyState, type SequenceState } from '../../../src/domain/state/sequence-state';
import type { ClvUpdate } from '../../../src/domain/update';
import type { OutboxRecord } from '../../../src/ports/state-store';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { NEWEST_FORMAT } from '../../../src/serde/format-level';
import { decodeState, encodeState } from '../../../src/serde/state-blob';
import { UpdateCodec } from '../../../src/serde/update-codec';
import type { Emission } from '../../../src/services/scorer/emission';
import { foldBatch } from '../../../src/services/scorer/fold-batch';
import type { FoldContext, FoldSettings } from '../../../src/services/scorer/fold-types';
import type { InputItem } from '../../../src/services/scorer/input-queue';
import { byTopic, randomPast } from '../../support/events';
import { loadedFrom, NO_CUSTOMERS } from '../../support/loaded-customers';
import { randomModel } from '../../support/models';
import { testSeed } from '../../support/seeded';

const MONEY = { currency: 'EUR', minorPerMajor: 100 };
const model = randomModel(3);
const letters = new DeadLetterCodec();
const plain = new UpdateCodec();

type Fault = 'before' | 'half-done' | 'unencodable' | 'update';

/** Throws at chosen records: before anything, half-way, or by leaving a state that no encoder takes. */
class FaultyScorer extends Scorer {
  constructor(private readonly faults: ReadonlyMap<string, Fault>) {
    super(model, 100);
  }

  override fold(state: SequenceState, event: CustomerEvent, position: SourcePosition): Rescored | null {
    const fault = this.faults.get(keyOf(position.topic, position.offset));
    if (fault === 'before') throw new Error('before the fold');
    const rescored = super.fold(state, event, position);
    if (fault === 'half-done') {
      state.summary.placed += 1_000;
      state.window.events.pop();
      throw new TypeError('half-way through the fold');
    }
    // A repeat changes no state, so it can leave none that is broken.
    if (fault === 'unencodable' && rescored !== null) state.folded[0] = { count: -1, hash: 0 };
    return rescored;
  }

  override rescore(state: SequenceState, asOfS: number): Rescored {
    const rescored = super.rescore(state, asOfS);
    if (this.faults.size > 0 && state.folded[0]!.count % 3 === 1) {
      state.hidden.fill(7);
      throw new RangeError('half-way through the sweep');
    }
    return rescored;
  }
}

class FaultyUpdates extends UpdateCodec {
  constructor(private readonly faults: ReadonlyMap<string, Fault>) {
    super();
  }

  override encode(update: ClvUpdate): Uint8Array {
    const { topic, offset } = update.source;
    if (this.faults.get(keyOf(topic, offset)) === 'update') throw new Error('the update can not be written');
    return super.encode(update);
  }
}

const keyOf = (topic: number, offset: number): string => `${topic}:${offset}`;

function settingsOf(emission: Emission): FoldSettings {
  const quiet = { quietAfterS: 86_400, quietChange: 0 };
  return { money: MONEY, topics: INPUT_ROLES, ...quiet, emission, maxBatchBytes: 1e9 };
}

const CUSTOMERS = ['ann', 'bob', 'cem', 'dee', 'eva'];
/** The customer whose stored bytes are damaged from the beginning. */
const DAMAGED = 'mal';

interface Stream {
  readonly items: readonly InputItem[];
  readonly faults: ReadonlyMap<string, Fault>;
}

/** Several customers' random pasts in one log, with ticks between, and faults at random records. */
function randomStream(random: Random, kinds: readonly Fault[]): Stream {
  const next = byTopic();
  const faults = new Map<string, Fault>();
  const pasts = [...CUSTOMERS, DAMAGED].map((id) => ({ id, left: randomPast(random, 12).map(({ event }) => event) }));
  const items: InputItem[] = [];
  while (pasts.some(({ left }) => left.length > 0)) {
    const { id, left } = pasts[Math.floor(random() * pasts.length)]!;
    const event = left.shift();
    if (event === undefined) continue;
    const topic = event.kind === 'click' ? 1 : event.kind === 'browse' ? 2 : event.kind === 'review' ? 4 : 0;
    const offset = next[topic]!++;
    if (random() < 0.12) faults.set(keyOf(topic, offset), kinds[Math.floor(random() * kinds.length)]!);
    items.push(itemOf(topic, offset, { type: 'event', event: { ...event, customerId: id } }));
    if (random() < 0.08) {
      const tick = { asOfS: event.timeS + 30 * 86_400, shard: 0, shards: 1 };
      items.push(itemOf(3, next[3]!++, { type: 'tick', tick }));
    }
  }
  return { items, faults };
}

function itemOf(topic: number, offset: number, value: Extract<InputItem['decoded'], { ok: true }>['value']): InputItem {
  return { topic, offset, timestampMs: 1_000 + offset, key: null, value: null, decoded: { ok: true, value } };
}

/** What became of the whole stream: outcome by position, sweeps, and the last bytes of every customer. */
interface Outcome {
  readonly letters: string[];
  readonly updates: string[];
  readonly states: Map<string, string>;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The program's way: micro-batches of random length. */
function folded(stream: Stream, random: Random, emission: Emission): Outcome {
  const { items, faults } = stream;
  const states = new Map<string, { state: Uint8Array }>([[DAMAGED, { state: new TextEncoder().encode('no state') }]]);
  const records: OutboxRecord[] = [];
  const settings = settingsOf(emission);
  let reached = byTopic();
  for (let at = 0; at < items.length; ) {
    const wanted = items.slice(at, at + 1 + Math.floor(random() * 25));
    const tick = wanted.findIndex(({ topic }) => topic === 3);
    const batchItems = tick < 0 ? wanted : wanted.slice(0, tick + 1);
    const stored = [...states].map(([customerId, { state }]) => ({ customerId, state }));
    const context: FoldContext = {
      format: NEWEST_FORMAT,
      partition: 0,
      scorer: new FaultyScorer(faults),
      updates: new FaultyUpdates(faults),
      deadLetters: letters,
      settings,
      folded: reached,
      emitted: byTopic(),
    };
    const batch = foldBatch(
      batchItems,
      loadedFrom(stored, { unseen: CUSTOMERS.filter((id) => !states.has(id)) }),
      context,
    );
    expect(batch.taken).toBe(batchItems.length);
    for (const { customerId, state, isNew } of batch.states) {
      expect(isNew).toBe(!states.has(customerId));
      states.set(customerId, { state });
    }
    records.push(...batch.records);
    reached = [...batch.folded];
    at += batchItems.length;
  }
  return outcomeOf(records, new Map([...states].map(([id, { state }]) => [id, hex(state)])));
}

function outcomeOf(records: readonly OutboxRecord[], states: Map<string, string>): Outcome {
  const letter = (value: Uint8Array) => {
    const decoded = letters.decode(value);
    if (!decoded.ok) throw new Error(decoded.detail);
    return `${decoded.value.topic}@${decoded.value.offset} ${decoded.value.reason}`;
  };
  return {
    letters: records
      .filter(({ kind }) => kind === 'dead-letter')
      .map(({ value }) => letter(value))
      .sort(),
    updates: records.filter(({ kind }) => kind === 'update').map(({ value }) => hex(value)),
    states,
  };
}

/** The slow way, which shares nothing with the batch fold: one customer after the other, one record at a time, each on a fresh copy. */
function slowly({ items, faults }: Stream): Outcome {
  const states = new Map<string, string>([[DAMAGED, hex(new TextEncoder().encode('no state'))]]);
  const found: string[] = [];
  const updates: { readonly at: number; readonly order: number; readonly value: string }[] = [];
  const scorer = new FaultyScorer(faults);
  const codec = new FaultyUpdates(faults);
  for (const [order, customerId] of CUSTOMERS.entries()) {
    items.forEach(({ topic, offset, decoded }, at) => {
      if (!decoded.ok) return;
      const { value } = decoded;
      const stored = states.get(customerId);
      const state =
        stored === undefined ? emptyState(model.weights.shape.units) : decodeState(Buffer.from(stored, 'hex'));
      const source = { topic, partition: 0, offset };
      const keep = (rescored: Rescored, trigger: 'event' | 'clock') => {
        const bytes = hex(codec.encode(updateOf(scorer, { customerId, state, rescored, source, trigger }, MONEY)));
        states.set(customerId, hex(encodeState(state)));
        updates.push({ at, order, value: bytes });
      };
      if (value.type === 'tick') {
        if (state.published === null || value.tick.asOfS - state.published.asOfS < 86_400) return;
        const before = state.published.value;
        try {
          const rescored = scorer.rescore(state, value.tick.asOfS);
          if (rescored.value !== before) keep(rescored, 'clock');
        } catch {
          // The customer keeps its score.
        }
      } else if (value.event.customerId === customerId) {
        try {
          const rescored = scorer.fold(state, value.event, source);
          if (rescored === null) found.push(`${INPUT_ROLES[topic]}@${offset} duplicate`);
          else keep(rescored, 'event');
        } catch {
          found.push(`${INPUT_ROLES[topic]}@${offset} fold-failed`);
        }
      }
    });
  }
  for (const { topic, offset, decoded } of items) {
    if (decoded.ok && decoded.value.type === 'event' && decoded.value.event.customerId === DAMAGED)
      found.push(`${INPUT_ROLES[topic]}@${offset} state-unreadable`);
  }
  return { letters: found.sort(), updates: updates.map(({ value }) => value), states };
}

const seed = testSeed();

describe('a record that fails', () => {
  test(`law: costs its own update and nothing else, whatever the batches (CLV_TEST_SEED=${seed})`, () => {
    const random = mulberry32(seed);
    let failed = 0;
    for (let round = 0; round < 8; round++) {
      const stream = randomStream(random, ['before', 'half-done', 'unencodable', 'update']);
      const batched = folded(stream, random, 'every');
      const slow = slowly(stream);
      expect({ seed, round, letters: batched.letters }).toEqual({ seed, round, letters: slow.letters });
      expect({ seed, round, states: new Map([...batched.states].sort()) }).toEqual({
        seed,
        round,
        states: new Map([...slow.states].sort()),
      });
      expect([...batched.updates].sort()).toEqual([...slow.updates].sort());
      failed += slow.letters.filter((letter) => letter.endsWith('fold-failed')).length;
    }
    expect(failed).toBeGreaterThan(5);
  });

  test(`law: the same states and dead letters under coalesce, with each customer's last score (CLV_TEST_SEED=${seed})`, () => {
    const random = mulberry32(seed);
    for (let round = 0; round < 8; round++) {
      const stream = randomStream(random, ['before', 'half-done', 'unencodable']);
      const batched = folded(stream, random, 'coalesce');
      const slow = slowly(stream);
      expect({ seed, round, letters: batched.letters }).toEqual({ seed, round, letters: slow.letters });
      expect(new Map([...batched.states].sort())).toEqual(new Map([...slow.states].sort()));
      const lastOf = (updates: readonly string[]) => {
        const last = new Map<string, unknown>();
        for (const update of updates) {
          const decoded = plain.decode(Buffer.from(update, 'hex'));
          if (!decoded.ok) throw new Error(decoded.detail);
          const { customerId, value, sequence, folded: counts, asOfS } = decoded.value;
          last.set(customerId, { value, sequence, counts, asOfS });
        }
        return new Map([...last].sort());
      };
      expect({ seed, round, last: lastOf(batched.updates) }).toEqual({ seed, round, last: lastOf(slow.updates) });
    }
  });

  test('names the customer, the record, the error and the next step', () => {
    const faults = new Map<string, Fault>([['0:1', 'half-done']]);
    const batch = foldBatch([order(0, 'ann'), order(1, "o'hara x"), order(2, 'ann')], NO_CUSTOMERS, contextOf(faults));
    expect(batch.report.failures).toEqual([
      { customerId: "o'hara x", topic: 'orders', offset: 1, during: 'fold', error: 'half-way through the fold' },
    ]);
    const decoded = letters.decode(batch.records[1]!.value);
    expect(decoded).toMatchObject({ ok: true, value: { reason: 'fold-failed', topic: 'orders', offset: 1 } });
    expect(JSON.stringify(decoded)).toMatch(/half-way through the fold.*dead-letters replay --reason fold-failed/);
    expect(batch.states.map(({ customerId }) => customerId)).toEqual(['ann']);
    expect(batch.folded[0]).toBe(3);
  });

  test('an amount that no state can hold: its order is set aside, the customer beside it is untouched', () => {
    // The door refuses such an amount; here one is past it.
    const huge = (offset: number) => order(offset, 'ann', 2 ** 53);
    const alone = foldBatch([order(2, 'bob')], NO_CUSTOMERS, contextOf(new Map()));
    const batch = foldBatch(
      [order(0, 'ann'), huge(1), order(2, 'bob'), order(3, 'ann')],
      NO_CUSTOMERS,
      contextOf(new Map()),
    );
    expect([...batch.report.deadLetters]).toEqual([['fold-failed', 1]]);
    expect(batch.report.failures).toMatchObject([{ customerId: 'ann', offset: 1 }]);
    const stateOf = (id: string) => batch.states.find(({ customerId }) => customerId === id)!.state;
    expect(hex(stateOf('bob'))).toBe(hex(alone.states[0]!.state));
    expect(decodeState(stateOf('ann')).summary.placed).toBe(2);
  });
});

describe('a state that can not be used', () => {
  test('costs its customer alone: each record is a dead letter that names the command, its bytes are not written', () => {
    const stored = [{ customerId: 'ann', state: new TextEncoder().encode('hello') }];
    const loaded = loadedFrom(stored, { vanished: ['bob'], unseen: ['cem'] });
    const batch = foldBatch([order(0, 'ann'), order(1, 'bob'), order(2, 'cem')], loaded, contextOf(new Map()));
    expect([...batch.report.deadLetters]).toEqual([['state-unreadable', 2]]);
    expect(batch.states.map(({ customerId }) => customerId)).toEqual(['cem']);
    expect([...batch.report.unreadable.keys()]).toEqual(['ann', 'bob']);
    expect(batch.report.unreadable.get('bob')).toMatch(/gone from the store/);
    const [ann] = batch.records.map(({ value }) => letters.decode(value));
    expect(JSON.stringify(ann)).toMatch(
      /clv-stream state rebuild ann\b.*dead-letters replay --reason state-unreadable/,
    );
  });

  test('is passed over by a tick, and named', () => {
    const first = foldBatch([order(0, 'ann')], NO_CUSTOMERS, contextOf(new Map()));
    const stored = [...first.states, { customerId: 'bob', state: new Uint8Array([5, 1]) }];
    const tick = itemOf(3, 0, { type: 'tick', tick: { asOfS: 1_800_000_000, shard: 0, shards: 1 } });
    const batch = foldBatch([tick], loadedFrom(stored), { ...contextOf(new Map()), folded: first.folded });
    expect(batch.states.map(({ customerId }) => customerId)).toEqual(['ann']);
    expect([...batch.report.unreadable.keys()]).toEqual(['bob']);
    expect(batch.report.deadLetters.size).toBe(0);
  });
});

function contextOf(faults: ReadonlyMap<string, Fault>): FoldContext {
  const at = { format: NEWEST_FORMAT, folded: byTopic(), emitted: byTopic() };
  const codecs = { updates: new FaultyUpdates(faults), deadLetters: letters };
  return { partition: 0, scorer: new FaultyScorer(faults), ...codecs, settings: settingsOf('every'), ...at };
}

function order(offset: number, customerId: string, amountMinor = 4_200): InputItem {
  const rest = { items: 1, dwellS: 0, stars: 0, timeS: 1_700_000_000 + offset, amountMinor };
  return itemOf(0, offset, { type: 'event', event: { kind: 'order', customerId, eventId: `e${offset}`, ...rest } });
}
