/**
 * Measures exactly-once while models are swapped: the first contender keeps its model, the second gets another encoder again and again, so
 * that every state it meets is encoded again. Same records, in turns.
 * Run: npm run bench -- swap [--every MS] [--events N] [--rounds N] [--customers N] (npm run build first)
 */
import { parseArgs } from 'node:util';
import { nearbyModels } from '../test/support/nearby-models';
import { pauseMs } from '../test/support/process';
import { PARTITIONS } from './support/deployment-on-stand';
import { type Contender, measureInTurns } from './support/measure';
import { startScorers } from './support/scorer';
import { describeStand, openStand } from './support/stand';
import { writeStream } from './support/stream';
import { rateTable } from './support/table';

export const SHORT = ['--events', '8000', '--rounds', '1', '--customers', '100', '--every', '200'];

const VERSIONS = 20;

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      every: { type: 'string', default: '1000' },
      events: { type: 'string', default: '200000' },
      rounds: { type: 'string', default: '5' },
      customers: { type: 'string', default: '5000' },
    },
  });
  const everyMs = Number(values.every);
  const rounds = Number(values.rounds);
  const stand = await openStand();
  try {
    const head = await describeStand(stand);
    const size = { events: Number(values.events), customers: Number(values.customers), partitions: PARTITIONS };
    const stream = await writeStream(stand, size);
    const results = await measureInTurns([calm, swapping(everyMs)], stream, rounds, (line) => console.error(line));
    await stream.inputs.close();
    console.log(`${head}\n${size.events} events of ${size.customers} customers, medians of ${rounds} rounds\n`);
    console.log(rateTable(results));
  } finally {
    await stand.close();
  }
}

const calm: Contender = {
  name: 'one model',
  start: async (stream) => (await startScorers(stream, { delivery: 'exactly-once' })).running,
};

const swapping = (everyMs: number): Contender => ({
  name: `another encoder every ${everyMs} ms`,
  start: async (stream) => {
    const { running, deployment } = await startScorers(stream, { delivery: 'exactly-once' });
    // Only every other model has another encoder.
    const models = nearbyModels(deployment.settings, 2 * VERSIONS, 1).filter((_, i) => i % 2 === 0);
    const registry = deployment.platform.registry();
    let ending = false;
    const publishing = (async () => {
      for (let i = 0; !ending; i++) {
        await pauseMs(everyMs);
        if (!ending) await registry.publish({ ...models[i % models.length]!, announcedAtMs: Date.now() });
      }
    })();
    return {
      ...running,
      end: async () => {
        ending = true;
        await publishing;
        await running.end();
      },
    };
  },
});
