import { mulberry32 } from '../../src/domain/random';
import { TimeHeap } from '../../src/domain/time-heap';

const SEED = 12;

test(`pops in order of time, then tie, seed ${SEED}`, () => {
  const random = mulberry32(SEED);
  for (let round = 0; round < 200; round++) {
    const heap = new TimeHeap<{ timeS: number; tie: number }>();
    const nodes = Array.from({ length: Math.floor(random() * 40) }, (_, tie) => ({
      timeS: Math.floor(random() * 10),
      tie,
    }));
    for (const node of nodes) heap.push(node);
    expect(heap.size).toBe(nodes.length);
    const popped = [];
    for (let next = heap.peek(); next; next = heap.peek()) {
      expect(heap.pop()).toBe(next);
      popped.push(next);
    }
    expect(popped).toEqual(nodes.sort((a, b) => a.timeS - b.timeS || a.tie - b.tie));
  }
});

test('an empty heap has nothing', () => {
  const heap = new TimeHeap();
  expect(heap.peek()).toBeUndefined();
  expect(heap.pop()).toBeUndefined();
});
