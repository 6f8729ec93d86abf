import { countFaults, ONE_COUNT } from '../../domain/partition-counts';
import type { Clock } from '../../ports/clock';
import type { TopicAdmin } from '../../ports/log';
import type { Observer } from '../../ports/observer';
import { GIVES_UP_AFTER_MS, WaitedInVain } from '../../ports/patience';
import { aborted, StoppedEarly } from '../process/process';
import type { Platform, Topics } from './platform';

/** After so long a command says what it waits for. */
const SAYS_AFTER_MS = 4_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** The topics of one deployment differ in their partition counts. */
class TopicMismatch extends Error {
  readonly code = 'CLV_TOPIC_MISMATCH';
}

export interface Waiting {
  readonly observer: Observer;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface WaitOptions {
  /** Wait until the signal, as a service does. Otherwise the wait ends with {@link WaitedInVain}. */
  readonly lasts?: boolean;
}

type Log = Pick<Platform, 'topics' | 'logFault'> & { admin(): Pick<TopicAdmin, 'partitionCounts'> };

/**
 * Waits until all topics exist with one partition count, and returns that count. Says once what it waits for. Throws if the counts differ,
 * because waiting can't correct that. `trains`: the topics between trainers are needed too. Other programs never use them.
 */
export async function awaitPartitions(
  platform: Log,
  waiting: Waiting,
  { trains = false, ...options }: WaitOptions & { readonly trains?: boolean } = {},
): Promise<number> {
  const admin = platform.admin();
  const topics = trains ? platform.topics : { ...platform.topics, training: null };
  const { inputs, updates, deadLetters, models, training } = topics;
  const needed = [...inputs, updates, deadLetters, models, ...Object.values(training ?? {})];
  const setup = training === null ? 'clv-stream setup' : 'clv-stream setup with CLV_TRAIN_SHARED=true';
  const ask = async () => {
    const counts = await admin.partitionCounts(needed);
    const missing = needed.filter((name) => !counts.has(name));
    if (missing.length > 0) return { missing: `topics ${missing.join(', ')} do not exist: run ${setup}` };
    return { found: commonCount(topics, counts) };
  };
  return new LogWait(platform, waiting, options).until(ask);
}

/** Partition counts of those topics that exist, once the log answers. */
export function awaitCounts(
  platform: Log,
  names: readonly string[],
  waiting: Waiting,
): Promise<ReadonlyMap<string, number>> {
  const admin = platform.admin();
  return new LogWait(platform, waiting, {}).until(async () => ({ found: await admin.partitionCounts(names) }));
}

type Answer<T> = { readonly found: T } | { readonly missing: string };

class LogWait {
  private readonly said = new Set<string>();

  constructor(
    private readonly platform: Pick<Platform, 'logFault'>,
    private readonly waiting: Waiting,
    private readonly options: WaitOptions,
  ) {}

  /** Asks until something is found. `ask` throws if the log is away. */
  async until<T>(ask: () => Promise<Answer<T>>): Promise<T> {
    const { clock, signal } = this.waiting;
    const ended = new AbortController();
    const over = AbortSignal.any([signal, ended.signal]);
    let current = this.platform.logFault(null).text;
    // Some addresses give no answer for half a minute, neither a yes nor a no.
    const silent = clock.sleep(SAYS_AFTER_MS, over).then(() => !over.aborted && this.say(current));
    const late = new Promise<'late'>((resolve) => {
      if (this.options.lasts) return;
      void clock.sleep(GIVES_UP_AFTER_MS, over).then(() => !over.aborted && resolve('late'));
    });
    const stopped = aborted(signal).then(() => 'stopped' as const);
    try {
      for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
        const answer = await Promise.race([this.attempt(ask), late, stopped]);
        if (answer === 'stopped') break;
        if (answer !== 'late') {
          if ('found' in answer) {
            if (this.said.size > 0) this.waiting.observer.notice('info', 'the log answers and has what was waited for');
            return answer.found;
          }
          current = answer.missing;
          this.say(current);
          if ((await Promise.race([clock.sleep(pauseMs, over), late])) !== 'late') continue;
        }
        throw new WaitedInVain(GIVES_UP_AFTER_MS, current);
      }
      throw new StoppedEarly('stopped while waiting for the topics');
    } finally {
      ended.abort();
      await silent;
    }
  }

  private async attempt<T>(ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof TopicMismatch) throw error;
      const { text, lasts } = this.platform.logFault(error);
      if (lasts && !this.options.lasts) throw error;
      return { missing: text };
    }
  }

  private say(text: string): void {
    if (this.said.has(text)) return;
    this.said.add(text);
    const givesUp = this.options.lasts ? {} : { givesUpAfterS: GIVES_UP_AFTER_MS / 1000 };
    this.waiting.observer.notice('warn', `waiting: ${text}`, givesUp);
  }
}

function commonCount({ inputs, updates, deadLetters, training }: Topics, counts: ReadonlyMap<string, number>): number {
  const partitioned = [...inputs, updates, deadLetters, ...(training === null ? [] : [training.examples])];
  const partitions = counts.get(inputs[0])!;
  if (partitioned.every((name) => counts.get(name) === partitions)) return partitions;
  const found = countFaults(new Map(partitioned.map((name) => [name, counts.get(name)!])), null);
  throw new TopicMismatch(`${ONE_COUNT}: ${found.map(({ topic, fault }) => `${topic} ${fault}`).join('. ')}`);
}
