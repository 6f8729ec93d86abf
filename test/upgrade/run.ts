/**
 * npm run upgrade -- --from COMMIT [--rounds 3] [--phase 6] [--rate 150] [--seed N]: a rolling upgrade from that commit to this program and
 * back, on a real broker and a real Redis, under traffic; then the audit. `--phase`: seconds between two moves.
 */
import { parseArgs } from 'node:util';
import { buildEarlierVersion } from './earlier-version';
import { rollingUpgrade } from './rolling-upgrade';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      from: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      phase: { type: 'string', default: '6' },
      rate: { type: 'string', default: '150' },
      seed: { type: 'string' },
    },
  });
  if (values.from === undefined) throw new Error('--from COMMIT: which version to upgrade from?');
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  const startedMs = Date.now();
  const say = (line: string) => console.log(`${((Date.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  ${line}`);
  say(`seed ${seed}; building ${values.from}`);
  const earlier = buildEarlierVersion(values.from);
  try {
    const report = await rollingUpgrade({
      earlier,
      rounds: Number(values.rounds),
      phaseMs: 1000 * Number(values.phase),
      eventsPerSecond: Number(values.rate),
      seed,
      say,
    });
    console.log(`${report.events} events, ${report.updates} updates, ${report.deadLetters} dead letters`);
    for (const { step, blobs } of report.levels) console.log(`${step}: ${blobs.join(', ')} at level 1, 2, …`);
    for (const fault of report.faults) console.log(`FAULT ${fault}`);
    console.log(report.faults.length === 0 ? 'SOUND' : 'FAILED');
    process.exitCode = report.faults.length === 0 ? 0 : 1;
  } finally {
    earlier.remove();
  }
}

// Signals end the process by way of its exit handlers, which kill every child.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
main()
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(() => process.exit());
