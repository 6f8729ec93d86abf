/**
 * npm run chaos:swaps -- [--swaps 1000] [--rate 300] [--every-ms 250] [--kafka] [--seed N]: swaps one model after another into a real
 * scorer under load, and prints its pauses and its memory.
 */
import { parseArgs } from 'node:util';
import { describeModelSoak, runModelSoak } from './model-soak';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      swaps: { type: 'string', default: '1000' },
      rate: { type: 'string', default: '300' },
      'every-ms': { type: 'string', default: '250' },
      kafka: { type: 'boolean', default: false },
      seed: { type: 'string' },
    },
  });
  const startedMs = Date.now();
  const report = await runModelSoak({
    kind: values.kafka ? 'kafka' : 'embedded',
    seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed),
    swaps: Number(values.swaps),
    eventsPerSecond: Number(values.rate),
    everyMs: Number(values['every-ms']),
    calmSeconds: 120,
    say: (line) => console.log(`${((Date.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  ${line}`),
  });
  console.log(describeModelSoak(report));
  process.exit(report.faults.length === 0 ? 0 : 1);
}

// Signals end the process by way of its exit handlers, which kill every child.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
