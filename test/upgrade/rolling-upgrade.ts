import { join } from 'node:path';
import { isComplete, type PartitionVerdict, passes } from '../../src/domain/audit/audit';
import { CUSTOMERS_TOPIC } from '../../src/domain/event';
import type { ClvUpdate } from '../../src/domain/update';
import { CHECKED_FORMAT, NEWEST_FORMAT, OLDEST_FORMAT } from '../../src/serde/format-level';
import { formatOfState } from '../../src/serde/state-blob';
import { type OwnDeployment, openOwnDeployment } from '../chaos/own-deployment';
import { Traffic } from '../chaos/traffic';
import { type Finished, runCommand } from '../support/cli';
import { type CliProcess, startCli } from '../support/cli-process';
import { pauseMs } from '../support/process';
import type { EarlierVersion } from './earlier-version';

export interface UpgradeOptions {
  readonly earlier: EarlierVersion;
  /** How often partitions move between the two versions before the level is raised. */
  readonly rounds: number;
  readonly phaseMs: number;
  readonly eventsPerSecond: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

export interface UpgradeReport {
  readonly events: number;
  readonly updates: number;
  readonly deadLetters: number;
  /** Blobs by format level after each step that changes levels. */
  readonly levels: readonly { readonly step: string; readonly blobs: readonly number[] }[];
  /** What is not as it should be; empty for a sound upgrade. */
  readonly faults: readonly string[];
}

/**
 * A rolling upgrade and its way back, on a real broker and a real Redis, under traffic: scorers of both versions own partitions in turn,
 * by SIGTERM and by SIGKILL, before and after the format level is raised. Nothing may be lost or doubled by any of it.
 */
export async function rollingUpgrade(options: UpgradeOptions): Promise<UpgradeReport> {
  const own = await openOwnDeployment({ CLV_PARTITIONS: '4', CLV_SESSION_TIMEOUT_MS: '6000', CLV_MAX_IDLE_MS: '200' });
  try {
    return await new Upgrade(own, options).run();
  } finally {
    await own.close();
  }
}

/** No drain takes so long; it only bounds a failure. */
const STOP_DEADLINE_MS = 60_000;

type Version = 'earlier' | 'this';

class Upgrade {
  private readonly running: Record<Version, CliProcess[]> = { earlier: [], this: [] };
  private readonly levels: { step: string; blobs: number[] }[] = [];
  private readonly faults: string[] = [];
  private readonly traffic: Traffic;
  /** The level at which the earlier version begins a partition: the newest that it reads. */
  private firstLevel = OLDEST_FORMAT;
  private started = 0;

  constructor(
    private readonly own: OwnDeployment,
    private readonly options: UpgradeOptions,
  ) {
    this.traffic = new Traffic(own.deployment, options.eventsPerSecond, options.seed);
  }

  async run(): Promise<UpgradeReport> {
    await this.become('the earlier version alone', 2, 0);
    this.traffic.start();
    await pauseMs(this.options.phaseMs);
    const blobs = await this.blobsByLevel();
    for (const level of [CHECKED_FORMAT, NEWEST_FORMAT]) if (blobs[level - 1]! > 0) this.firstLevel = level;
    for (let round = 1; round <= this.options.rounds; round++) {
      await this.become(`round ${round}: one of each`, 1, 1);
      await this.killAndReplace(round % 2 === 0 ? 'earlier' : 'this');
      await this.become(`round ${round}: this version alone`, 0, 2);
      await this.become(`round ${round}: back to the earlier one`, 2, 0);
    }
    await this.expectRefused();
    await this.become(`this version alone, at level ${this.firstLevel}`, 0, 2);
    await this.measure('before the upgrade', this.firstLevel);
    await this.upgrade(['--rewrite'], NEWEST_FORMAT);
    await pauseMs(this.options.phaseMs);
    await this.become('nobody, before the way back', 0, 0);
    await this.upgrade(['--to', String(this.firstLevel)], this.firstLevel);
    await this.become('the earlier version again', 2, 0);
    await this.become('one of each again', 1, 1);
    await this.become('this version again', 0, 2);
    await this.upgrade(['--rewrite'], NEWEST_FORMAT);
    await pauseMs(this.options.phaseMs);
    return this.judge();
  }

  /** Starts what is missing, then stops what is too much, so that partitions move while the traffic goes on. */
  private async become(step: string, earlier: number, now: number): Promise<void> {
    this.options.say(step);
    const wanted: Record<Version, number> = { earlier, this: now };
    for (const version of ['earlier', 'this'] as const) {
      while (this.running[version].length < wanted[version]) this.running[version].push(await this.start(version));
    }
    await pauseMs(this.options.phaseMs / 2);
    for (const version of ['earlier', 'this'] as const) {
      for (const scorer of this.running[version].splice(wanted[version])) {
        await this.stop(scorer, step);
      }
    }
    await pauseMs(this.options.phaseMs / 2);
  }

