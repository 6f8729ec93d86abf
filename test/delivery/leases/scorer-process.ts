import {
  type LeaseCommand,
  type LeaseInput,
  type LeaseMachine,
  newLeaseMachine,
} from '../../../src/delivery/lease-protocol';
import type { Beat, BeatAnswer, TakeOver } from '../../../src/domain/lease';
import { below, chance } from '../simulation/dice';
import { Worker } from '../simulation/worker';
import type { LeaseWorld } from './lease-world';

const TICK_MS = 50;
const HEARTBEAT_MS = 1_000;
const CALL_TIMEOUT_MS = 500;
const REVOKE_DEADLINE_MS = 10_000;

interface Releasing {
  readonly worker: Worker;
  readonly sinceMs: number;
}

/** One scorer: the shell around the real lease machine, a client of the group, and a runner for each partition that it serves. */
export class ScorerProcess {
  machine: LeaseMachine;
  isDead = false;
  readonly served = new Map<number, Worker>();
  private readonly releasing = new Map<number, Releasing>();
  /** Served again before the release was over. */
  private readonly waiting = new Set<number>();
  /** Released, with work that is still under way. */
  private readonly rest: Worker[] = [];
  private isPaused = false;
  private readonly inbox: (() => void)[] = [];
  private incarnation = 0;
  private isResting = false;
  private hurries = false;

  constructor(
    readonly name: string,
    private readonly world: LeaseWorld,
  ) {
    this.machine = newLeaseMachine(name, world.timeline.nowMs);
    this.dispatch({ type: 'connected', up: true });
    if (world.hasLeases) this.beat();
    this.join();
    this.every(TICK_MS, () => this.tick());
  }

  get memberId(): string {
    return `${this.name}-${this.incarnation}`;
  }

  pause(): void {
    this.isPaused = true;
  }

  /** What waited runs in any order. Time-outs are often noticed before the answers that came in time. */
  resume(): void {
    this.isPaused = false;
    const { random } = this.world.timeline;
    const waiting = this.inbox.splice(0);
    while (waiting.length > 0) waiting.splice(below(random, waiting.length), 1)[0]!();
  }

  kill(): void {
    this.isDead = true;
  }

  /** SIGTERM: releases everything, leaves the group, then gives its leases back. */
  stop(): void {
    this.dispatch({ type: 'stopping' });
    this.every(TICK_MS, () => {
      if (this.releasing.size > 0 || this.isDead) return;
      this.world.group.leave(this.memberId);
      this.world.leave(this);
      this.kill();
    });
  }

  private deliver(run: () => void): void {
    if (this.isDead) return;
    if (this.isPaused) this.inbox.push(run);
    else run();
  }

  private every(ms: number, run: () => void): void {
    this.world.timeline.after(ms, () =>
      this.deliver(() => {
        run();
        this.every(ms, run);
      }),
    );
  }

  private dispatch(input: LeaseInput): void {
    const [next, commands] = this.world.variant.reduce(this.machine, input, this.world.settings);
    this.machine = next;
    this.world.trace(() => `${this.name} < ${JSON.stringify(input, plain)}`);
    for (const command of commands) this.carryOut(command);
  }

  private carryOut(command: LeaseCommand): void {
    this.world.trace(() => `${this.name}   > ${JSON.stringify(command, plain)}`);
    switch (command.type) {
      case 'serve':
        this.serve(command.partition);
        return;
      case 'cease':
        this.cease(command.partition);
        return;
      case 'confirm':
        this.served.get(command.partition)?.dispatch({ type: 'confirmed' });
        return;
      case 'beat':
        this.call(command.beat);
        return;
      case 'take':
        this.take(command.take);
        return;
      case 'hurry':
        if (this.isResting) this.beat();
        else this.hurries = true;
        return;
      case 'handed-back':
        this.world.handedBack[command.partition]!++;
        return;
      case 'took-over':
      case 'yielded':
        return;
    }
  }

  private beat(): void {
    this.isResting = false;
    this.hurries = false;
    this.dispatch({ type: 'beat-due' });
  }

  private relax(): void {
    if (this.hurries) {
      this.beat();
      return;
    }
    this.isResting = true;
    const { beats } = this.machine;
    this.world.timeline.after(this.world.settings.beatMs, () =>
      this.deliver(() => {
        if (this.isResting && this.machine.beats === beats) this.beat();
      }),
    );
  }

