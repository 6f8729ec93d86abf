import { reduceLease } from '../../delivery/lease-machine';
import {
  type LeaseCommand,
  type LeaseInput,
  type LeaseMachine,
  type LeaseSettings,
  newLeaseMachine,
} from '../../delivery/lease-protocol';
import type { Beat, TakeOver } from '../../domain/lease';
import type { Arbiter, Served } from '../../ports/arbiter';
import type { Clock } from '../../ports/clock';
import type { LeaseTable } from '../../ports/lease-table';
import type { Observer } from '../../ports/observer';

export interface LeasePorts {
  readonly table: LeaseTable;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** The shell around the lease machine: one beat at a time, and the commands carried out. */
export class LeaseArbiter implements Arbiter {
  private machine: LeaseMachine;
  private served: Served | null = null;
  private resting = new AbortController();
  private readonly ending = new AbortController();
  private readonly releasing = new Set<Promise<void>>();
  private beating: Promise<void> = Promise.resolve();

  constructor(
    /** Differs from every other process of the deployment, earlier ones of this machine included. */
    member: string,
    private readonly ports: LeasePorts,
    private readonly settings: LeaseSettings,
  ) {
    this.machine = newLeaseMachine(member, this.nowMs());
  }

  start(served: Served): void {
    this.served = served;
    this.beating = this.beat();
  }

  joining(): readonly number[] {
    this.dispatch({ type: 'joining' });
    return [...this.machine.serving];
  }

  joined(partitions: readonly number[]): void {
    this.dispatch({ type: 'joined', partitions });
  }

  alive(): void {
    this.dispatch({ type: 'alive', nowMs: this.nowMs() });
  }

  connected(up: boolean): void {
    this.dispatch({ type: 'connected', up });
  }

  unsure(partition: number): void {
    this.dispatch({ type: 'unsure', partition, nowMs: this.nowMs() });
  }

  async stop(): Promise<void> {
    this.dispatch({ type: 'stopping' });
    while (this.releasing.size > 0) await Promise.all(this.releasing);
  }

  async leave(): Promise<void> {
    this.ending.abort();
    this.resting.abort();
    await this.beating;
    // Without an answer, peers find this member silent.
    await this.ports.table.leave(this.machine.member).catch(() => undefined);
    await this.ports.table.close().catch(() => undefined);
  }

  private async beat(): Promise<void> {
    while (!this.ending.signal.aborted) {
      this.resting = new AbortController();
      this.dispatch({ type: 'beat-due' });
      const { sent } = this.machine;
      if (sent !== null) this.dispatch(await this.answer(sent));
      if (!this.ending.signal.aborted) await this.ports.clock.sleep(this.settings.beatMs, this.resting.signal);
    }
  }

  private async answer(beat: Beat): Promise<LeaseInput> {
    try {
      const { wasKnown, view } = await this.ports.table.beat(beat);
      return { type: 'beat-answered', wasKnown, view, nowMs: this.nowMs() };
    } catch {
      return { type: 'beat-failed' };
    }
  }

  private dispatch(input: LeaseInput): void {
    const [next, commands] = reduceLease(this.machine, input, this.settings);
    this.machine = next;
    for (const command of commands) this.carryOut(command);
  }

  private carryOut(command: LeaseCommand): void {
    switch (command.type) {
      case 'serve':
        this.served?.serve(command.partition);
        return;
      case 'confirm':
        this.served?.confirm(command.partition);
        return;
      case 'cease':
        this.cease(command.partition);
        return;
      case 'beat':
        return; // the loop sends it
      case 'take':
        void this.take(command.take);
        return;
      case 'hurry':
        this.resting.abort();
        return;
      case 'took-over':
      case 'yielded':
      case 'handed-back':
        this.report(command);
        return;
    }
  }

  private cease(partition: number): void {
    const released = (this.served?.cease(partition) ?? Promise.resolve()).then(() => {
      this.releasing.delete(released);
      this.dispatch({ type: 'ceased', partition });
    });
    this.releasing.add(released);
  }

  private async take(take: TakeOver): Promise<void> {
    const partitions = await this.ports.table.take(take).catch(() => null);
    this.dispatch({ type: 'taken', asked: take.partitions, partitions });
  }

  private report(command: Extract<LeaseCommand, { type: 'took-over' | 'yielded' | 'handed-back' }>): void {
    const { observer } = this.ports;
    switch (command.type) {
      case 'took-over': {
        const { partitions } = command;
        observer.observe({ kind: 'lease-moved', how: 'taken', partitions });
        const message = `a scorer was silent for ${this.settings.leaseMs} ms: its partitions ${partitions.join(', ')} were taken over before the group's session time-out`;
        observer.notice('warn', message);
        return;
      }
      case 'yielded': {
        const { partition } = command;
        observer.observe({ kind: 'lease-moved', how: 'yielded', partitions: [partition] });
        const message = `partition ${partition}: another scorer took it over, because this one was silent for more than ${this.settings.leaseMs} ms (CLV_LEASE_MS)`;
        observer.notice('warn', message);
        return;
      }
      case 'handed-back': {
        const { partition } = command;
        observer.observe({ kind: 'lease-moved', how: 'handed-back', partitions: [partition] });
        observer.notice('info', `partition ${partition} goes back to the scorer that the group assigned it to`);
        return;
      }
    }
  }

  private nowMs(): number {
    return this.ports.clock.elapsedS() * 1000;
  }
}
