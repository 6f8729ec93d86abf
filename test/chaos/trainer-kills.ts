import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { openTrainerStore } from '../../src/adapters/embedded/trainer-store';
import { systemClock } from '../../src/adapters/system/clock';
import { sha256 } from '../../src/adapters/system/digest';
import { openPlatform } from '../../src/cli/platform/open-platform';
import { type Platform, topicSpecs } from '../../src/cli/platform/platform';
import { readSettings } from '../../src/config/settings';
import type { Settings } from '../../src/config/table';
import { type CustomerEvent, INPUT_ROLES, SECONDS_PER_DAY } from '../../src/domain/event';
import type { TopicProgress } from '../../src/domain/labels/watermark';
import { murmur2Partition } from '../../src/domain/math/hash';
import { mulberry32, type Random } from '../../src/domain/math/random';
import { demoShop } from '../../src/domain/simulation/shop-population';
import { simulateShop } from '../../src/domain/simulation/simulated-shop';
import type { OutgoingRecord } from '../../src/ports/log';
import type { ModelRegistry } from '../../src/ports/model-registry';
import type { TrainingProgress } from '../../src/ports/trainer-store';
import { EventEncoder } from '../../src/serde/event-encoder';
import { decodeArtefact } from '../../src/serde/model-artefact';
import { SILENT_S } from '../../src/services/trainer/label-intake';
import { isTurn } from '../../src/services/trainer/learning-turns';
import { type CliProcess, environmentOf, startCli } from '../support/cli-process';
import { anEvent } from '../support/events';
import { contentOf } from '../support/label-streams';
import { pauseMs } from '../support/process';
import { quietObserver } from '../support/quiet-observer';
import { STREAM_OPENS_S } from '../support/recorded-stream';

/*
 * The real `clv-stream train` on the embedded store, once undisturbed and once killed with -9 again and again. Both must end with the same
 * announcements, artefacts, labels, states and progress, to the byte.
 */

export interface TrainerKillsOptions {
  readonly seed: number;
  readonly kills: number;
  readonly customers: number;
  readonly days: number;
  /** Days of event time between rounds, and between refits. */
  readonly trainEveryDays: number;
  readonly say: (line: string) => void;
}

/** What the trainer is doing when it is killed. */
const MOMENTS = ['starting', 'reading', 'working on a day', 'working on a round', 'announcing'] as const;
type Moment = (typeof MOMENTS)[number];
/** Some days have no round, and some rounds no announcement. Then it is killed so much later, whatever it does. */
const MOST_WAIT_S = 10 * SECONDS_PER_DAY;

export interface TrainerKillsReport {
  readonly seed: number;
  readonly events: number;
  readonly days: number;
  readonly rounds: number;
  /** Announcements of the undisturbed trainer. */
  readonly announcements: number;
  readonly repeatedAnnouncements: number;
  /** By what the trainer was doing. */
  readonly kills: Readonly<Record<string, number>>;
  readonly undisturbedSeconds: number;
  readonly killedSeconds: number;
  /** One line per part that differs. */
  readonly differences: readonly string[];
}

const PARTITIONS = 2;
/** No run lasts so long. It only limits the time of a failure. */
const DEADLINE_MS = 40 * 60_000;