  private async stop(scorer: CliProcess, step: string): Promise<void> {
    const startedMs = Date.now();
    scorer.signal('SIGTERM');
    const hard = setTimeout(() => scorer.signal('SIGKILL'), STOP_DEADLINE_MS);
    const { code } = await scorer.exited;
    clearTimeout(hard);
    if (code === 0) return;
    const afterS = Math.round((Date.now() - startedMs) / 1000);
    this.faults.push(`${step}: a scorer ended with ${code} after ${afterS} s: ${scorer.log().slice(-400)}`);
  }

  private async killAndReplace(version: Version): Promise<void> {
    this.options.say(`a scorer of ${version === 'this' ? 'this' : 'the earlier'} version is killed`);
    await this.running[version].pop()?.end('SIGKILL');
    this.running[version].push(await this.start(version));
    await pauseMs(this.options.phaseMs);
  }

  private start(version: Version): Promise<CliProcess> {
    const { environment, folder } = this.own;
    const { earlier } = this.options;
    const log = join(folder, `${version}-${++this.started}.log`);
    const scorer =
      version === 'this'
        ? startCli(['score'], environment, log)
        : startCli(['score'], earlier.settingsOf(environment), log, [], earlier.program);
    void scorer.then((each) => this.own.onClose(() => each.end('SIGKILL')));
    return scorer;
  }

  private command(args: readonly string[]): Finished {
    return runCommand(['state', 'upgrade', ...args], this.own.environment);
  }

  /** While the earlier version owns partitions, the level must stay where it can read. One that reads the newest has nothing to refuse. */
  private async expectRefused(): Promise<void> {
    if (this.firstLevel === NEWEST_FORMAT) return;
    const { code, stdout, stderr } = this.command([]);
    this.options.say(`state upgrade beside the earlier version: exit code ${code}`);
    if (code === 0 || !`${stdout}${stderr}`.includes('last claimed by an earlier version')) {
      this.faults.push(`state upgrade was not refused beside the earlier version: ${stdout}${stderr}`);
    }
    await this.measure('after the refusal', this.firstLevel);
  }

  private async upgrade(args: readonly string[], level: number): Promise<void> {
    const { code, stdout, stderr } = this.command(args);
    this.options.say(`state upgrade ${args.join(' ')}: exit code ${code}, ${stdout.trim()}`);
    if (code !== 0) this.faults.push(`state upgrade ${args.join(' ')} ended with ${code}: ${stderr}`);
    await this.measure(`state upgrade ${args.join(' ')}`, level);
  }

  private async blobsByLevel(): Promise<number[]> {
    const { platform, settings } = this.own.deployment;
    const blobs = new Array<number>(NEWEST_FORMAT).fill(0);
    const reader = platform.stateReader();
    for (let partition = 0; partition < settings.CLV_PARTITIONS; partition++) {
      for await (const { state } of reader.scan(partition)) blobs[formatOfState(state) - 1]! += 1;
    }
    return blobs;
  }

  private async measure(step: string, level: number): Promise<void> {
    const blobs = await this.blobsByLevel();
    this.levels.push({ step, blobs });
    const others = blobs.some((count, i) => i !== level - 1 && count > 0);
    if (blobs[level - 1] === 0 || others) {
      this.faults.push(`${step}: ${blobs.join(', ')} blobs of level 1, 2, …, expected level ${level} only`);
    }
  }

  private async judge(): Promise<UpgradeReport> {
    await this.traffic.stop();
    const { deployment } = this.own;
    await deployment.drained();
    const verdicts = await deployment.audit();
    const [updates, letters] = [await deployment.updates(), await deployment.deadLetters()];
    this.faults.push(...verdicts.filter((verdict) => !passes(verdict) || !isComplete(verdict)).map(inWords));
    const { events, repeats, poison } = this.traffic;
    const ofEvents = updates.filter(({ trigger }) => trigger === 'event');
    const sources = new Set(ofEvents.map(({ source }) => `${source.topic}:${source.partition}:${source.offset}`));
    const doubled = ofEvents.length - sources.size;
    if (doubled > 0) this.faults.push(`${doubled} updates are doubled`);
    // Each record has one outcome; of a profile there is none that can be counted. What is poison in one topic may be a click in another.
    const [written, outcomes] = [events + repeats + poison, ofFacts(ofEvents).length + letters.length];
    if (outcomes !== written) this.faults.push(`${written} records have ${outcomes} outcomes`);
    return {
      events,
      updates: updates.length,
      deadLetters: letters.length,
      levels: this.levels,
      faults: this.faults,
    };
  }
}

/** Updates of everything but profiles. */
const ofFacts = (updates: readonly ClvUpdate[]): ClvUpdate[] =>
  updates.filter(({ source }) => source.topic !== CUSTOMERS_TOPIC);

const inWords = (verdict: PartitionVerdict): string => `the audit finds ${JSON.stringify(verdict).slice(0, 600)}`;
