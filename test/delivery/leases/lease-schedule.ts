import { mulberry32, type Random } from '../../../src/domain/math/random';
import { below, chance, pick } from '../simulation/dice';
import { judge } from '../simulation/verdict';
import { heal } from '../simulation/world';
import {
  type LawBroken,
  type LeaseVariant,
  LeaseWorld,
  SESSION_MS,
  SETTINGS,
  SHORTEST_SILENCE_MS,
} from './lease-world';
import { ScorerProcess } from './scorer-process';
import { Timeline } from './timeline';

export const LEASE_FAULTS = [
  'pause',
  'pause-in-join',
  'kill',
  'restart',
  'stop',
  'start',
  'table-stalls',
  'table-away',
  'cut-off',
  'table-rolled-back',
  'lossy-table',
  'slow-table',
] as const;
export type LeaseFault = (typeof LEASE_FAULTS)[number];

export interface LeaseOutcome {
  readonly seed: number;
  readonly faults: ReadonlySet<LeaseFault>;
  readonly broken: readonly { readonly law: LawBroken; readonly detail: string }[];
  readonly injected: Readonly<Record<string, number>>;
  readonly taken: number;
}

export interface LeaseScheduleOptions {
  readonly variant: LeaseVariant;
  readonly faults?: readonly LeaseFault[];
  readonly hasLeases?: boolean;
  readonly trace?: (line: string) => void;
}

const FAULTS_MS = 60_000;
const MAX_PROCESSES = 5;

/** Runs one seeded schedule of a whole deployment in virtual time: faults, then a healthy end, then the laws. */
export function runLeaseSchedule(seed: number, options: LeaseScheduleOptions): LeaseOutcome {
  return new LeaseSchedule(seed, options).run();
}

class LeaseSchedule {
  private readonly random: Random;
  private readonly faults: ReadonlySet<LeaseFault>;
  private readonly timeline: Timeline;
  private readonly world: LeaseWorld;
  private readonly processes: ScorerProcess[] = [];
  private readonly paused = new Set<ScorerProcess>();
  private readonly injected: Record<string, number> = {};
  /** By process, how often it was silent. */
  private readonly silences = new Map<string, number>();
  private readonly snapshots: ReturnType<LeaseWorld['table']['view']>[] = [];

  constructor(
    private readonly seed: number,
    { variant, faults, hasLeases = true, trace }: LeaseScheduleOptions,
  ) {
    this.random = mulberry32(seed);
    this.faults = new Set(faults ?? LEASE_FAULTS.filter(() => chance(this.random, 0.4)));
    this.timeline = new Timeline(this.random);
    const isSteady = !this.faults.has('lossy-table') && !this.faults.has('table-rolled-back');
    this.world = new LeaseWorld(this.timeline, variant, 2 + below(this.random, 3), hasLeases, isSteady, trace);
    if (this.faults.has('lossy-table')) this.world.lossy = pick(this.random, [0.05, 0.2]);
    if (this.faults.has('slow-table')) this.world.slowestAnswerMs = pick(this.random, [100, 450]);
    for (let n = 2 + below(this.random, 2); n > 0; n--) this.start();
  }

  run(): LeaseOutcome {
    const { timeline, world, random } = this;
    const everyMs = pick(random, [2_000, 5_000, 12_000]);
    this.nextFault(timeline.between(0, 2 * everyMs), everyMs);
    this.append();
    this.watch();
    timeline.runUntil(FAULTS_MS);
    this.quiesce();
    this.judge();
    return {
      seed: this.seed,
      faults: this.faults,
      broken: world.broken,
      injected: this.injected,
      taken: world.taken.length,
    };
  }

  private get live(): ScorerProcess[] {
    return this.processes.filter(({ isDead, machine }) => !isDead && !machine.isStopping);
  }

  private start(): void {
    this.processes.push(new ScorerProcess(`s${this.processes.length + 1}`, this.world));
  }

  private nextFault(inMs: number, everyMs: number): void {
    this.timeline.after(inMs, () => {
      if (this.timeline.nowMs >= FAULTS_MS) return;
      this.inject(pick(this.random, LEASE_FAULTS));
      this.nextFault(this.timeline.between(0, 2 * everyMs), everyMs);
    });
  }

  private append(): void {
    const { timeline, world, random } = this;
    timeline.after(timeline.between(100, 2_000), () => {
      pick(random, world.partitions).logs.append(random);
      if (timeline.nowMs < FAULTS_MS) this.append();
    });
  }

  /** What time does to the servers. */
  private watch(): void {
    this.timeline.after(100, () => {
      this.world.group.expire();
      for (const { kafka } of this.world.partitions) kafka.settleAll();
      this.snapshots.push(this.world.table.view());
      this.watch();
    });
  }

