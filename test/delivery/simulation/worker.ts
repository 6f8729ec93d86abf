import { behind } from '../../../src/delivery/offset-vector';
import { idleMachine } from '../../../src/delivery/partition-machine';
import { below, chance, pick } from './dice';
import type { InputRecord } from './input-logs';
import type { Task } from './network';
import type { SimulatedCommand, SimulatedInput, SimulatedMachine } from './variants';
import { WorkerEffects } from './worker-effects';
import type { World } from './world';

const MAX_BATCH = 4;
const MAX_FETCH = 3;

/** One process's runner of the partition: the shell around the real reducer, with one task per running effect. */
export class Worker {
  machine: SimulatedMachine = idleMachine();
  private readonly effects: WorkerEffects;
  private readonly tasks: Task<SimulatedInput | null>[] = [];
  /** Tasks delayed by a pause of the process or of the network. */
  private readonly stalled = new WeakSet<Task<unknown>>();
  private readonly waiting: InputRecord[][];
  /** Per topic, the next offset to fetch. */
  private readonly fetchAt: number[];
  private isReleased = false;
  private readonly isOld: boolean;
  /** Claims granted to this worker. */
  claims = 0;

  constructor(
    readonly name: string,
    private readonly world: World,
    isOld = false,
  ) {
    this.isOld = isOld;
    this.effects = new WorkerEffects(world, () => this.machine, isOld);
    this.waiting = world.logs.start.map(() => []);
    this.fetchAt = [...world.logs.start];
  }

  get isBusy(): boolean {
    return this.tasks.length > 0;
  }

  get isGone(): boolean {
    return this.isReleased && this.tasks.length === 0;
  }

  dispatch(input: SimulatedInput): void {
    const { world } = this;
    const { settings } = world;
    // A version without tail and mark took the greater of the group's and the store's offsets.
    const own = this.isOld ? { ...settings, transactional: false } : settings;
    const [next, commands] = world.variant.reduce(this.machine, input, own);
    this.machine = next;
    if (input.type === 'claimed') this.claims++;
    world.trace(() => `${this.name} < ${JSON.stringify(input)}  -> ${next.phase}`);
    for (const command of commands) this.start(command);
    if (next.fold !== 'idle' && next.publishing !== null) world.facts.overlapped++;
    this.lookForWork();
  }

  /** Advances a random task by one step. */
  step(): void {
    if (this.tasks.length === 0) return;
    const at = below(this.world.random, this.tasks.length);
    if (this.stalled.has(this.tasks[at]!) && !chance(this.world.random, 0.1)) return;
    const { done, value } = this.tasks[at]!.next();
    if (!done) return;
    this.tasks.splice(at, 1);
    if (value !== undefined && value !== null) this.dispatch(value);
  }

  /** The source delivers the next records of one topic. They are dropped unless the machine runs. */
  fetch(topic: number): void {
    if (this.machine.phase !== 'running') return;
    const records = this.world.logs.read(topic, this.fetchAt[topic]!, MAX_FETCH);
    if (records.length === 0) return;
    this.waiting[topic]!.push(...records);
    this.fetchAt[topic] = records.at(-1)!.offset + 1;
    this.lookForWork();
  }

  /** A defect of the shell: a rejected effect is reported to whatever attempt is under way. */
  fail(): void {
    this.dispatch({ type: 'ownership-failed', attempt: this.machine.attempt });
  }

  private begin(task: Task<SimulatedInput | null>): void {
    this.tasks.push(task);
    if (!chance(this.world.random, this.world.stalls)) return;
    this.stalled.add(task);
    this.world.facts.stalled++;
  }

  private start(command: SimulatedCommand): void {
    const { world, effects } = this;
    world.trace(() => `${this.name}   > ${JSON.stringify(command)}`);
    if (this.isReleased) world.facts.actedAfterRelease = true;
    switch (command.type) {
      case 'own':
        this.begin(effects.own(command));
        return;
      case 'claim':
        this.begin(effects.claim(command));
        return;
      case 'read-emitted':
        this.begin(effects.readEmitted(command));
        return;
      case 'offsets-overruled':
        world.facts.overruled.push(command.reason);
        return;
      case 'position':
        this.position(command.folded);
        return;
      case 'fold':
        this.begin(effects.fold(command, this.take(command.emitted), () => this.takeable(command.emitted).length > 0));
        return;
      case 'commit':
        this.begin(effects.commit(command));
        return;
      case 'publish':
        this.begin(effects.publish(command));
        return;
      case 'trim':
        this.begin(effects.trim(command));
        return;
      case 'check-commit-chain':
        this.begin(effects.checkCommitChain(command));
        return;
      case 'wake':
        this.begin(effects.wake(command));
        return;
      case 'drop':
        effects.drop();
        for (const queue of this.waiting) queue.length = 0;
        return;
      case 'lost':
        world.facts.alarms.push(command.reason);
        return;
      case 'fenced':
        if (command.by === 'store') world.facts.fencedByStore++;
        return;
      case 'released':
        this.isReleased = true;
        return;
    }
  }

  /** Sometimes the source repeats records from a little before the position. */
  private position(folded: readonly number[]): void {
    const { random, kafka, logs, variant } = this.world;
    const from = variant.noPosition ? (kafka.readOffsets().emitted ?? logs.start) : folded;
    from.forEach((offset, topic) => {
      const again = chance(random, 0.2) ? 1 + below(random, 2) : 0;
      this.waiting[topic]!.length = 0;
      this.fetchAt[topic] = Math.max(logs.start[topic]!, offset - again);
    });
  }

  private lookForWork(): void {
    const { phase, fold, available, revoking, emitted } = this.machine;
    if (phase !== 'running' || fold !== 'idle' || available || revoking) return;
    if (this.takeable(emitted!).length > 0) this.dispatch({ type: 'available' });
  }

  /** Topics from which records may be taken. If some are behind the emitted offsets, only those. */
  private takeable(emitted: readonly number[]): number[] {
    const next = this.waiting.map((queue, topic) => queue[0]?.offset ?? this.fetchAt[topic]!);
    const late = this.world.variant.anyOrder ? [] : behind(next, emitted);
    const topics = late.length > 0 ? late : next.map((_, topic) => topic);
    return topics.filter((topic) => this.waiting[topic]!.length > 0);
  }

  private take(emitted: readonly number[]): InputRecord[] {
    const { random } = this.world;
    const items: InputRecord[] = [];
    for (let left = 1 + below(random, MAX_BATCH); left > 0; left--) {
      const topics = this.takeable(emitted);
      if (topics.length === 0) break;
      items.push(this.waiting[pick(random, topics)]!.shift()!);
    }
    return items;
  }
}
