/**
 * Compares exactly-once by one scorer with two that share the partitions.
 * Run: npm run bench -- processes [the arguments of delivery] (npm run build first)
 */
import { compare, SHORT as SHORT_DELIVERY } from './delivery';
import { scorer } from './support/scorer';

export const SHORT = SHORT_DELIVERY;

export async function main(args: string[]): Promise<void> {
  const counts = [1, 2];
  await compare(args, () => counts.map((processes) => scorer({ delivery: 'exactly-once', processes })));
}
