import { PriorityQueue } from '../../../src/domain/math/priority-queue';
import { mulberry32 } from '../../../src/domain/math/random';
import { testSeed } from '../../support/seeded';

const seed = testSeed();

test(`takes out in order what was put in in any (CLV_TEST_SEED=${seed})`, () => {
  const random = mulberry32(seed);
  const queue = new PriorityQueue<number>((a, b) => a - b);
  let kept: number[] = [];
  for (let i = 0; i < 3000; i++) {
    if (random() < 0.6) {
      const item = Math.floor(random() * 500);
      queue.push(item);
      kept.push(item);
    } else {
      kept.sort((a, b) => a - b);
      expect(queue.peek()).toBe(kept[0]);
      expect(queue.pop()).toBe(kept[0]);
      kept = kept.slice(1);
    }
    expect(queue.size).toBe(kept.length);
  }
});
