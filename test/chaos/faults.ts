import type { Random } from '../../src/domain/math/random';
import type { Deployment } from '../support/deployment';
import { pauseMs } from '../support/process';
import type { Service } from '../support/services';
import type { Retention } from './retention';
import type { ScorerFleet } from './scorer-fleet';
import type { FragileRedis } from './servers';

export interface Stage {
  readonly fleet: ScorerFleet;
  /** The first broker, of most deployments the only one. */
  readonly kafka: Service;
  readonly brokers: readonly Service[];
  readonly redis: FragileRedis;
  readonly deployment: Deployment;
  readonly retention: Retention;
  readonly sessionTimeoutMs: number;
  readonly random: Random;
}

/** Resolves when the fault is over, to what it did, for the log. The system may still be recovering. */
export type Fault = (stage: Stage) => Promise<string>;

/** Faults of our own processes. */
export const PROCESS_FAULTS = {
  'scorer killed (SIGKILL)': async ({ fleet, random }) => {
    await fleet.killOne(random);
    return 'one killed, another started';
  },
  'all scorers killed (SIGKILL)': async ({ fleet }) => {
    const { size } = fleet;
    await fleet.kill();
    await fleet.scaleTo(size);
    return `${size} killed, ${size} started`;
  },
  'scorer frozen past the session (SIGSTOP, SIGCONT)': async ({ fleet, random, sessionTimeoutMs }) => {
    const frozenMs = Math.round(sessionTimeoutMs * (1.2 + random()));
    await fleet.freezeOne(random, frozenMs);
    return `frozen for ${frozenMs} ms`;
  },
  'scaled 1 → 3 → 2 (SIGTERM)': async ({ fleet, random }) => {
    const steps = [1, 3, 2];
    for (const size of steps) {
      await fleet.scaleTo(size);
      await pauseMs(1_000 + 3_000 * random());
    }
    return 'scaled';
  },
} as const satisfies Record<string, Fault>;

/** Faults of the store. */
export const REDIS_FAULTS = {
  'Redis killed and restarted on its data': async ({ redis, random }) => {
    const awayMs = Math.round(5_000 * random());
    await redis.restart(awayMs);
    return `away for ${awayMs} ms`;
  },
  'Redis restarted without its last writes': async ({ redis, random }) => {
    const cut = await redis.restartWithoutTail(Math.round(300_000 * random()));
    return `${cut} bytes of the append-only file cut off`;
  },
  'Redis replaced by an older snapshot of itself': async ({ redis }) => {
    await redis.goBackToSnapshot();
    return 'back to the last snapshot';
  },
  'Redis frozen (SIGSTOP, SIGCONT)': async ({ redis, random }) => {
    const frozenMs = Math.round(2_000 + 4_000 * random());
    process.kill(redis.service.pid, 'SIGSTOP');
    await pauseMs(frozenMs);
    process.kill(redis.service.pid, 'SIGCONT');
    return `frozen for ${frozenMs} ms`;
  },
} as const satisfies Record<string, Fault>;

/** Faults of the servers. */
export const SERVER_FAULTS = {
  'Kafka broker killed and restarted on its data': async ({ kafka, random }) => {
    const awayMs = Math.round(4_000 * random());
    await kafka.kill();
    await pauseMs(awayMs);
    await kafka.restart();
    return `away for ${awayMs} ms and the start`;
  },
  ...REDIS_FAULTS,
} as const satisfies Record<string, Fault>;

/** Deals every fault once in a random order, then all again. */
export class FaultDeck {
  private readonly hand: string[] = [];
  rounds = 0;

  constructor(
    private readonly faults: Readonly<Record<string, Fault>>,
    private readonly random: Random,
  ) {}

  /** True once every fault was dealt at least once. */
  get wasDealt(): boolean {
    return this.rounds > 1 || (this.rounds === 1 && this.hand.length === 0);
  }

  deal(): readonly [string, Fault] {
    if (this.hand.length === 0) {
      this.hand.push(...Object.keys(this.faults));
      for (let i = this.hand.length - 1; i > 0; i--) {
        const j = Math.floor(this.random() * (i + 1));
        [this.hand[i], this.hand[j]] = [this.hand[j]!, this.hand[i]!];
      }
      this.rounds += 1;
    }
    const name = this.hand.pop()!;
    return [name, this.faults[name]!];
  }
}
