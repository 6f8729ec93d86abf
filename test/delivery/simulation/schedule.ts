import { mulberry32, type Random } from '../../../src/domain/math/random';
import { below, chance, pick } from './dice';
import type { Variant } from './variants';
import { type Found, judge } from './verdict';
import { Worker } from './worker';
import { createWorld, drawFaults, FAULTS, type Facts, type Fault, heal, type World } from './world';

export interface Outcome {
  readonly seed: number;
  readonly faults: ReadonlySet<Fault>;
  readonly found: readonly Found[];
  readonly facts: Facts;
  readonly injected: Readonly<Record<string, number>>;
}

export interface ScheduleOptions {
  readonly variant: Variant;
  /** Only these kinds of fault, instead of a random half. */
  readonly faults?: readonly Fault[];
  readonly trace?: (line: string) => void;
}

const STEPS = 300;
const MAX_WORKERS = 4;
const MAX_ROUNDS = 400;
/** Rounds without a change after which the world counts as at rest. */
const QUIET_ROUNDS = 3;

/** Runs one seeded schedule: faults at random steps, then a healthy end, then the verdict. */
export function runSchedule(seed: number, options: ScheduleOptions): Outcome {
  return new Schedule(seed, options).run();
}

class Schedule {
  private readonly random: Random;
  private readonly faults: ReadonlySet<Fault>;
  private readonly world: World;
  private readonly faultRate: number;
  private readonly injected: Record<string, number> = {};
  private workers: Worker[] = [];
  private owner: Worker;
  private started = 0;

  constructor(
    private readonly seed: number,
    { variant, faults, trace }: ScheduleOptions,
  ) {
    const random = mulberry32(seed);
    this.random = random;
    this.faults = faults === undefined ? drawFaults(random) : new Set(faults);
    this.world = createWorld(seed, random, variant, this.faults, trace);
    this.faultRate = pick(random, [0.01, 0.03, 0.08]);
    this.owner = this.assign();
  }

  run(): Outcome {
    for (let step = 0; step < STEPS; step++) this.step();
    const ended = this.quiesce();
    const { world, seed, faults, injected } = this;
    Object.assign(injected, world.network.faults, { resent: world.facts.resent, stale: world.facts.staleReads });
    Object.assign(injected, {
      overlapped: world.facts.overlapped,
      stalled: world.facts.stalled,
      heldOnly: world.facts.heldOnly,
      heldInPart: world.facts.heldInPart,
      settledLate: world.kafka.settledLate,
      abortedShown: world.kafka.abortedShown,
    });
    const found = judge(world, {
      ended,
      storeFailed: ['roll-back', 'torn-commits', 'state-lost', 'stale-reads', 'both-killed'].some((fault) =>
        faults.has(fault as Fault),
      ),
      offsetsFailed: ['stale-offsets', 'both-killed', 'moved-offsets', 'aborted-offsets', 'old-version'].some((fault) =>
        faults.has(fault as Fault),
      ),
    });
    return { seed, faults, found, facts: world.facts, injected };
  }

  private step(): void {
    const { random, world } = this;
    if (this.faults.has('torn-commits')) this.startAgain();
    const dice = random();
    if (dice < this.faultRate) this.inject();
    else if (dice < 0.12) world.logs.append(random);
    else if (dice < 0.22) pick(random, this.workers).fetch(below(random, world.logs.topics.length));
    else if (dice < 0.25) pick(random, this.workers).dispatch({ type: 'tick' });
    else if (dice < 0.29) this.owner.dispatch({ type: 'confirmed' });
    else if (dice < 0.34) world.network.arrive();
    else if (dice < 0.4) world.kafka.settle();
    else this.runSomebody();
  }

  /** Runs the owner more often than the zombies. A worker that has ended does not run. */
  private runSomebody(): void {
    const { random } = this;
    const worker = chance(random, 0.65) ? this.owner : pick(random, this.workers);
    worker.step();
  }

