/** npm run chaos -- [--minutes 60] [--seed N] [--rate 400] [--no-trainer]: the chaos test for as long as wanted. */
import { parseArgs } from 'node:util';
import { runChaos } from './chaos';
import { describeReport, stands } from './report';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      seed: { type: 'string' },
      rate: { type: 'string', default: '400' },
      'no-trainer': { type: 'boolean', default: false },
    },
  });
  const startedMs = Date.now();
  const report = await runChaos({
    seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed),
    minutes: Number(values.minutes),
    eventsPerSecond: Number(values.rate),
    trainer: !values['no-trainer'],
    say: (line) => console.log(`${((Date.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  ${line}`),
  });
  console.log(describeReport(report));
  process.exit(stands(report) ? 0 : 1);
}

// Signals end the process by way of its exit handlers, which kill every child.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
