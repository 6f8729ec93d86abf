/**
 * Measures the throughput of the embedded store, which needs no server: log, states and outputs in one folder. In turns with a loop over the
 * same log that only reads, which is the most that the store gives.
 * Run: npm run bench -- embedded [--events N] [--rounds N] [--customers N]
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { type Deployment, openDeployment } from '../test/support/deployment';
import { simulatedRecords, writeInBatches } from '../test/support/recorded-stream';
import { PARTITIONS } from './support/deployment-on-stand';
import { inColumns, median } from './support/table';

export const SHORT = ['--events', '2000', '--rounds', '1', '--customers', '100'];

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      events: { type: 'string', default: '50000' },
      rounds: { type: 'string', default: '5' },
      customers: { type: 'string', default: '5000' },
    },
  });
  const events = Number(values.events);
  const rates = { read: [] as number[], score: [] as number[] };
  for (let round = 0; round < Number(values.rounds); round++) {
    const deployment = await openDeployment('embedded', { CLV_PARTITIONS: String(PARTITIONS) });
    try {
      const customers = Number(values.customers);
      await writeInBatches(deployment, simulatedRecords(deployment, events, { customers, seed: 1 }), 2_000);
      rates.read.push(events / (await secondsOf(() => readAll(deployment))));
      const seconds = await secondsOf(async () => {
        await deployment.startScorer();
        await deployment.drained(600_000);
      });
      rates.score.push(events / seconds);
    } finally {
      await deployment.close();
    }
  }
  const [read, score] = [median(rates.read), median(rates.score)];
  console.log(
    inColumns([
      ['', 'events/s', 'ratio'],
      ['log, read only', read.toFixed(0), '1.00'],
      ['scorer, start included', score.toFixed(0), (score / read).toFixed(2)],
    ]),
  );
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

async function readAll({ platform }: Deployment): Promise<void> {
  const reader = platform.reader();
  for (const topic of platform.topics.inputs) {
    for (let partition = 0; partition < PARTITIONS; partition++)
      await reader.readToEnd([{ topic, partition, offset: 0 }], async () => {});
  }
}
