import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../src/domain/random';
import { type CliProcess, startCli } from '../support/cli-process';
import { pauseMs } from '../support/process';

/** Scorer processes, as many as wanted: what is killed is started anew, as an orchestrator would. */
export class ScorerFleet {
  private readonly members = new Set<CliProcess>();
  private started = 0;
  /** Ended though nobody ended them, or asked to stop and ended otherwise than with 0: each is a defect, with the tail of its log. */
  readonly faultyExits: string[] = [];
  /** Asked to stop, and ended with exit code 0. */
  orderlyExits = 0;

  constructor(
    private readonly settings: Readonly<Record<string, string>>,
    private readonly logFolder: string,
  ) {
    mkdirSync(logFolder, { recursive: true });
  }

  get size(): number {
    return this.members.size;
  }

  async scaleTo(size: number): Promise<void> {
    while (this.members.size < size) await this.start();
    const surplus = [...this.members].slice(size);
    await Promise.all(surplus.map((member) => this.terminate(member)));
  }

  /** SIGKILL to one; another takes its place. */
  async killOne(random: Random): Promise<void> {
    const victim = this.pick(random);
    this.members.delete(victim);
    await victim.end('SIGKILL');
    await this.start();
  }

  /** Stops one in its tracks for longer than the group waits for it, then lets it go on: a zombie. */
  async freezeOne(random: Random, frozenMs: number): Promise<void> {
    const victim = this.pick(random);
    victim.signal('SIGSTOP');
    await pauseMs(frozenMs);
    victim.signal('SIGCONT');
  }

  /** SIGTERM to all. */
  async stop(): Promise<void> {
    await Promise.all([...this.members].map((member) => this.terminate(member)));
  }

  /** SIGKILL to all that are left. */
  async kill(): Promise<void> {
    const left = [...this.members];
    this.members.clear();
    await Promise.all(left.map((member) => member.end('SIGKILL')));
  }

  /** Lines of all logs that match. */
  count(pattern: RegExp): number {
    return this.logs.reduce((sum, log) => sum + (log().match(pattern)?.length ?? 0), 0);
  }

  private readonly logs: (() => string)[] = [];

  private pick(random: Random): CliProcess {
    const members = [...this.members];
    return members[Math.floor(random() * members.length)]!;
  }

  private async start(): Promise<void> {
    const member = await startCli(['score'], this.settings, join(this.logFolder, `scorer-${++this.started}.log`));
    this.members.add(member);
    this.logs.push(member.log);
    void member.exited.then(async ({ code, signal }) => {
      if (!this.members.delete(member)) return;
      this.faultyExits.push(`ended by itself: ${describeExit(member, code, signal)}`);
      await this.start();
    });
  }

  private async terminate(member: CliProcess): Promise<void> {
    this.members.delete(member);
    member.signal('SIGTERM');
    const hard = setTimeout(() => member.signal('SIGKILL'), 60_000);
    const { code, signal } = await member.exited;
    clearTimeout(hard);
    // Ended by the signal before it had run a line of ours: it had nothing to put in order yet.
    if (code === 0 || (signal === 'SIGTERM' && member.log() === '')) this.orderlyExits += 1;
    else this.faultyExits.push(`asked to stop: ${describeExit(member, code, signal)}`);
  }
}

function describeExit(member: CliProcess, code: number | null, signal: NodeJS.Signals | null): string {
  return `code ${code}, signal ${signal}\n${member.log().slice(-1_500)}`;
}
