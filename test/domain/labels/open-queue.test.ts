import { OpenQueue } from '../../../src/domain/labels/open-queue';
import { compareOrigins, emptyTally, type Origin } from '../../../src/domain/labels/origins';
import { mulberry32 } from '../../../src/domain/math/random';
import { testSeed } from '../../support/seeded';

const seed = testSeed();
const originAt = (atS: number): Origin => ({
  ...{ customerId: `c${atS % 7}`, atS, snapshot: new Uint8Array(), segment: 0, score: null, tally: emptyTally() },
});

test(`gives the open origins in order, and keeps at most twice as many in memory (CLV_TEST_SEED=${seed})`, () => {
  const random = mulberry32(seed);
  const queue = new OpenQueue<Origin>(compareOrigins, (origin) => origin);
  let open: Origin[] = [];
  for (let i = 0; i < 30_000; i++) {
    const origin = originAt(Math.floor(random() * 1e9));
    queue.push(origin);
    open.push(origin);
    if (open.length > 500) {
      const ended = Math.floor(random() * open.length);
      open[ended]!.tally.endedAtS = 1;
      open = open.toSpliced(ended, 1);
    }
    expect(queue.size).toBeLessThanOrEqual(1_002);
  }
  const taken: Origin[] = [];
  for (let origin = queue.pop(); origin !== undefined; origin = queue.pop()) taken.push(origin);
  expect(taken).toEqual(open.sort(compareOrigins));
  expect(queue.peek()).toBeUndefined();
});
