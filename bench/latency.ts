/**
 * Measures the delay from an event to its committed update, at shares of the scorer's own maximum. The delay counts from the timestamp of
 * the input record to the reading of the update by a reader of committed records. Writer and reader share the machine with the scorer.
 * Run: npm run bench -- latency [--maximum EVENTS_PER_SECOND] [--seconds N] [--shares 0.1,0.5,0.8] (npm run build first)
 * Without --maximum it is measured first, as in `delivery`.
 */
import { parseArgs } from 'node:util';
import { pauseMs, until } from '../test/support/process';
import { simulatedRecords } from '../test/support/recorded-stream';
import { SteadyLoad } from '../test/support/steady-load';
import { UpdateDelays } from '../test/support/update-delays';
import { openOnStand, PARTITIONS, startScorer } from './support/deployment-on-stand';
import { measure } from './support/measure';
import { processorUs } from './support/processor-time';
import { type Delivery, scorer } from './support/scorer';
import { describeStand, openStand, type Stand } from './support/stand';
import { writeStream } from './support/stream';
import { inColumns, median } from './support/table';

export const SHORT = ['--maximum', '400', '--seconds', '2', '--shares', '0.5', '--customers', '100', '--warm-up', '1'];

const MODES: readonly Delivery[] = ['exactly-once', 'at-least-once'];
const ROUNDS_OF_MAXIMUM = 3;
const DECODE_EVERY = 4;

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      maximum: { type: 'string' },
      seconds: { type: 'string', default: '20' },
      'warm-up': { type: 'string', default: '5' },
      shares: { type: 'string', default: '0.1,0.5,0.8' },
      customers: { type: 'string', default: '5000' },
      events: { type: 'string', default: '200000' },
    },
  });
  const customers = Number(values.customers);
  const stand = await openStand();
  try {
    const head = await describeStand(stand);
    const rows: string[][] = [
      ['', 'events/s', 'p50 ms', 'p95 ms', 'p99 ms', 'longest ms', 'program cores', 'broker cores'],
    ];
    for (const delivery of MODES) {
      const maximum =
        values.maximum === undefined
          ? await maximumOf(stand, delivery, Number(values.events), customers)
          : Number(values.maximum);
      for (const share of values.shares.split(',').map(Number)) {
        rows.push(
          await row(stand, `${delivery}, ${(100 * share).toFixed(0)} % of ${maximum.toFixed(0)}`, {
            delivery,
            customers,
            perSecond: share * maximum,
            seconds: Number(values.seconds),
            warmUpSeconds: Number(values['warm-up']),
          }),
        );
        console.error(rows.at(-1)!.join('  '));
      }
    }
    console.log(`${head}\n\n${inColumns(rows)}`);
  } finally {
    await stand.close();
  }
}

async function maximumOf(stand: Stand, delivery: Delivery, events: number, customers: number): Promise<number> {
  const stream = await writeStream(stand, { events, customers, partitions: PARTITIONS });
  const rates: number[] = [];
  for (let i = 0; i < ROUNDS_OF_MAXIMUM; i++) rates.push((await measure(scorer({ delivery }), stream)).perSecond);
  await stream.inputs.close();
  return median(rates);
}

interface Load {
  readonly delivery: Delivery;
  readonly customers: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

async function row(stand: Stand, name: string, load: Load): Promise<string[]> {
  const deployment = await openOnStand(stand, { CLV_DELIVERY: load.delivery });
  const events = Math.ceil(load.perSecond * (load.seconds + load.warmUpSeconds));
  const scorer = await startScorer(deployment);
  const delays = new UpdateDelays(deployment, DECODE_EVERY);
  const traffic = new SteadyLoad(
    deployment,
    simulatedRecords(deployment, events, { customers: load.customers, seed: 1 }),
    load.perSecond,
  );
  try {
    delays.start();
    traffic.start();
    await until('updates come', () => delays.count > 0);
    // The first updates wait for the scorer's start, and its code is not compiled yet.
    await pauseMs(1_000 * load.warmUpSeconds);
    delays.take();
    const from = { ms: Date.now(), program: processorUs(scorer.pid), broker: processorUs(stand.kafka.pid) };
    await traffic.done();
    const ms = Date.now() - from.ms;
    const cores = (us: number, fromUs: number) => ((us - fromUs) / 1000 / ms).toFixed(2);
    const used = [cores(processorUs(scorer.pid), from.program), cores(processorUs(stand.kafka.pid), from.broker)];
    await until('every event has its update', () => delays.count >= events);
    const { medianMs, p95Ms, p99Ms, longestMs } = delays.take();
    return [name, load.perSecond.toFixed(0), `${medianMs}`, `${p95Ms}`, `${p99Ms}`, `${longestMs}`, ...used];
  } finally {
    await traffic.stop();
    await delays.stop();
    await scorer.end('SIGTERM');
    await deployment.close();
  }
}
