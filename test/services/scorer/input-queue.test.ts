import { mulberry32 } from '../../../src/domain/random';
import { type InputItem, InputQueue } from '../../../src/services/scorer/input-queue';
import { anEvent } from '../../support/events';

function item(topic: number, offset: number, timeS: number): InputItem {
  const event = anEvent({ timeS, eventId: `${topic}-${offset}` });
  return {
    topic,
    offset,
    timestampMs: 0,
    key: null,
    value: null,
    decoded: { ok: true, value: { type: 'event', event } },
  };
}

const places = (items: readonly InputItem[]) => items.map(({ topic, offset }) => `${topic}:${offset}`);

describe('the input queue', () => {
  it('merges topics by event time and keeps each topic in offset order, late events included', () => {
    const queue = new InputQueue(2, 1_000);
    queue.reset([0, 0], [0, 0], 0);
    queue.offer(0, [item(0, 0, 10), item(0, 1, 40), item(0, 2, 5)], 3, 3);
    queue.offer(1, [item(1, 0, 20), item(1, 1, 30)], 2, 2);
    expect(places(queue.take(10, 0))).toEqual(['0:0', '1:0', '1:1', '0:1', '0:2']);
  });

  it('waits for a topic that has more to come, then goes on without it', () => {
    const queue = new InputQueue(2, 1_000);
    queue.reset([0, 0], [0, 0], 0);
    queue.offer(0, [item(0, 0, 10)], 1, 1);
    expect(queue.readyInMs(100)).toBe(900);
    expect(queue.take(10, 100)).toEqual([]);
    queue.offer(1, [], 0, 5);
    expect(queue.readyInMs(600)).toBe(400);
    expect(places(queue.take(10, 1_000))).toEqual(['0:0']);
  });

  it('does not wait for a topic that is read to its end', () => {
    const queue = new InputQueue(2, 1_000);
    queue.reset([0, 7], [0, 0], 0);
    queue.offer(0, [item(0, 0, 10)], 1, 1);
    queue.offer(1, [], 7, 7);
    expect(queue.readyInMs(0)).toBe(0);
    expect(queue.lag()).toBe(1);
  });

  it('puts a record that cannot be decoded first, so that it never holds its topic back', () => {
    const queue = new InputQueue(2, 0);
    queue.reset([0, 0], [0, 0], 0);
    const broken: InputItem = { ...item(1, 0, 0), decoded: { ok: false, reason: 'undecodable', detail: '' } };
    queue.offer(0, [item(0, 0, 1)], 1, 1);
    queue.offer(1, [broken, item(1, 1, 2)], 2, 2);
    expect(places(queue.take(10, 0))).toEqual(['1:0', '0:0', '1:1']);
  });

  it('catches up with what was published before the other topics go on', () => {
    const queue = new InputQueue(2, 1_000);
    queue.reset([0, 0], [0, 2], 0);
    queue.offer(0, [item(0, 0, 10)], 1, 1);
    expect(queue.take(10, 0)).toEqual([]);
    queue.offer(1, [item(1, 0, 50), item(1, 1, 60), item(1, 2, 5)], 3, 3);
    expect(places(queue.take(10, 0))).toEqual(['1:0', '1:1', '1:2', '0:0']);
  });

  it('waits for what was published however long it takes, but not for what retention has taken since', () => {
    const queue = new InputQueue(2, 1_000);
    queue.reset([0, 0], [0, 4], 0);
    queue.offer(0, [item(0, 0, 10)], 1, 1);
    queue.offer(1, [item(1, 0, 50)], 1, 6);
    expect(places(queue.take(10, 0))).toEqual(['1:0']);
    expect(queue.readyInMs(1e9)).toBeNull();
    queue.offer(1, [], 4, 6);
    expect(places(queue.take(10, 1e9))).toEqual(['0:0']);
  });

  it('ends a batch at a tick', () => {
    const queue = new InputQueue(2, 0);
    queue.reset([0, 0], [0, 0], 0);
    const tick: InputItem = {
      ...item(1, 0, 0),
      decoded: { ok: true, value: { type: 'tick', tick: { asOfS: 5, shard: 0, shards: 1 } } },
    };
    queue.offer(0, [item(0, 0, 1), item(0, 1, 9)], 2, 2);
    queue.offer(1, [tick], 1, 1);
    expect(places(queue.take(10, 0))).toEqual(['0:0', '1:0']);
    expect(places(queue.take(10, 0))).toEqual(['0:1']);
  });

  it('law: whatever the arrival, in-order topics come out sorted by time once they are read to their ends', () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
    const random = mulberry32(seed);
    for (let round = 0; round < 100; round++) {
      const topics = [0, 1, 2].map((topic) => {
        let timeS = 0;
        return Array.from({ length: Math.floor(random() * 30) }, (_, offset) => {
          timeS += Math.floor(random() * 10);
          return item(topic, offset, timeS);
        });
      });
      const queue = new InputQueue(3, Number.POSITIVE_INFINITY);
      queue.reset([0, 0, 0], [0, 0, 0], 0);
      const next = [0, 0, 0];
      const out: InputItem[] = [];
      const isDone = () => next.every((at, topic) => at === topics[topic]!.length);
      const deliver = (topic: number) => {
        const all = topics[topic]!;
        const upTo = Math.min(all.length, next[topic]! + Math.floor(random() * 7));
        queue.offer(topic, all.slice(next[topic], upTo), upTo, all.length);
        next[topic] = upTo;
      };
      for (const topic of [0, 1, 2]) deliver(topic);
      while (!isDone()) {
        deliver(Math.floor(random() * 3));
        out.push(...queue.take(1 + Math.floor(random() * 10), 0));
      }
      out.push(...queue.take(1_000, 0));
      const times = out.map(({ decoded }) =>
        decoded.ok && decoded.value.type === 'event' ? decoded.value.event.timeS : -1,
      );
      expect({ seed, round, times }).toEqual({ seed, round, times: [...times].sort((a, b) => a - b) });
      expect(out).toHaveLength(topics.flat().length);
    }
  });
});
