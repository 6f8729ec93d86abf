import type { Clock } from '../../ports/clock';
import { DEFECT } from '../../ports/failure-code';
import type { Observer } from '../../ports/observer';

/** The steps of a partition that are repeated if they fail. */
export type Step = 'own' | 'offsets' | 'claim' | 'letters' | 'fold' | 'commit' | 'publish' | 'effect';

export interface StepFailure {
  /** Completes "partition 3: ", e.g. "could not claim its state". */
  readonly what: string;
  /** A stable code, of the error or of the broker. */
  readonly code: string;
  readonly error: string;
  /** The records or the customer concerned; '' for the whole partition. */
  readonly subject: string;
}

interface Cause extends StepFailure {
  readonly sinceS: number;
  readonly times: number;
  readonly logAgainAtS: number;
  readonly intervalS: number;
}

export interface Standing {
  readonly seconds: number;
  readonly reason: string;
}

const FIRST_INTERVAL_S = 10;
const LONGEST_INTERVAL_S = 600;

/** Faults that end by themselves. The dependency's own alert covers them. */
const AWAY: ReadonlyMap<string, string> = new Map([
  ['redis-outcome-unknown', 'Redis does not answer. The partition goes on by itself when it does.'],
  [
    'redis-refused',
    'Redis refuses the command: check its memory limit, its access rights and its replication. The partition then goes on by itself.',
  ],
]);

/** Faults that do not end by themselves: damaged content, or a wrong setting of the topics. */
const CONTENT = new Map<string, (partition: number) => string>([
  [
    'outbox-blob',
    (partition) =>
      `Updates that are not published yet can't be read. Stop the scorers, then restore an earlier state: clv-stream state rebuild --partition ${partition}, or clv-stream state import with an older export. Neither publishes anything twice.`,
  ],
  [
    'redis-content',
    (partition) =>
      `The partition's entry in Redis is damaged, or another program uses CLV_REDIS_PREFIX. If it is damaged, stop the scorers and run clv-stream state rebuild --partition ${partition}, or clv-stream state import.`,
  ],
  [
    'redis-torn',
    (partition) =>
      `Stop the scorers, then fold the partition again: clv-stream state rebuild --partition ${partition}, or clv-stream state import with an export. Neither publishes anything twice.`,
  ],
  [
    'MESSAGE_TOO_LARGE',
    () =>
      'An output topic does not accept a record of this size: clv-stream setup names the topic and the max.message.bytes it needs.',
  ],
  ['TOPIC_AUTHORIZATION_FAILED', () => 'The user may not write to an output topic: give it Write and Describe on it.'],
  ['UNKNOWN_TOPIC_OR_PARTITION', () => 'An output topic is gone: clv-stream setup creates it.'],
  [
    'INVALID_TIMESTAMP',
    () => 'The broker refuses the time of a record: see message.timestamp.*.max.ms of the output topics.',
  ],
]);

/**
 * The reason why a partition makes no progress: the repeated fault of each step. The same cause is logged once, then at growing
 * intervals, with its remedy.
 */
export class Standstill {
  private readonly causes = new Map<Step, Cause>();

  constructor(
    private readonly partition: number,
    private readonly observer: Observer,
    private readonly clock: Clock,
  ) {}

  failed(step: Step, failure: StepFailure): void {
    const nowS = this.clock.elapsedS();
    const before = this.causes.get(step);
    const isSame = before?.code === failure.code;
    const cause: Cause = {
      ...failure,
      sinceS: before?.sinceS ?? nowS,
      times: isSame ? before.times + 1 : 1,
      logAgainAtS: isSame ? before.logAgainAtS : nowS,
      intervalS: isSame ? before.intervalS : FIRST_INTERVAL_S,
    };
    this.causes.set(step, nowS < cause.logAgainAtS ? cause : this.log(cause, nowS));
  }

  passed(step: Step): void {
    this.causes.delete(step);
  }

  /** Null while every step passes. */
  get standing(): Standing | null {
    const oldest = [...this.causes.values()].sort((a, b) => a.sinceS - b.sinceS)[0];
    if (oldest === undefined) return null;
    return { seconds: this.clock.elapsedS() - oldest.sinceS, reason: this.describe(oldest) };
  }

  private log(cause: Cause, nowS: number): Cause {
    const level = CONTENT.has(cause.code) || cause.code === DEFECT ? 'error' : 'warn';
    const { error, code, times } = cause;
    this.observer.notice(level, `partition ${this.partition}: ${this.describe(cause)}`, { error, code, times });
    const intervalS = Math.min(2 * cause.intervalS, LONGEST_INTERVAL_S);
    return { ...cause, logAgainAtS: nowS + cause.intervalS, intervalS };
  }

  private describe({ what, code, error, subject }: Cause): string {
    const about = subject === '' ? '' : ` (${subject})`;
    const mend = CONTENT.get(code)?.(this.partition) ?? AWAY.get(code) ?? OTHERS;
    return `${what}${about}; trying again. ${error}. ${code === DEFECT ? DEFECT_MEND : mend}`;
  }
}

/** Codes with a sentence of their own; docs/errors.md has a row for each. */
export const STANDSTILL_CODES: readonly string[] = [...AWAY.keys(), ...CONTENT.keys(), DEFECT];
const DEFECT_MEND = 'This is a defect of the program: report this line. Another version may not have it.';
const OTHERS = 'The partition goes on by itself when the cause is gone.';
