import { testSeed } from '../support/seeded';
import { describeWithOwnServers } from '../support/services';
import { runChaos } from './chaos';
import { describeReport, stands, totals } from './report';
import { hasKcat } from './verdict/kcat';

if (!hasKcat() && process.env.CI === 'true') throw new Error('no kcat here: scripts/ci-services installs it');

/** Every fault once or more; CLV_TEST_SEED repeats a run's faults. The long one: npm run chaos -- --minutes 60. */
describeWithOwnServers('chaos on real processes, Kafka and Redis', () => {
  test('loses nothing, doubles nothing, misses nothing', async () => {
    const seed = testSeed();
    console.log(`CLV_TEST_SEED=${seed}`);
    const report = await runChaos({
      scenario: 'short',
      seed,
      minutes: 0.75,
      eventsPerSecond: 300,
      trainer: false,
      say: () => undefined,
    });
    console.log(describeReport(report));
    expect(totals(report)).toMatchObject({
      lost: 0,
      doubled: 0,
      missing: 0,
      mismatched: 0,
      reordered: 0,
      unexpected: 0,
      pending: 0,
    });
    if (hasKcat()) {
      expect(report.secondVerdict).toMatchObject({ lost: 0, doubled: 0, missing: 0, mismatched: 0, wedged: 0 });
    }
    expect(report.wrongProfiles).toEqual([]);
    expect(report.written.profiles).toBeGreaterThan(100);
    expect(totals(report).updates).toBeGreaterThan(5_000);
    expect(report.modelsInUpdates).toBeGreaterThan(1);
    expect(Object.keys(report.faults)).toHaveLength(9);
    expect(report.faultyExits).toEqual([]);
    expect(stands(report)).toBe(true);
  }, 600_000);
});