  /** A beat on its way to the table. Its time-out is noticed when this process runs. */
  private call(beat: Beat): void {
    const { world } = this;
    const settle = (answer: BeatAnswer | null) =>
      this.deliver(() => {
        if (this.machine.sent?.beats !== beat.beats) return;
        const { nowMs } = world.timeline;
        this.dispatch(answer === null ? { type: 'beat-failed' } : { type: 'beat-answered', ...answer, nowMs });
        this.relax();
      });
    world.reach(this, () => world.beat(this, beat), settle);
    world.timeline.after(CALL_TIMEOUT_MS, () => settle(null));
  }

  private take(take: TakeOver): void {
    let isSettled = false;
    const settle = (partitions: readonly number[] | null) =>
      this.deliver(() => {
        if (isSettled) return;
        isSettled = true;
        this.dispatch({ type: 'taken', asked: take.partitions, partitions });
      });
    this.world.reach(this, () => this.world.take(take), settle);
    this.world.timeline.after(CALL_TIMEOUT_MS, () => settle(null));
  }

  private join(): void {
    const { timeline, group, hasLeases } = this.world;
    this.dispatch({ type: 'joining' });
    const claim = hasLeases ? [...this.machine.serving] : [...this.served.keys()];
    const id = this.memberId;
    timeline.after(timeline.between(1, 3), () => {
      if (this.isDead) return;
      this.world.pauseInJoin?.(this);
      group.join(id, claim, (partitions) =>
        timeline.after(timeline.between(1, 30), () => this.deliver(() => this.joined(partitions))),
      );
    });
  }

  private joined(partitions: readonly number[]): void {
    if (this.machine.isStopping) return;
    if (this.world.hasLeases) this.dispatch({ type: 'joined', partitions });
    else {
      for (const p of this.served.keys()) if (!partitions.includes(p)) this.cease(p);
      for (const p of partitions) this.serve(p);
      this.alive();
    }
    this.heartbeat();
  }

  private heartbeat(): void {
    const { timeline, group } = this.world;
    timeline.after(HEARTBEAT_MS, () =>
      this.deliver(() => {
        if (this.machine.isStopping) return;
        const id = this.memberId;
        timeline.after(timeline.between(1, 3), () => {
          if (this.isDead) return;
          const answer = group.heartbeat(id);
          timeline.after(timeline.between(1, 3), () =>
            this.deliver(() => {
              if (answer === 'ok') {
                this.alive();
                this.heartbeat();
                return;
              }
              if (answer === 'unknown') this.incarnation++;
              this.join();
            }),
          );
        });
      }),
    );
  }

  private alive(): void {
    if (this.world.hasLeases) this.dispatch({ type: 'alive', nowMs: this.world.timeline.nowMs });
    else for (const worker of this.served.values()) worker.dispatch({ type: 'confirmed' });
  }

  private serve(partition: number): void {
    if (this.served.has(partition)) return;
    if (this.releasing.has(partition)) {
      this.waiting.add(partition);
      return;
    }
    this.world.served(this, partition);
    const worker = new Worker(`${this.name}/${partition}`, this.world.partitions[partition]!);
    this.served.set(partition, worker);
    worker.dispatch({ type: 'assigned' });
  }

  private cease(partition: number): void {
    if (this.waiting.delete(partition)) return;
    const worker = this.served.get(partition);
    if (worker === undefined) return;
    this.served.delete(partition);
    this.releasing.set(partition, { worker, sinceMs: this.world.timeline.nowMs });
    worker.dispatch({ type: 'revoked' });
  }

  private tick(): void {
    const { timeline } = this.world;
    for (const [partition, worker] of this.served) {
      const before = worker.machine.phase;
      this.run(partition, worker);
      if (worker.machine.phase === 'unconfirmed' && before !== 'unconfirmed')
        this.dispatch({ type: 'unsure', partition, nowMs: timeline.nowMs });
    }
    for (const worker of this.rest) worker.step();
    for (const [partition, { worker, sinceMs }] of this.releasing) {
      this.run(partition, worker);
      if (worker.machine.phase !== 'released' && timeline.nowMs - sinceMs < REVOKE_DEADLINE_MS) continue;
      this.releasing.delete(partition);
      this.rest.push(worker);
      if (this.waiting.delete(partition)) this.serve(partition);
      if (this.world.hasLeases) this.dispatch({ type: 'ceased', partition });
    }
  }

  private run(partition: number, worker: Worker): void {
    const { random } = this.world.timeline;
    if (chance(random, 0.3)) worker.fetch(below(random, this.world.partitions[partition]!.logs.topics.length));
    if (chance(random, TICK_MS / 1_000)) worker.dispatch({ type: 'tick' });
    for (let steps = 2 + below(random, 6); steps > 0; steps--) worker.step();
  }
}

/** Maps and sets as lists, for the trace. */
function plain(_: string, value: unknown): unknown {
  return value instanceof Map || value instanceof Set ? [...value] : value;
}
