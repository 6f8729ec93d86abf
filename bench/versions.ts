/**
 * Compares this version with another one in turns, on the same stream: rate and processor time of exactly-once.
 * Run: npm run bench -- versions OTHER/bin/clv-stream.js [the arguments of delivery] (npm run build first, in both)
 */
import { join } from 'node:path';
import { compare, SHORT as SHORT_DELIVERY } from './delivery';
import { scorer } from './support/scorer';

const THIS = join(__dirname, '..', 'bin', 'clv-stream.js');

export const SHORT = [THIS, ...SHORT_DELIVERY];

export async function main([program = THIS, ...args]: string[]): Promise<void> {
  await compare(args, (processes) => [
    scorer({ delivery: 'exactly-once', processes, program }),
    scorer({ delivery: 'exactly-once', processes }),
  ]);
}
