import { mulberry32 } from '../../../src/domain/math/random';
import { Adwin } from '../../../src/domain/promotion/drift';
import { testSeed } from '../../support/seeded';

const seed = testSeed();

test('ADWIN sees a rise, forgets what was before it, and says which way it went', () => {
  const random = mulberry32(11);
  const adwin = new Adwin();
  const answers: (string | null)[] = [];
  for (let i = 0; i < 2000; i++) answers.push(adwin.add(0.3 + 0.2 * random()));
  for (let i = 0; i < 1000; i++) answers.push(adwin.add(0.6 + 0.2 * random()));
  const first = answers.findIndex((answer) => answer !== null);
  expect(first).toBeGreaterThanOrEqual(2000);
  expect(first).toBeLessThan(2200);
  expect(answers[first]).toBe('rose');
  expect(adwin.mean).toBeCloseTo(0.7, 1);
  expect(adwin.count).toBeLessThan(1200);
  for (let i = 0; i < 500; i++) answers.push(adwin.add(0.1 * random()));
  expect(answers.filter((answer) => answer === 'fell').length).toBeGreaterThan(0);
});

test(`ADWIN is quiet on a level stream (seeds 1 to 50; a random one too: CLV_TEST_SEED=${seed})`, () => {
  let alarms = 0;
  for (const s of [...Array.from({ length: 50 }, (_, i) => i + 1), seed]) {
    const random = mulberry32(s);
    const adwin = new Adwin();
    for (let i = 0; i < 2000; i++) if (adwin.add(random()) !== null) alarms++;
  }
  expect(alarms).toBeLessThanOrEqual(5);
});

test('ADWIN counts all and means right in logarithmic memory', () => {
  const random = mulberry32(5);
  const adwin = new Adwin(1e-12);
  let sum = 0;
  for (let i = 1; i <= 5000; i++) {
    const value = random();
    sum += value;
    adwin.add(value);
    if (i % 997 === 0) {
      expect(adwin.count).toBe(i);
      expect(adwin.mean).toBeCloseTo(sum / i, 9);
    }
  }
});
