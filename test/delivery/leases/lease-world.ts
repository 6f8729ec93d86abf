import { reduceLease } from '../../../src/delivery/lease-machine';
import type { LeaseSettings } from '../../../src/delivery/lease-protocol';
import type { Beat, BeatAnswer, TakeOver } from '../../../src/domain/lease';
import { chance } from '../simulation/dice';
import { variantNamed } from '../simulation/mutants';
import { createWorld, type World } from '../simulation/world';
import type { ScorerProcess } from './scorer-process';
import { SimulatedGroup } from './simulated-group';
import { SimulatedTable, type TableVariant } from './simulated-table';
import type { Timeline } from './timeline';

export interface LeaseVariant extends TableVariant {
  readonly reduce: typeof reduceLease;
  readonly settings?: Partial<LeaseSettings>;
}

export const REAL: LeaseVariant = { reduce: reduceLease };

export const SESSION_MS = 15_000;

export const SETTINGS: LeaseSettings = { leaseMs: 1_000, beatMs: 200, graceMs: 5_000, settleMs: SESSION_MS };

export type LawBroken =
  | 'taken though not silent'
  | 'taken again too soon'
  | 'took what the group had given to another'
  | 'served in turn'
  | 'owned in turn'
  | 'served by none or two'
  | 'moved at the end'
  | 'delivery';

/** Silence that may be taken for death: a lease, less what a beat may be late. */
export const SHORTEST_SILENCE_MS = SETTINGS.leaseMs - 2 * SETTINGS.beatMs;

/** A take-over that the table carried out. */
export interface Taken {
  readonly partition: number;
  readonly from: string;
  readonly by: string;
  readonly atMs: number;
  readonly generation: number;
}

/** The servers, and what happened. */
export class LeaseWorld {
  readonly settings: LeaseSettings;
  readonly table: SimulatedTable;
  readonly group: SimulatedGroup;
  readonly partitions: readonly World[];
  readonly taken: Taken[] = [];
  /** By partition, how often a process began to serve it. */
  readonly serves: number[];
  /** By partition, how often the group moved it from the one that served it to another. */
  readonly moves: number[];
  readonly servers: (string | null)[];
  /** By partition, how often it was handed back, freed by a process that stops, or by one that had taken it over. */
  readonly handedBack: number[];
  readonly broken: { readonly law: LawBroken; readonly detail: string }[] = [];
  /** Share of answers of the table that are lost. */
  lossy = 0;
  slowestAnswerMs = 3;
  /** The table was never away, so whoever is silent is declared dead before the group notices. */
  declaresDead = true;
  /** A process is paused while it joins the group. */
  pauseInJoin: ((process: ScorerProcess) => void) | null = null;
  private stalledUntilMs = 0;
  private awayUntilMs = 0;
  private readonly freedAtMs = new Map<number, number>();
  private readonly beatAtMs = new Map<string, number>();
  private readonly backAtMs = new Map<string, number>();
  private readonly tracer: ((line: string) => void) | undefined;

  constructor(
    readonly timeline: Timeline,
    readonly variant: LeaseVariant,
    count: number,
    readonly hasLeases: boolean,
    /** Requests are not lost, and the table goes forward. So the laws about turns hold. */
    readonly isSteady: boolean,
    trace?: (line: string) => void,
  ) {
    this.settings = { ...SETTINGS, ...variant.settings };
    this.table = new SimulatedTable(variant);
    // With another size of the state cache in each.
    this.partitions = Array.from({ length: count }, (_, partition) =>
      createWorld(partition, timeline.random, variantNamed('full'), new Set(), undefined),
    );
    this.serves = this.partitions.map(() => 0);
    this.moves = this.partitions.map(() => 0);
    this.handedBack = this.partitions.map(() => 0);
    this.servers = this.partitions.map(() => null);
    this.group = new SimulatedGroup(timeline, count, SESSION_MS, () => this.rebalanced());
    this.tracer = trace;
  }

  trace(line: () => string): void {
    this.tracer?.(`${this.timeline.nowMs.toFixed(0)} ${line()}`);
  }

