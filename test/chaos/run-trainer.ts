/**
 * npm run chaos:trainer -- [--kills 50] [--seed N] [--customers 200] [--days 120]: kills the real trainer with -9 at random moments, and
 * compares what it ends with to that of one that was not killed.
 */
import { parseArgs } from 'node:util';
import { describeTrainerKills, runTrainerKills } from './trainer-kills';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '50' },
      seed: { type: 'string' },
      customers: { type: 'string', default: '200' },
      days: { type: 'string', default: '120' },
      'train-every': { type: 'string', default: '7' },
    },
  });
  const startedMs = Date.now();
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  console.log(`seed ${seed}`);
  const report = await runTrainerKills({
    seed,
    kills: Number(values.kills),
    customers: Number(values.customers),
    days: Number(values.days),
    trainEveryDays: Number(values['train-every']),
    say: (line) => console.log(`${((Date.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  ${line}`),
  });
  console.log(describeTrainerKills(report));
  console.log(report.differences.length === 0 ? 'EQUAL' : 'DIFFERENT');
  process.exit(report.differences.length === 0 ? 0 : 1);
}

// Signals end the process by way of its exit handlers, which kill every child.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
