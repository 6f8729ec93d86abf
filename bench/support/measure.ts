import { performance } from 'node:perf_hooks';
import { pauseMs } from '../../test/support/process';
import { processorUs } from './processor-time';
import type { Stream } from './stream';

/** A program that works through a stream in processes of its own. */
export interface Running {
  readonly pids: readonly number[];
  /** Events that it has finished: their output is written, and committed where it commits. */
  count(): number | Promise<number>;
  /** Throws with the tail of its log if a process has ended. */
  check(): void;
  end(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  start(stream: Stream): Promise<Running>;
}

/** Of one run, between its first fifth and its last event. Processor time is in µs an event, NaN where it is not known. */
export interface Measured {
  readonly perSecond: number;
  readonly programUs: number;
  readonly brokerUs: number;
  readonly redisUs: number;
}

const LOOK_EVERY_MS = 50;
/** Only limits the time of a failure: a run waits for events, not for time. */
const STALLED_MS = 180_000;

/** Runs a contender through a stream. Throws if it ends or makes no progress. */
export async function measure(contender: Contender, stream: Stream): Promise<Measured> {
  return measureRunning(contender.name, await contender.start(stream), stream);
}

/** Watches a program until it has finished so many events, and ends it. */
export async function measureRunning(
  name: string,
  running: Running,
  { stand, events: wanted }: Pick<Stream, 'stand' | 'events'>,
): Promise<Measured> {
  try {
    const { kafka, redis } = stand;
    const look = async () => ({
      count: await running.count(),
      ms: performance.now(),
      program: running.pids.reduce((sum, pid) => sum + processorUs(pid), 0),
      broker: processorUs(kafka.pid),
      redis: processorUs(redis.pid),
    });
    let from: Awaited<ReturnType<typeof look>> | null = null;
    let moved = { count: -1, ms: performance.now() };
    for (;;) {
      const now = await look();
      if (now.count > moved.count) moved = now;
      else running.check();
      if (now.ms - moved.ms > STALLED_MS) throw new Error(`${name} stands at ${now.count} of ${wanted} events`);
      if (from === null && now.count >= wanted / 5) from = now;
      if (from !== null && now.count >= wanted) {
        const events = now.count - from.count;
        return {
          // A stream that is shorter than one look has no window. Its rate is not a figure.
          perSecond: events === 0 ? Number.NaN : (events / (now.ms - from.ms)) * 1000,
          programUs: (now.program - from.program) / events,
          brokerUs: (now.broker - from.broker) / events,
          redisUs: (now.redis - from.redis) / events,
        };
      }
      await pauseMs(LOOK_EVERY_MS);
    }
  } finally {
    await running.end();
  }
}

/** Runs all contenders `rounds` times in turns, so that a busy phase of the machine does not affect only one of them. */
export async function measureInTurns(
  contenders: readonly Contender[],
  stream: Stream,
  rounds: number,
  say: (line: string) => void,
): Promise<ReadonlyMap<string, readonly Measured[]>> {
  const results = new Map<string, Measured[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      const measured = await measure(contender, stream);
      results.get(contender.name)!.push(measured);
      say(`round ${round} of ${rounds}: ${contender.name}, ${measured.perSecond.toFixed(0)} events/s`);
    }
  }
  return results;
}