  /** Sends a request to the table. It may get no answer. */
  reach<T>(process: ScorerProcess, request: () => T, answer: (reply: T) => void): void {
    const { timeline, lossy } = this;
    const arriveMs = Math.max(timeline.nowMs + timeline.between(0.5, 3), this.stalledUntilMs + timeline.between(0, 2));
    timeline.after(arriveMs - timeline.nowMs, () => {
      const isAway = timeline.nowMs < Math.max(this.awayUntilMs, this.backAtMs.get(process.name) ?? 0);
      if (isAway || process.isDead || chance(timeline.random, lossy / 2)) return;
      const reply = request();
      if (chance(timeline.random, lossy / 2)) return;
      timeline.after(timeline.between(0.5, this.slowestAnswerMs), () => answer(reply));
    });
  }

  beat(process: ScorerProcess, beat: Beat): BeatAnswer {
    const { holders } = this.table.view();
    for (const p of beat.frees.filter((freed) => holders.get(freed) === process.name)) {
      this.freedAtMs.set(p, this.timeline.nowMs);
      const wasTaken = this.taken.findLast(({ partition }) => partition === p)?.by === process.name;
      if (process.machine.isStopping || wasTaken) this.handedBack[p]!++;
    }
    const answer = this.table.beat(beat);
    this.beatAtMs.set(process.name, this.timeline.nowMs);
    for (const partition of answer.wasKnown && this.isSteady && this.declaresDead ? beat.takes : []) {
      if (this.group.assignment.get(process.memberId)?.includes(partition)) continue;
      this.violate('took what the group had given to another', `${process.name} took ${partition}`);
    }
    return answer;
  }

  take(take: TakeOver): readonly number[] {
    const { holders } = this.table.view();
    const partitions = this.table.take(take);
    const { nowMs } = this.timeline;
    const { generation } = this.group;
    for (const partition of partitions) {
      const { from } = take;
      const before = this.taken.findLast((one) => one.partition === partition && one.from === from);
      const silentMs = nowMs - (this.beatAtMs.get(from) ?? 0);
      const isOther = silentMs < SHORTEST_SILENCE_MS || holders.get(partition) !== from;
      if (this.isSteady && isOther)
        this.violate('taken though not silent', `${partition} from ${from} after ${silentMs.toFixed(0)} ms`);
      const isOwnAgain = this.taken.findLast((one) => one.partition === partition) !== before;
      const isFreed = (this.freedAtMs.get(partition) ?? -1) > (before?.atMs ?? 0);
      if (
        this.isSteady &&
        !isOwnAgain &&
        !isFreed &&
        before?.generation === generation &&
        nowMs - before.atMs < SETTINGS.settleMs
      )
        this.violate('taken again too soon', `${partition} from ${from}`);
      this.taken.push({ partition, from, by: take.member, atMs: nowMs, generation });
    }
    return partitions;
  }

  leave({ name }: ScorerProcess): void {
    for (const [p, holder] of this.table.view().holders) if (holder === name) this.handedBack[p]!++;
    this.table.leave(name);
  }

  /** The table answers nobody for so long. Then all that waited is carried out at once. */
  stall(ms: number): void {
    this.stalledUntilMs = this.timeline.nowMs + ms;
  }

  /** The table is unreachable for so long. Then its clients come back one by one. */
  away(ms: number, processes: readonly ScorerProcess[]): void {
    this.declaresDead = false;
    this.awayUntilMs = this.timeline.nowMs + ms;
    for (const { name } of processes) this.backAtMs.set(name, this.awayUntilMs + this.timeline.between(0, 2_000));
  }

  /** One process can't reach the table for so long. */
  cutOff({ name }: ScorerProcess, ms: number): void {
    if ((this.backAtMs.get(name) ?? 0) < this.timeline.nowMs) this.backAtMs.set(name, this.timeline.nowMs + ms);
  }

  served(process: ScorerProcess, partition: number): void {
    this.serves[partition]!++;
    this.servers[partition] = process.name;
  }

  violate(law: LawBroken, detail: string): void {
    this.trace(() => `BROKEN ${law}: ${detail}`);
    this.broken.push({ law, detail: `${this.timeline.nowMs.toFixed(0)} ms: ${detail}` });
  }

  private rebalanced(): void {
    for (const [id, partitions] of this.group.assignment) {
      const name = id.split('-')[0]!;
      for (const partition of partitions) if (this.servers[partition] !== name) this.moves[partition]!++;
    }
  }
}