  private inject(fault: LeaseFault): void {
    const { random, timeline, world } = this;
    if (!this.faults.has(fault) || this.live.length === 0) return;
    const victim = pick(random, this.live);
    this.injected[fault] = (this.injected[fault] ?? 0) + 1;
    world.trace(() => `FAULT ${fault} ${victim.name}`);
    switch (fault) {
      case 'pause':
        this.pause(victim, chance(random, 0.3) ? timeline.between(600, 1_800) : timeline.between(500, 20_000));
        return;
      case 'pause-in-join':
        world.pauseInJoin = (process) => {
          if (!chance(random, 0.5)) return;
          world.pauseInJoin = null;
          this.pause(process, timeline.between(500, 20_000));
        };
        if (this.live.length < MAX_PROCESSES) this.start();
        else victim.stop();
        return;
      case 'kill':
      case 'restart':
        if (fault === 'restart') timeline.after(timeline.between(100, 3_000), () => this.start());
        else if (this.live.length < 2) return;
        this.silent(victim);
        victim.kill();
        return;
      case 'stop':
        if (this.live.length < 2 || this.paused.has(victim)) return;
        victim.stop();
        return;
      case 'start':
        if (this.live.length < MAX_PROCESSES) this.start();
        return;
      case 'table-stalls':
        world.stall(timeline.between(200, 4_000));
        return;
      case 'table-away':
        world.away(timeline.between(500, 10_000), this.processes);
        return;
      case 'cut-off':
        this.silent(victim);
        world.cutOff(victim, timeline.between(500, 13_000));
        return;
      case 'table-rolled-back':
        world.table.restore(this.snapshots.at(-1 - below(random, 30)) ?? world.table.view());
        return;
      case 'lossy-table':
      case 'slow-table':
        return; // always active
    }
  }

  private pause(victim: ScorerProcess, ms: number): void {
    if (this.paused.has(victim)) return;
    if (ms >= SHORTEST_SILENCE_MS) this.silent(victim);
    this.paused.add(victim);
    victim.pause();
    this.timeline.after(ms, () => {
      this.paused.delete(victim);
      this.world.trace(() => `RESUMED ${victim.name}`);
      victim.resume();
    });
  }

  private silent({ name }: ScorerProcess): void {
    this.silences.set(name, (this.silences.get(name) ?? 0) + 1);
  }

  /** Long enough for pauses to end, the group to notice, and what was lent to be handed back. */
  private quiesce(): void {
    const { timeline, world } = this;
    world.lossy = 0;
    for (const partition of world.partitions) heal(partition);
    timeline.runUntil(FAULTS_MS + 20_000 + 2 * SESSION_MS + SETTINGS.settleMs + 10_000);
    const taken = world.taken.length;
    const served = JSON.stringify(this.servers());
    timeline.runUntil(timeline.nowMs + 10_000);
    if (world.taken.length > taken || JSON.stringify(this.servers()) !== served) {
      world.violate('moved at the end', `${served}, then ${JSON.stringify(this.servers())}`);
    }
  }

  private servers(): string[][] {
    return this.world.partitions.map((_, p) =>
      this.live.filter(({ served }) => served.has(p)).map(({ memberId }) => memberId),
    );
  }

  private judge(): void {
    const { world } = this;
    for (const [p, servers] of this.servers().entries()) {
      const [assigned] = [...world.group.assignment].find(([, partitions]) => partitions.includes(p)) ?? ['nobody'];
      if (servers.length !== 1 || servers[0] !== assigned)
        world.violate('served by none or two', `${p}: [${servers}], the group says ${assigned}`);
      const found = judge(world.partitions[p]!, { ended: true, storeFailed: false, offsetsFailed: false });
      for (const { violation, detail } of found) world.violate('delivery', `${p}: ${violation} ${detail}`);
      if (world.isSteady) this.judgeTurns(p);
    }
    if (world.isSteady) this.judgeTaken();
  }

  /** No process begins to serve a partition, or owns it, unless the group, a silence or a hand-back is the reason. */
  private judgeTurns(p: number): void {
    const { world } = this;
    const { serves, moves, handedBack, partitions } = world;
    const taken = world.taken.filter(({ partition }) => partition === p).length;
    const reasons = moves[p]! + taken + handedBack[p]!;
    if (serves[p]! > reasons) {
      world.violate(
        'served in turn',
        `${p}: ${serves[p]} times for ${moves[p]} moves, ${taken} taken, ${handedBack[p]} back`,
      );
    }
    const claims = partitions[p]!.redis.current.epoch;
    if (claims > reasons) world.violate('owned in turn', `${p}: owned ${claims} times for ${reasons} reasons`);
  }

  private judgeTaken(): void {
    const { world } = this;
    const times = new Map<string, number>();
    for (const { partition, from } of world.taken) {
      const key = `${partition} from ${from}`;
      times.set(key, (times.get(key) ?? 0) + 1);
    }
    for (const [key, count] of times) {
      const silences = this.silences.get(key.split(' from ')[1]!) ?? 0;
      if (count > silences) world.violate('taken though not silent', `${key}: ${count} times in ${silences} silences`);
    }
  }
}
