import { type EventKind, INPUT_ROLES, TICK_TOPIC } from '../../../src/domain/event';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { EventCodec } from '../../../src/serde/event-codec';
import { EventEncoder, type WireFormat } from '../../../src/serde/event-encoder';
import { UpdateCodec } from '../../../src/serde/update-codec';
import { anEvent } from '../../support/events';
import { fakeUpdate } from '../../support/fake-updates';
import { type FuzzTarget, memoryOf } from '../target';

const KINDS: readonly EventKind[] = ['order', 'refund', 'cancel', 'click', 'browse', 'review', 'profile'];
const WRITTEN_MS = 1_800_000_000_000;
/** JSON text becomes strings of two bytes a character, and objects. */
const RECORD_MEMORY = memoryOf(64, 100);

/** Input: the topic's index, then the value of a record. */
export function eventsTarget(): FuzzTarget {
  const rules = { currency: 'EUR', partitions: 1, hash: 'arrival' as const, maxFutureMs: 86_400_000 };
  const codec = new EventCodec(rules);
  const key = Buffer.from('c1');
  const corpus = (['avro', 'json'] as WireFormat[]).flatMap((format) => {
    const encoder = new EventEncoder('EUR', format);
    const events = KINDS.map((kind) => encoder.encodeEvent(anEvent({ kind, attributes: ATTRIBUTES })));
    const tick = encoder.encodeTick({ asOfS: 1_700_000_000, shard: 1, shards: 4 });
    return [
      ...events.map(({ role, value }) => withTopic(INPUT_ROLES.indexOf(role), value)),
      withTopic(TICK_TOPIC, tick),
    ];
  });
  return {
    name: 'events',
    corpus,
    memoryBound: RECORD_MEMORY,
    run(input) {
      const topic = (input[0] ?? 0) % INPUT_ROLES.length;
      const value = input.subarray(1);
      const decoded =
        topic === TICK_TOPIC
          ? codec.decodeTick(value, WRITTEN_MS)
          : codec.decodeEvent(topic, 0, value, WRITTEN_MS, key);
      if (!decoded.ok) return;
      for (const [name, field] of Object.entries(decoded.value)) {
        if (typeof field === 'number' && !Number.isSafeInteger(field)) throw new Error(`accepted ${name} ${field}`);
      }
    },
  };
}

const ATTRIBUTES = { ageBand: '25-34', region: 'north', channel: null };

function withTopic(topic: number, value: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + value.length);
  input[0] = topic;
  input.set(value, 1);
  return input;
}

export function updatesTarget(): FuzzTarget {
  const codec = new UpdateCodec();
  const folded = INPUT_ROLES.map((_, topic) => ({ count: topic, hash: 17 * topic }));
  return {
    name: 'updates',
    corpus: [fakeUpdate({ folded }), fakeUpdate({ folded, trigger: 'clock', value: -3 })].map((u) => codec.encode(u)),
    memoryBound: RECORD_MEMORY,
    run: (input) => void codec.decode(input),
  };
}

export function deadLettersTarget(): FuzzTarget {
  const codec = new DeadLetterCodec();
  const letter = {
    reason: 'undecodable' as const,
    detail: 'no record',
    topic: 'orders',
    partition: 1,
    offset: 7,
    timestampMs: 0,
  };
  const bytes = new Uint8Array([1, 2, 3]);
  return {
    name: 'dead-letters',
    corpus: [
      codec.encode({ ...letter, key: null, value: null }),
      codec.encode({ ...letter, key: bytes, value: new Uint8Array(300) }),
    ],
    memoryBound: RECORD_MEMORY,
    run: (input) => void codec.decode(input),
  };
}