  private inject(): void {
    const { random, world } = this;
    const fault = pick(random, FAULTS);
    if (!this.faults.has(fault)) return;
    switch (fault) {
      case 'rebalance':
        this.note(fault);
        this.owner.dispatch({ type: 'revoked' });
        this.owner = this.assign();
        return;
      case 'zombies': {
        // Half the time: a new owner whose predecessor does not notice. Otherwise: a zombie learns that the group has removed it.
        const zombies = this.workers.filter((worker) => worker !== this.owner);
        if (zombies.length > 0 && chance(random, 0.4)) {
          pick(random, zombies).dispatch({ type: 'revoked' });
          return;
        }
        this.note(fault);
        this.owner = this.assign();
        return;
      }
      case 'crash':
        this.note(fault);
        this.workers = this.workers.filter((worker) => worker !== this.owner);
        this.owner = this.assign();
        return;
      case 'roll-back':
        this.note(fault);
        world.trace(() => 'REDIS rolled back');
        world.redis.rollBack(1 + below(random, 8));
        return;
      case 'torn-commits':
        if (!world.redis.tear(below(random, 3), random())) return;
        world.trace(() => 'REDIS started: one of its last scripts is torn');
        return;
      case 'state-lost':
        if (chance(random, 0.7)) return;
        this.note(fault);
        world.trace(() => 'REDIS lost everything');
        world.redis.lose();
        return;
      case 'stale-offsets':
        this.note(fault);
        this.forgetOffsets();
        return;
      case 'both-killed':
        if (chance(random, 0.5)) return;
        this.note(fault);
        world.trace(() => 'REDIS rolled back, KAFKA forgets offsets');
        world.redis.rollBack(1 + below(random, 8));
        this.forgetOffsets();
        return;
      case 'moved-offsets':
        // Only with a state. Without one, offsets that moved forward mean that the state was lost.
        if (world.redis.current.commitIds.length === 0) return;
        this.note(fault);
        world.kafka.setOffsets(world.logs.topics.map((records) => below(random, records.at(-1)!.offset + 2)));
        return;
      case 'transaction-version':
        this.note(fault);
        world.trace(() => 'KAFKA is upgraded or downgraded');
        world.kafka.change(chance(random, 0.5) ? 2 : 1, chance(random, 0.5));
        return;
      case 'defect':
        this.note(fault);
        pick(random, this.workers).fail();
        return;
      case 'lossy-network':
      case 'late-offsets':
      case 'aborted-offsets':
      case 'old-version':
      case 'stale-reads':
      case 'stalls':
        return; // always active
    }
  }

  /** Soon after a commit was torn, while the part that stayed still differs from the current contents. */
  private startAgain(): void {
    if (!chance(this.random, 0.04) || !this.world.redis.startAgain()) return;
    this.note('torn-commits');
    this.world.trace(() => 'REDIS started again: a part of a commit came back');
  }

  /** For the next reads, or until the next commit. */
  private forgetOffsets(): void {
    const { random, world } = this;
    const reads = chance(random, 0.5) ? 1 + below(random, 4) : Number.POSITIVE_INFINITY;
    world.kafka.forget(1 + below(random, 6), reads);
  }

  /** A new process joins and gets the partition. */
  private assign(): Worker {
    const isOld = this.faults.has('old-version') && chance(this.random, 0.5);
    if (isOld) this.note('old-version');
    const worker = new Worker(`w${++this.started}`, this.world, isOld);
    this.workers = [...this.workers.filter(({ isGone }) => !isGone), worker].slice(-MAX_WORKERS);
    worker.dispatch({ type: 'assigned' });
    return worker;
  }

  private attempts(): number {
    return this.workers.reduce((sum, { machine }) => sum + machine.attempt, 0);
  }

  /** Makes everything healthy and lets everything late arrive; zombies go on. Returns false if the world never comes to rest. */
  private quiesce(): boolean {
    const { world, random } = this;
    heal(world);
    if (chance(random, 0.3)) this.owner = this.assign();
    let before = '';
    for (let round = 0, quiet = 0; round < MAX_ROUNDS; round++) {
      this.round();
      const now = `${this.attempts()} ${world.redis.writes} ${world.kafka.writes}`;
      quiet = now === before && this.workers.every(({ isBusy }) => !isBusy) ? quiet + 1 : 0;
      if (quiet === QUIET_ROUNDS) return true;
      before = now;
    }
    return false;
  }

  private round(): void {
    const { world, random } = this;
    world.network.arrive();
    world.kafka.settle();
    for (const worker of this.workers) {
      for (let topic = 0; topic < world.logs.topics.length; topic++) worker.fetch(topic);
      worker.dispatch({ type: 'tick' });
    }
    this.owner.dispatch({ type: 'confirmed' });
    for (let step = below(random, 40); step > 0; step--) pick(random, this.workers).step();
  }

  private note(fault: string): void {
    this.injected[fault] = (this.injected[fault] ?? 0) + 1;
    this.world.trace(() => `FAULT ${fault}`);
  }
}
