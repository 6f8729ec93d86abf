/**
 * Compares the throughput of exactly-once, at-least-once and bare consume→produce pipes. All read the same records of the same broker, in
 * turns, as processes of their own. Each is measured between its first fifth and its last event.
 * Run: npm run bench -- delivery [--events N] [--rounds N] [--customers N] [--partitions N] [--processes 2] (npm run build first)
 */
import { parseArgs } from 'node:util';
import { type Contender, measureInTurns } from './support/measure';
import { kafkajsPipe, UPDATE_BYTES } from './support/peers';
import { scorer } from './support/scorer';
import { describeStand, openStand } from './support/stand';
import { writeStream } from './support/stream';
import { rateTable } from './support/table';

/** A run that only shows that the benchmark works. */
export const SHORT = ['--events', '8000', '--rounds', '1', '--customers', '100'];

export async function main(args: string[]): Promise<void> {
  const contenders = (processes: number) => [
    kafkajsPipe(UPDATE_BYTES),
    kafkajsPipe(0),
    scorer({ delivery: 'at-least-once', processes }),
    scorer({ delivery: 'exactly-once', processes }),
  ];
  await compare(args, contenders);
}

/** Measures contenders in turns and prints one table. The ratios are to the first of them. */
export async function compare(
  args: string[],
  contendersOf: (processes: number) => readonly Contender[],
): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      events: { type: 'string', default: '200000' },
      rounds: { type: 'string', default: '5' },
      customers: { type: 'string', default: '5000' },
      partitions: { type: 'string', default: '4' },
      processes: { type: 'string', default: '1' },
    },
  });
  const size = {
    events: Number(values.events),
    customers: Number(values.customers),
    partitions: Number(values.partitions),
  };
  const stand = await openStand();
  try {
    const head = await describeStand(stand);
    const stream = await writeStream(stand, size);
    const rounds = Number(values.rounds);
    const contenders = contendersOf(Number(values.processes));
    const results = await measureInTurns(contenders, stream, rounds, (line) => console.error(line));
    await stream.inputs.close();
    console.log(head);
    console.log(
      `${size.events} events of ${size.customers} customers, ${size.partitions} partitions, medians of ${rounds} rounds\n`,
    );
    console.log(rateTable(results));
  } finally {
    await stand.close();
  }
}
