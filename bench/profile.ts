/**
 * Shows where the main thread of one exactly-once scorer spends its time at full load: shares by file and by function.
 * Run: npm run bench -- profile [--events N] [--customers N] [--partitions N] [--lines N] (npm run build first)
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measure } from './support/measure';
import { type Share, sharesOf } from './support/profile';
import { scorer } from './support/scorer';
import { describeStand, openStand } from './support/stand';
import { writeStream } from './support/stream';
import { inColumns } from './support/table';

/** The first seconds are the start of the program, and code that is not compiled yet. */
const START_S = 3;

export const SHORT = ['--events', '8000', '--customers', '100', '--lines', '3'];

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      events: { type: 'string', default: '200000' },
      customers: { type: 'string', default: '5000' },
      partitions: { type: 'string', default: '4' },
      lines: { type: 'string', default: '40' },
    },
  });
  const [events, customers, partitions] = [values.events, values.customers, values.partitions].map(Number);
  const profiles = mkdtempSync(join(tmpdir(), 'profile-'));
  const stand = await openStand();
  try {
    console.log(await describeStand(stand));
    const stream = await writeStream(stand, { events: events!, customers: customers!, partitions: partitions! });
    const { programUs } = await measure(scorer({ delivery: 'exactly-once', profiles }), stream);
    await stream.inputs.close();
    console.log(
      `${events} events, ${programUs.toFixed(1)} µs of processor time an event, all threads, profiler included\n`,
    );
    const { files, functions } = sharesOf(profiles, START_S);
    console.log(
      `${linesOf('file', files, Number(values.lines))}\n\n${linesOf('function', functions, Number(values.lines))}`,
    );
  } finally {
    await stand.close();
    rmSync(profiles, { recursive: true });
  }
}

function linesOf(title: string, shares: readonly Share[], most: number): string {
  const rows = shares.slice(0, most).map(({ name, share }) => [name, `${(100 * share).toFixed(1)} %`]);
  return inColumns([[title, 'share'], ...rows]);
}
