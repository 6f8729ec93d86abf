/**
 * npm run chaos -- [--minutes 60] [--seed N] [--rate 400] [--no-trainer] [--only "one broker" | "three brokers" | loss]: every fault, for as
 * long as wanted. Six tenths of the minutes on one broker, the rest on three; then a loss that must be reported.
 */
import { parseArgs } from 'node:util';
import { type ChaosOptions, runChaos } from './chaos';
import { describeLoss, runLoss } from './loss';
import { describeReport, stands } from './report';
import { hasKcat } from './verdict/kcat';

const SHARES = { 'one broker': 0.6, 'three brokers': 0.4 } as const;
const SCENARIO_NAMES = Object.keys(SHARES) as (keyof typeof SHARES)[];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      seed: { type: 'string' },
      rate: { type: 'string', default: '400' },
      'no-trainer': { type: 'boolean', default: false },
      only: { type: 'string' },
    },
  });
  if (!hasKcat())
    throw new Error('kcat writes the bombs and reads for the second verdict: scripts/ci-services installs it');
  const { only } = values;
  const parts = [...SCENARIO_NAMES, 'loss'];
  if (only !== undefined && !parts.includes(only)) throw new Error(`--only ${only}: give one of ${parts.join(', ')}`);
  const startedMs = Date.now();
  const say = (line: string) => console.log(`${((Date.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  ${line}`);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  const options: Omit<ChaosOptions, 'scenario' | 'minutes'> = {
    seed,
    eventsPerSecond: Number(values.rate),
    trainer: !values['no-trainer'],
    say,
  };
  let sound = true;
  for (const scenario of SCENARIO_NAMES) {
    if (only !== undefined && only !== scenario) continue;
    const minutes = Number(values.minutes) * (only === undefined ? SHARES[scenario] : 1);
    say(`${scenario}: ${minutes.toFixed(1)} minutes`);
    const report = await runChaos({ ...options, scenario, minutes });
    console.log(describeReport(report));
    sound &&= stands(report);
  }
  if (only === undefined || only === 'loss') {
    say('a loss: retention passes a scorer that lags');
    const loss = await runLoss(seed, say);
    console.log(describeLoss(loss));
    sound &&= loss.faults.length === 0;
  }
  console.log(sound ? 'SOUND' : 'FAILED');
  process.exit(sound ? 0 : 1);
}

// Signals end the process by way of its exit handlers, which kill every child.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
