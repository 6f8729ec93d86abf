import { testSeed } from '../support/seeded';
import { describeTrainerKills, runTrainerKills } from './trainer-kills';

/** CLV_TEST_SEED repeats the history and the plan of the kills. The long one: npm run chaos:trainer. */
test('the real trainer, killed with -9 at random moments, ends as one that was not', async () => {
  const seed = testSeed();
  console.log(`CLV_TEST_SEED=${seed}`);
  const report = await runTrainerKills({
    seed,
    kills: 5,
    customers: 100,
    days: 55,
    trainEveryDays: 5,
    say: () => undefined,
  });
  console.log(describeTrainerKills(report));
  expect(report.differences).toEqual([]);
  expect(report.rounds).toBeGreaterThan(1);
  expect(report.announcements).toBeGreaterThan(0);
}, 600_000);
