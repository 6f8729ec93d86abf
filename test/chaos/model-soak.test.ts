import { testSeed } from '../support/seeded';
import { describeModelSoak, runModelSoak } from './model-soak';

/** The long one: npm run chaos:swaps. */
test('a real scorer swaps one model after another, and loses and doubles nothing', async () => {
  const seed = testSeed();
  console.log(`CLV_TEST_SEED=${seed}`);
  const report = await runModelSoak({
    ...{ kind: 'embedded', seed, swaps: 20, eventsPerSecond: 100, everyMs: 200, calmSeconds: 2 },
    say: () => undefined,
  });
  console.log(describeModelSoak(report));
  expect(report.faults).toEqual([]);
  expect(report.swapped).toBe(20);
  expect(report.versionsInUpdates).toBeGreaterThan(10);
  expect(report.events).toBeGreaterThan(500);
  expect(report.tensorFlowModules).toBe(0);
}, 240_000);
