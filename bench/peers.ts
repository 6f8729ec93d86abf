/**
 * Compares exactly-once with other stream processors that do work like a scorer's: Kafka Streams and Quix Streams. Their programs are in
 * bench/peers. They are built at the first run, with Maven, a JDK and PyPI. Same records, same broker, in turns.
 * Run: npm run bench -- peers [the arguments of delivery] (npm run build first)
 */
import { compare, SHORT as SHORT_DELIVERY } from './delivery';
import { kafkajsPipe, kafkaStreams, quixStreams, UPDATE_BYTES } from './support/peers';
import { scorer } from './support/scorer';

export const SHORT = SHORT_DELIVERY;

export async function main(args: string[]): Promise<void> {
  await compare(args, (processes) => [
    kafkajsPipe(UPDATE_BYTES),
    scorer({ delivery: 'exactly-once', processes }),
    kafkaStreams(1),
    kafkaStreams(2),
    quixStreams,
  ]);
}
