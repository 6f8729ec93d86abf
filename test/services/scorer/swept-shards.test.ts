import { CUSTOMERS_TOPIC, INPUT_ROLES, TICK_TOPIC } from '../../../src/domain/event';
import { shardOf } from '../../../src/domain/math/hash';
import { Scorer } from '../../../src/domain/scoring/scorer';
import { SWEEP_SHARDS } from '../../../src/ports/state-store';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { UpdateCodec } from '../../../src/serde/update-codec';
import { customersOf, foldBatch } from '../../../src/services/scorer/fold-batch';
import type { FoldContext } from '../../../src/services/scorer/fold-types';
import type { InputItem, InputValue } from '../../../src/services/scorer/input-queue';
import { covers, shardsOf } from '../../../src/services/scorer/swept-shards';
import { anEvent, byTopic } from '../../support/events';
import { loadedFrom } from '../../support/loaded-customers';
import { randomModel } from '../../support/models';
import { type Seeded, seeded, testSeed } from '../../support/seeded';

const seed = testSeed();
const START_S = 1_700_000_000;
const DAY_S = 86_400;
const CONTEXT: FoldContext = {
  partition: 0,
  scorer: new Scorer(randomModel(3), 100),
  updates: new UpdateCodec(),
  deadLetters: new DeadLetterCodec(),
  settings: {
    money: { currency: 'EUR', minorPerMajor: 100 },
    topics: INPUT_ROLES,
    quietAfterS: DAY_S,
    quietChange: 0.01,
    emission: 'every',
    maxBatchBytes: 1e9,
  },
  folded: byTopic(),
  emitted: byTopic(),
};

const isTick = ({ topic }: InputItem) => topic === TICK_TOPIC;

/** Orders and profiles of a few customers, and ticks of single shards, with any times. */
function drawItems(random: Seeded): InputItem[] {
  const next = byTopic();
  return Array.from({ length: 30 }, (_, i) => {
    const timeS = START_S + random.below(60) * DAY_S;
    const customerId = `c${random.below(5)}`;
    const shards = random.pick([1, 3, 8, 100]);
    const [topic, value] = random.pick<[number, InputValue]>([
      [0, { type: 'event', event: anEvent({ customerId, eventId: `e${i}`, timeS }) }],
      [CUSTOMERS_TOPIC, { type: 'event', event: anEvent({ kind: 'profile', customerId, eventId: `e${i}`, timeS }) }],
      [TICK_TOPIC, { type: 'tick', tick: { asOfS: timeS, shard: random.below(200), shards } }],
    ]);
    return { topic, offset: next[topic]!++, timestampMs: 1, key: null, value: null, decoded: { ok: true, value } };
  });
}

/** What a stream ends in if its micro-batches are cut by `ends`. As the queue does, a tick ends its batch. */
function foldAll(items: readonly InputItem[], ends: () => boolean) {
  const states = new Map<string, Uint8Array>();
  const published: string[] = [];
  let folded = CONTEXT.folded;
  let batch: InputItem[] = [];
  const commit = () => {
    const ticks = batch.flatMap(({ decoded }) =>
      decoded.ok && decoded.value.type === 'tick' ? shardsOf(decoded.value.tick) : [],
    );
    const swept = [...states.keys()].filter((id) => ticks.includes(shardOf(id, SWEEP_SHARDS)));
    const ids = [...new Set([...customersOf(batch), ...swept])];
    const known = ids.flatMap((customerId) => {
      const state = states.get(customerId);
      return state === undefined ? [] : [{ customerId, state }];
    });
    const loaded = loadedFrom(known, { unseen: ids });
    const result = foldBatch(batch, loaded, { ...CONTEXT, folded });
    for (const { customerId, state } of result.states) states.set(customerId, state);
    for (const { key, value } of result.records) {
      published.push(`${Buffer.from(key!)} ${Buffer.from(value).toString('hex')}`);
    }
    folded = result.folded;
    batch = [];
  };
  for (const item of items) {
    batch.push(item);
    if (isTick(item) || ends()) commit();
  }
  if (batch.length > 0) commit();
  return {
    states: [...states].map(([id, state]) => `${id} ${Buffer.from(state).toString('hex')}`).sort(),
    // Those of one tick have no order among themselves.
    published: published.sort(),
  };
}

describe('the shards that a tick covers', () => {
  test('a tick of all shards covers everyone, one of a single shard its own customers', () => {
    expect(shardsOf({ asOfS: 1, shard: 0, shards: 1 })).toHaveLength(SWEEP_SHARDS);
    expect(shardsOf({ asOfS: 1, shard: 66, shards: 64 })).toEqual([2]);
    for (let n = 0; n < 200; n++) {
      const shard = shardOf(`c${n}`, SWEEP_SHARDS);
      for (const shards of [1, 3, 8, 64, 100]) {
        const tick = { asOfS: 1, shard: n, shards };
        expect(covers(tick, `c${n}`)).toBe(shardsOf(tick).includes(shard));
      }
    }
  });

  test(`law: states and updates don't depend on how the records were cut into micro-batches (CLV_TEST_SEED=${seed})`, () => {
    const random = seeded(seed);
    for (let round = 0; round < 40; round++) {
      const items = drawItems(random);
      const alone = foldAll(items, () => true);
      const share = random.next();
      expect({ round, ...foldAll(items, () => random.next() < share) }).toEqual({ round, ...alone });
    }
  });
});
