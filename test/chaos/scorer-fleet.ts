import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../src/domain/math/random';
import { type CliProcess, startCli } from '../support/cli-process';
import { pauseMs } from '../support/process';

const SHIFTED_CLOCK = join(__dirname, 'shifted-clock.js');

/** No drain takes so long; it only bounds a failure. */
const STOP_DEADLINE_MS = 60_000;

/** Scorer processes, as many as wanted: what is killed is started anew, as an orchestrator would. */
export class ScorerFleet {
  private readonly members = new Set<CliProcess>();
  private started = 0;
  /** Ended though nobody ended them, or asked to stop and ended otherwise than with 0: each is a defect, with the tail of its log. */
  readonly faultyExits: string[] = [];
  /** Asked to stop, and ended with exit code 0. */
  orderlyExits = 0;
  /** Asked to stop while a server did not answer, and ended at the deadline. */
  boundedExits = 0;

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

  /** Sets the wall clock of one wrong by so many milliseconds, and right again after a while. Timers go on as they are. */
  async shiftClockOfOne(random: Random, shiftMs: number, wrongMs: number): Promise<void> {
    const clock = this.clocks.get(this.pick(random))!;
    writeFileSync(clock, `${shiftMs}`);
    await pauseMs(wrongMs);
    writeFileSync(clock, '0');
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
  /** Where each reads how wrong its clock is. */
  private readonly clocks = new WeakMap<CliProcess, string>();

  private pick(random: Random): CliProcess {
    const members = [...this.members];
    return members[Math.floor(random() * members.length)]!;
  }

  private async start(): Promise<void> {
    const log = join(this.logFolder, `scorer-${++this.started}.log`);
    const report = ['--report-on-signal', '--report-signal=SIGUSR2', `--report-directory=${this.logFolder}`];
    const clock = join(this.logFolder, `clock-${this.started}`);
    writeFileSync(clock, '0');
    const settings = { ...this.settings, SHIFTED_CLOCK: clock };
    const member = await startCli(['score'], settings, log, [...report, '--require', SHIFTED_CLOCK]);
    this.members.add(member);
    this.clocks.set(member, clock);
    this.logs.push(member.log);
    void member.exited.then(async ({ code, signal }) => {
      if (!this.members.delete(member)) return;
      this.faultyExits.push(`ended by itself: ${describeExit(member, code, signal)}`);
      await this.start();
    });
  }

  /** What kept a process from ending, from Node's own report of it. */
  private openHandles(pid: number): string {
    const file = readdirSync(this.logFolder).find((name) => name.startsWith('report.') && name.includes(`.${pid}.`));
    if (file === undefined) return '';
    const { libuv } = JSON.parse(readFileSync(join(this.logFolder, file), 'utf8')) as {
      libuv: Record<string, unknown>[];
    };
    return libuv
      .filter((handle) => handle.is_active === true && handle.is_referenced === true)
      .map((handle) => JSON.stringify(handle))
      .join('\n');
  }

  private async terminate(member: CliProcess): Promise<void> {
    this.members.delete(member);
    member.signal('SIGTERM');
    const tell = setTimeout(() => member.signal('SIGUSR2'), STOP_DEADLINE_MS - 5_000);
    const hard = setTimeout(() => member.signal('SIGKILL'), STOP_DEADLINE_MS);
    const { code, signal } = await member.exited;
    clearTimeout(tell);
    clearTimeout(hard);
    // Ended by the signal before it had run a line of ours: it had nothing to put in order yet.
    const unbegun = signal === 'SIGTERM' && member.log() === '';
    if (code === 0 || unbegun) this.orderlyExits += 1;
    else if (/not stopped within/.test(member.log())) this.boundedExits += 1;
    else this.faultyExits.push(`asked to stop: ${describeExit(member, code, signal)}\n${this.openHandles(member.pid)}`);
  }
}

function describeExit(member: CliProcess, code: number | null, signal: NodeJS.Signals | null): string {
  return `code ${code}, signal ${signal}\n${member.log().slice(-1_500)}`;
}