export async function runTrainerKills(options: TrainerKillsOptions): Promise<TrainerKillsReport> {
  const { seed, say } = options;
  const root = mkdtempSync(join(tmpdir(), 'clv-trainer-kills-'));
  const random = mulberry32(seed);
  try {
    const homes = { once: join(root, 'once'), killed: join(root, 'killed') };
    const history = await writeHistory(homes.once, options);
    cpSync(homes.once, homes.killed, { recursive: true });
    say(`${history.events} events of ${options.customers} customers in ${options.days} days`);

    const once = await Stand.open(homes.once, history, options);
    const undisturbedSeconds = await once.runToEnd();
    say(`undisturbed: ${undisturbedSeconds.toFixed(0)} s, longest day ${(once.longestWorkMs / 1000).toFixed(1)} s`);

    const killed = await Stand.open(homes.killed, history, options);
    const startedMs = Date.now();
    const kills: Record<string, number> = {};
    const firstS = STREAM_OPENS_S;
    const spanS = Math.min(...history.latestS) - firstS;
    for (let k = 0; k < options.kills; k++) {
      const moment = MOMENTS[k % MOMENTS.length]!;
      const notBeforeS = firstS + ((k + random()) / options.kills) * spanS;
      const during = await killed.runToKill(moment, notBeforeS, random, once.longestWorkMs);
      kills[during] = (kills[during] ?? 0) + 1;
      say(`killed while ${during} (day ${Math.floor((killed.clockS() - firstS) / SECONDS_PER_DAY)})`);
    }
    await killed.runToEnd();
    const killedSeconds = (Date.now() - startedMs) / 1000;

    const [a, b] = [await once.outcome(), await killed.outcome()];
    await Promise.all([once.close(), killed.close()]);
    return {
      seed,
      events: history.events,
      days: options.days,
      rounds: a.training.rounds,
      announcements: a.announced.length,
      repeatedAnnouncements: b.announced.length - a.announced.length,
      kills,
      undisturbedSeconds,
      killedSeconds,
      differences: differences(a, b),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export function describeTrainerKills(report: TrainerKillsReport): string {
  const kills = Object.entries(report.kills).map(([moment, count]) => `${count} while ${moment}`);
  return [
    `seed ${report.seed}: ${report.events} events, ${report.days} days, ${report.rounds} rounds, ${report.announcements} announcements`,
    `kills: ${kills.join(', ')}; ${report.repeatedAnnouncements} announcements repeated`,
    `undisturbed ${report.undisturbedSeconds.toFixed(0)} s, with kills ${report.killedSeconds.toFixed(0)} s`,
    ...(report.differences.length === 0
      ? ['announcements, artefacts, labels, states and progress are equal to the byte']
      : report.differences.map((line) => `DIFFERENT: ${line}`)),
  ].join('\n');
}

interface History {
  readonly events: number;
  /** Event time of the last event, by partition. */
  readonly latestS: readonly number[];
}

function settingsOf(home: string, { seed, trainEveryDays }: TrainerKillsOptions): Settings {
  return readSettings({
    CLV_HOME: home,
    CLV_PARTITIONS: String(PARTITIONS),
    CLV_BACKEND: 'wasm',
    CLV_ORIGIN_EVERY_DAYS: '3',
    // The newest record alone moves time, so that the end of the log is the last day.
    CLV_TRAIN_QUORUM: '1',
    CLV_TRAIN_EVERY_DAYS: String(trainEveryDays),
    CLV_REFIT_EVERY_DAYS: String(trainEveryDays),
    CLV_TRAIN_SEED: String(seed % 2 ** 31),
  });
}

async function writeHistory(home: string, options: TrainerKillsOptions): Promise<History> {
  const settings = settingsOf(home, options);
  const untilS = STREAM_OPENS_S + options.days * SECONDS_PER_DAY;
  const latestS = new Array<number>(PARTITIONS).fill(0);
  const encoder = new EventEncoder(settings.CLV_CURRENCY);
  let events = 0;
  const platform = await openPlatform(settings, quietObserver(), systemClock);
  try {
    await platform.admin().ensureTopics(topicSpecs(settings));
    const writer = platform.writer();
    const shop = simulateShop(demoShop, {
      customers: options.customers,
      startS: STREAM_OPENS_S,
      random: mulberry32(options.seed),
    });
    let records: OutgoingRecord[] = [];
    for (const event of shop) {
      if (event.timeS >= untilS) break;
      const add = (one: CustomerEvent): number => {
        const { role, value } = encoder.encodeEvent(one);
        const key = new TextEncoder().encode(one.customerId);
        const partition = murmur2Partition(key, PARTITIONS);
        const topic = platform.topics.inputs[INPUT_ROLES.indexOf(role)]!;
        records.push({ topic, partition, key, value, timestampMs: one.timeS * 1000 });
        return partition;
      };
      const partition = add(event);
      latestS[partition] = Math.max(latestS[partition]!, event.timeS);
      // Attributes of customers with events, and of some who never have any.
      if (events % 10 === 0) add(profileOf(event.customerId, event.timeS));
      if (events % 25 === 0) add(profileOf(`lead-${events}`, event.timeS));
      events++;
      if (records.length >= 500) {
        await writer.append(records);
        records = [];
      }
    }
    await writer.append(records);
  } finally {
    await platform.close();
  }
  return { events, latestS };
}

function profileOf(customerId: string, timeS: number): CustomerEvent {
  const attributes = { ageBand: null, region: timeS % 2 === 0 ? 'north' : 'south', channel: null };
  return anEvent({ kind: 'profile', customerId, timeS, attributes });
}

interface Outcome {
  readonly announced: readonly { readonly version: string; readonly day: number; readonly artefact: string }[];
  readonly training: TrainingProgress;
  readonly labels: readonly unknown[];
}

/** One folder, and what its trainer has stored. */
class Stand {
  longestWorkMs = 0;
  private lives = 0;
  private db: RootDatabase | null = null;
  private readonly registry: ModelRegistry;

  private constructor(
    private readonly home: string,
    private readonly history: History,
    private readonly options: TrainerKillsOptions,
    private readonly settings: Settings,
    private readonly platform: Platform,
  ) {
    this.registry = platform.registry();
  }

  static async open(home: string, history: History, options: TrainerKillsOptions): Promise<Stand> {
    const settings = settingsOf(home, options);
    const platform = await openPlatform(settings, quietObserver(), systemClock);
    return new Stand(home, history, options, settings, platform);
  }

  close(): Promise<void> {
    return this.platform.close();
  }

  /** Runs the trainer until the work of the last day is done, and stops it. Returns the seconds. */
  async runToEnd(): Promise<number> {
    const startedMs = Date.now();
    await this.live(async (trainer) => {
      let workSinceMs: number | null = null;
      while (!this.isDone()) {
        trainer.check();
        if (this.isAtWork()) workSinceMs ??= Date.now();
        else if (workSinceMs !== null) {
          this.longestWorkMs = Math.max(this.longestWorkMs, Date.now() - workSinceMs);
          workSinceMs = null;
        }
        if (Date.now() - startedMs > DEADLINE_MS)
          throw new Error(`the trainer did not end: ${trainer.log().slice(-3000)}`);
        await pauseMs(2);
      }
      await trainer.end('SIGTERM');
    });
    return (Date.now() - startedMs) / 1000;
  }

  /** Runs the trainer until this moment after this event time, and kills it. Returns what it was doing. */
  async runToKill(moment: Moment, notBeforeS: number, random: Random, longestWorkMs: number): Promise<string> {
    let during: string = moment;
    await this.live(async (trainer) => {
      if (moment === 'starting') await pauseMs(2_500 * random());
      else {
        const before = await this.newest();
        const holds = async (): Promise<boolean> => {
          if (this.clockS() < notBeforeS) return false;
          if (moment === 'reading') return true;
          if (moment === 'announcing') return (await this.newest()) > before;
          return (
            this.isAtWork() && (moment === 'working on a day' || isTurn(this.clockS(), this.options.trainEveryDays))
          );
        };
        while (!(await holds())) {
          trainer.check();
          if (this.isDone()) during = 'waiting for events';
          else if (this.clockS() > notBeforeS + MOST_WAIT_S) during = 'reading';
          if (during !== moment) break;
          await pauseMs(1);
        }
        await pauseMs((moment === 'working on a round' ? longestWorkMs : 30) * random());
      }
      await trainer.end('SIGKILL');
    });
    return during;
  }

  /** Event time that every partition has reached. */
  clockS(): number {
    return Math.min(...this.rows().map(({ clockS }) => clockS));
  }

  async outcome(): Promise<Outcome> {
    await this.closeDb();
    const versions = await this.registry.versions();
    const announced = (await this.registry.history()).map(({ version }) => {
      const { artefact } = versions.get(version)!;
      const decoded = decodeArtefact(artefact, sha256);
      if (!decoded.ok) throw new Error(decoded.reason);
      return { version, day: (decoded.card.createdAtMs ?? 0) / 1000 / SECONDS_PER_DAY, artefact: hex(artefact) };
    });
    const store = openTrainerStore(join(this.home, 'trainer'));
    try {
      const labels = Array.from({ length: PARTITIONS }, (_, p) => contentOf(store, p));
      return { announced, training: store.training()!, labels };
    } finally {
      await store.close();
    }
  }

  private async live(during: (trainer: CliProcess) => Promise<void>): Promise<void> {
    const log = join(this.home, `train-${this.lives++}.log`);
    const trainer = await startCli(['train'], environmentOf(this.settings), log);
    try {
      await during(trainer);
    } finally {
      await trainer.end('SIGKILL');
      await this.closeDb();
    }
  }

  /** The work of a day begins when all partitions have come to its end. */
  private isAtWork(): boolean {
    const dayS = this.dayS();
    return dayS !== null && this.clockS() === dayS + SECONDS_PER_DAY;
  }

  private isDone(): boolean {
    const dayS = this.dayS();
    const rows = this.rows();
    if (dayS === null || rows.length < PARTITIONS) return false;
    const limitS = dayS + SECONDS_PER_DAY;
    const ownS = this.history.latestS.map((latestS) => latestS - this.settings.CLV_LATENESS_SECONDS);
    // A partition without events for two days goes on with the others.
    const readS = ownS.map((atS) => Math.max(atS, Math.max(...ownS) - SILENT_S));
    return rows.every(({ clockS }, p) => clockS === Math.min(limitS, readS[p]!)) && Math.min(...readS) < limitS;
  }

  private dayS(): number | null {
    const row = this.table('training')?.get('progress') as { dayS: number | null } | undefined;
    return row?.dayS ?? null;
  }

  private rows(): { clockS: number; topics: TopicProgress[] }[] {
    const table = this.table('progress');
    const rows = Array.from({ length: PARTITIONS }, (_, p) => table?.get([p]));
    return rows.every((row) => row !== undefined) ? rows : [{ clockS: -1, topics: [] }];
  }

  /** The trainer's tables, read beside it. null before it has made them. */
  private table(name: string) {
    try {
      this.db ??= open({ path: join(this.home, 'trainer'), maxDbs: 9, readOnly: true });
      this.db.resetReadTxn();
      return this.db.openDB({ name });
    } catch {
      return null;
    }
  }

  /** Place of the newest announcement. */
  private async newest(): Promise<number> {
    return (await this.registry.current())?.sequence ?? -1;
  }

  private async closeDb(): Promise<void> {
    await this.db?.close();
    this.db = null;
  }
}

/**
 * A trainer that was killed in a day announces the models of that day again. So they are compared by day, each once, in the order of the
 * first announcements.
 */
function byDay({ announced }: Outcome): string[] {
  const lines = announced.map(
    ({ version, day, artefact }) => `day ${day}: ${version} ${sha256(Buffer.from(artefact))}`,
  );
  return [...new Set(lines)];
}

function differences(once: Outcome, killed: Outcome): string[] {
  const found: string[] = [];
  const compare = (what: string, a: unknown, b: unknown) => {
    const [left, right] = [text(a), text(b)];
    if (left === right) return;
    const at = [...left].findIndex((char, i) => char !== right[i]);
    const part = (whole: string) => whole.slice(Math.max(0, at - 200), at + 200);
    found.push(`${what}: …${part(left)}… and …${part(right)}…`);
  };
  compare('announcements', byDay(once), byDay(killed));
  const days = killed.announced.map(({ day }) => day);
  compare(
    'order of days',
    days.toSorted((a, b) => a - b),
    days,
  );
  for (const name of Object.keys(once.training) as (keyof TrainingProgress)[])
    compare(`progress, ${name}`, once.training[name], killed.training[name]);
  for (const [p, labels] of once.labels.entries()) compare(`labels of partition ${p}`, labels, killed.labels[p]);
  return found;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function text(value: unknown): string {
  // A Buffer has a toJSON of its own, so the replacer would see an object.
  return JSON.stringify(value, function (this: Record<string, unknown>, key, plain) {
    const own = this[key];
    return own instanceof Uint8Array ? hex(own) : plain;
  });
}
