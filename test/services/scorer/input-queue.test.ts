import { mulberry32 } from '../../../src/domain/math/random';
import { type InputItem, InputQueue } from '../../../src/services/scorer/input-queue';
import { QueueBudget } from '../../../src/services/scorer/queue-budget';
import { anEvent } from '../../support/events';
import { testSeed } from '../../support/seeded';

const UNBOUNDED = 2 ** 40;

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
  test('merges topics by event time and keeps each topic in offset order, late events included', () => {
    const queue = new InputQueue(2, 1_000, new QueueBudget(UNBOUNDED));
    queue.reset([0, 0], [0, 0], 0);
    queue.offer(0, [item(0, 0, 10), item(0, 1, 40), item(0, 2, 5)], 3, 3);
    queue.offer(1, [item(1, 0, 20), item(1, 1, 30)], 2, 2);
    expect(places(queue.take(10, UNBOUNDED, 0))).toEqual(['0:0', '1:0', '1:1', '0:1', '0:2']);
  });

  test('waits for a topic that has more to come, then goes on without it', () => {
    const queue = new InputQueue(2, 1_000, new QueueBudget(UNBOUNDED));
    queue.reset([0, 0], [0, 0], 0);
    queue.offer(0, [item(0, 0, 10)], 1, 1);
    expect(queue.readyInMs(100)).toBe(900);
    expect(queue.take(10, UNBOUNDED, 100)).toEqual([]);
    queue.offer(1, [], 0, 5);
    expect(queue.readyInMs(600)).toBe(400);
    expect(places(queue.take(10, UNBOUNDED, 1_000))).toEqual(['0:0']);
  });

  test('does not catch up in a topic of which nothing was published', () => {
    const queue = new InputQueue(2, 0, new QueueBudget(UNBOUNDED));
    queue.reset([0, 0], [0], 0);
    queue.offer(0, [item(0, 0, 10)], 1, 1);
    expect(queue.readyInMs(0)).toBe(0);
  });

  test('does not wait for a topic that is read to its end', () => {
    const queue = new InputQueue(2, 1_000, new QueueBudget(UNBOUNDED));
    queue.reset([0, 7], [0, 0], 0);
    queue.offer(0, [item(0, 0, 10)], 1, 1);
    queue.offer(1, [], 7, 7);
    expect(queue.readyInMs(0)).toBe(0);
    expect(queue.lag()).toBe(1);
  });

  test('puts a record that cannot be decoded first, so that it never holds its topic back', () => {
    const queue = new InputQueue(2, 0, new QueueBudget(UNBOUNDED));
    queue.reset([0, 0], [0, 0], 0);
    const broken: InputItem = { ...item(1, 0, 0), decoded: { ok: false, reason: 'undecodable', detail: '' } };
    queue.offer(0, [item(0, 0, 1)], 1, 1);
    queue.offer(1, [broken, item(1, 1, 2)], 2, 2);
    expect(places(queue.take(10, UNBOUNDED, 0))).toEqual(['1:0', '0:0', '1:1']);
  });

  test('catches up with what was published before the other topics go on', () => {
    const queue = new InputQueue(2, 1_000, new QueueBudget(UNBOUNDED));
    queue.reset([0, 0], [0, 2], 0);
    queue.offer(0, [item(0, 0, 10)], 1, 1);
    expect(queue.take(10, UNBOUNDED, 0)).toEqual([]);
    queue.offer(1, [item(1, 0, 50), item(1, 1, 60), item(1, 2, 5)], 3, 3);
    expect(places(queue.take(10, UNBOUNDED, 0))).toEqual(['1:0', '1:1', '1:2', '0:0']);
  });

  test('catches up in several topics as they were folded at first: merged by event time, however they arrive', () => {
    const queue = new InputQueue(2, 0, new QueueBudget(UNBOUNDED));
    queue.reset([0, 0], [2, 1], 0);
    queue.offer(0, [item(0, 0, 10), item(0, 1, 30)], 2, 2);
    expect(queue.readyInMs(1e9)).toBeNull();
    queue.offer(1, [item(1, 0, 20)], 1, 1);
    expect(places(queue.take(10, UNBOUNDED, 0))).toEqual(['0:0', '1:0', '0:1']);
  });

  test('waits for what was published however long it takes, but not for what retention has taken since', () => {
    const queue = new InputQueue(2, 1_000, new QueueBudget(UNBOUNDED));
    queue.reset([0, 0], [0, 4], 0);
    queue.offer(0, [item(0, 0, 10)], 1, 1);
    queue.offer(1, [item(1, 0, 50)], 1, 6);
    expect(places(queue.take(10, UNBOUNDED, 0))).toEqual(['1:0']);
    expect(queue.readyInMs(1e9)).toBeNull();
    queue.offer(1, [], 4, 6);
    expect(places(queue.take(10, UNBOUNDED, 1e9))).toEqual(['0:0']);
  });

  test('ends a batch at a tick', () => {
    const queue = new InputQueue(2, 0, new QueueBudget(UNBOUNDED));
    queue.reset([0, 0], [0, 0], 0);
    const tick: InputItem = {
      ...item(1, 0, 0),
      decoded: { ok: true, value: { type: 'tick', tick: { asOfS: 5, shard: 0, shards: 1 } } },
    };
    queue.offer(0, [item(0, 0, 1), item(0, 1, 9)], 2, 2);
    queue.offer(1, [tick], 1, 1);
    expect(places(queue.take(10, UNBOUNDED, 0))).toEqual(['0:0', '1:0']);
    expect(places(queue.take(10, UNBOUNDED, 0))).toEqual(['0:1']);
  });

  describe('bounds', () => {
    const sized = (topic: number, offset: number, bytes: number): InputItem => ({
      ...item(topic, offset, offset),
      key: new Uint8Array(10),
      value: new Uint8Array(bytes - 10 - 64),
    });

    test('returns at most the requested number of records', () => {
      const queue = new InputQueue(1, 0, new QueueBudget(UNBOUNDED));
      queue.reset([0], [0], 0);
      queue.offer(0, [item(0, 0, 1), item(0, 1, 2), item(0, 2, 3)], 3, 3);
      expect(places(queue.take(2, UNBOUNDED, 0))).toEqual(['0:0', '0:1']);
      expect(places(queue.take(2, UNBOUNDED, 0))).toEqual(['0:2']);
    });

    test('returns at most the requested number of bytes, and a larger record alone', () => {
      const queue = new InputQueue(2, 0, new QueueBudget(UNBOUNDED));
      queue.reset([0, 0], [0, 0], 0);
      queue.offer(
        0,
        [sized(0, 0, 400), sized(0, 1, 600), sized(0, 2, 100), sized(0, 3, 5_000), sized(0, 4, 100)],
        5,
        5,
      );
      queue.offer(1, [], 0, 0);
      expect(places(queue.take(10, 1_000, 0))).toEqual(['0:0', '0:1']);
      expect(places(queue.take(10, 1_000, 0))).toEqual(['0:2']);
      expect(places(queue.take(10, 1_000, 0))).toEqual(['0:3']);
      expect(places(queue.take(10, 1_000, 0))).toEqual(['0:4']);
    });

    test('counts the waiting bytes: by topic, and over all queues of the process', () => {
      const budget = new QueueBudget(1_000);
      const queue = new InputQueue(2, 0, budget);
      const other = new InputQueue(1, 0, budget);
      queue.reset([0, 0], [0, 0], 0);
      queue.offer(0, [sized(0, 0, 300), sized(0, 1, 200)], 2, 2);
      queue.offer(1, [sized(1, 0, 150)], 1, 1);
      other.offer(0, [sized(0, 0, 349)], 1, 1);
      expect([queue.bytes(0), queue.bytes(1), other.bytes(0)]).toEqual([500, 150, 349]);
      expect([budget.bytes, budget.isSpent]).toEqual([999, false]);
      other.offer(0, [sized(0, 1, 100)], 2, 2);
      expect(budget.isSpent).toBe(true);
      queue.take(1, UNBOUNDED, 0);
      expect([queue.bytes(0), budget.bytes]).toEqual([200, 799]);
      queue.reset([0, 0], [0, 0], 0);
      expect([queue.bytes(0), queue.bytes(1), budget.bytes]).toEqual([0, 0, 449]);
    });

    test('counts the records not folded yet: waiting, and not fetched as of the last fetch', () => {
      const queue = new InputQueue(2, 0, new QueueBudget(UNBOUNDED));
      queue.reset([0, 0], [0, 0], 0);
      expect(queue.lag()).toBe(0);
      queue.offer(0, [item(0, 0, 1), item(0, 1, 2), item(0, 2, 3)], 3, 10);
      queue.offer(1, [item(1, 0, 9)], 5, 5);
      expect([queue.lag(), queue.waiting(0)]).toEqual([3 + 7 + 1, 3]);
      queue.take(2, UNBOUNDED, 0);
      expect([queue.lag(), queue.waiting(0)]).toEqual([1 + 7 + 1, 1]);
    });

    test('waits again for a topic from when it ran empty, not from the beginning', () => {
      const queue = new InputQueue(2, 1_000, new QueueBudget(UNBOUNDED));
      queue.reset([0, 0], [0, 0], 0);
      queue.offer(0, [item(0, 0, 1)], 1, 9);
      queue.offer(1, [item(1, 0, 2), item(1, 1, 3)], 2, 2);
      expect(places(queue.take(1, UNBOUNDED, 5_000))).toEqual(['0:0']);
      expect(queue.take(1, UNBOUNDED, 5_400)).toEqual([]);
      expect(queue.readyInMs(5_400)).toBe(600);
      expect(places(queue.take(1, UNBOUNDED, 6_000))).toEqual(['1:0']);
    });

    test('takes records back, and hands them out again in their order', () => {
      const budget = new QueueBudget(UNBOUNDED);
      const queue = new InputQueue(2, 0, budget);
      queue.reset([0, 0], [0, 0], 0);
      queue.offer(0, [sized(0, 0, 100), sized(0, 1, 100), sized(0, 5, 100)], 6, 6);
      queue.offer(1, [sized(1, 2, 100)], 3, 3);
      const [first, ...rest] = queue.take(4, UNBOUNDED, 0);
      expect([first!.offset, budget.bytes]).toEqual([0, 0]);
      queue.offer(0, [sized(0, 6, 100)], 7, 7);
      queue.putBack(rest);
      expect([queue.bytes(0), queue.bytes(1), budget.bytes, queue.lag()]).toEqual([300, 100, 400, 4]);
      expect(places(queue.take(10, UNBOUNDED, 0))).toEqual(['0:1', '1:2', '0:5', '0:6']);
    });
  });

  test('law: whatever the arrival, in-order topics come out sorted by time once they are read to their ends', () => {
    const seed = testSeed();
    const random = mulberry32(seed);
    for (let round = 0; round < 100; round++) {
      const topics = [0, 1, 2].map((topic) => {
        let timeS = 0;
        return Array.from({ length: Math.floor(random() * 30) }, (_, offset) => {
          timeS += Math.floor(random() * 10);
          return item(topic, offset, timeS);
        });
      });
      const queue = new InputQueue(3, Number.POSITIVE_INFINITY, new QueueBudget(UNBOUNDED));
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
        out.push(...queue.take(1 + Math.floor(random() * 10), UNBOUNDED, 0));
      }
      out.push(...queue.take(1_000, UNBOUNDED, 0));
      const times = out.map(({ decoded }) =>
        decoded.ok && decoded.value.type === 'event' ? decoded.value.event.timeS : -1,
      );
      expect({ seed, round, times }).toEqual({ seed, round, times: [...times].sort((a, b) => a - b) });
      expect(out).toHaveLength(topics.flat().length);
    }
  });

  test('law: published records are folded again in one order, whatever the arrival, late and broken records included', () => {
    const seed = testSeed();
    const random = mulberry32(seed);
    for (let round = 0; round < 100; round++) {
      const topics = [0, 1, 2].map((topic) =>
        Array.from({ length: Math.floor(random() * 30) }, (_, offset): InputItem => {
          const fine = item(topic, offset, Math.floor(random() * 40));
          return random() < 0.1 ? { ...fine, decoded: { ok: false, reason: 'undecodable', detail: '' } } : fine;
        }),
      );
      const emitted = topics.map((all) => Math.floor(random() * (all.length + 1)));
      const published = emitted.reduce((sum, offset) => sum + offset, 0);
      const refold = (): string[] => {
        const queue = new InputQueue(3, 5, new QueueBudget(UNBOUNDED));
        queue.reset([0, 0, 0], emitted, 0);
        const next = [0, 0, 0];
        const out: InputItem[] = [];
        // Time passes the longest wait many times over, so a topic that is late has no part in the order either.
        for (let nowMs = 0; out.length < published; nowMs += 10) {
          const topic = Math.floor(random() * 3);
          const all = topics[topic]!;
          const upTo = Math.min(all.length, next[topic]! + Math.floor(random() * 7));
          queue.offer(topic, all.slice(next[topic], upTo), upTo, all.length);
          next[topic] = upTo;
          out.push(...queue.take(1 + Math.floor(random() * 10), UNBOUNDED, nowMs));
        }
        return places(out.slice(0, published));
      };
      const first = refold();
      expect({ seed, round, order: refold() }).toEqual({ seed, round, order: first });
      expect(first.every((place) => Number(place.split(':')[1]) < emitted[Number(place[0])]!)).toBe(true);
    }
  });
});
