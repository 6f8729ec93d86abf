import { type CustomerEvent, isMoneyKind, SECONDS_PER_DAY } from '../event';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../label-intervals';
import { PriorityQueue } from '../math/priority-queue';
import type { JudgedScore } from '../prequential/judged-score';
import { segmentOf } from '../state/order-segments';
import { emptyState, foldEvent, type SequenceState } from '../state/sequence-state';
import { NEVER_S, netOrders } from '../state/summary';
import { compareEvents } from '../state/window';
import { LabelJournal } from './label-journal';
import {
  emptyCounters,
  type LabelChanges,
  type LabelCounters,
  type LabelProgress,
  type LabelSettings,
  type LabelSources,
  type PendingEvent,
} from './label-progress';
import type { LearningLabels } from './learning-labels';
import { OpenQueue } from './open-queue';
import {
  addToTally,
  compareOrigins,
  emptyTally,
  intervalEndS,
  isGateCustomer,
  nextOriginS,
  type Origin,
  type OriginKey,
  originPriority,
} from './origins';
import { Reservoir } from './reservoir';
import { ScoreJudge } from './score-judge';
import type { BackfillMark, TimeJump } from './time-front';
import { TopicTimes } from './topic-times';

/** An origin is offered to the reservoir when all label intervals up to 30 days have closed. */
const MATURED_INTERVALS = INTERVAL_EDGES_DAYS.indexOf(30);
/** Maximum number of decoded states kept between two calls. Each takes some kilobytes. */
const KEPT_STATES = 5_000;

interface RankedOrigin {
  readonly priority: number;
  readonly origin: Origin;
}

/**
 * The labels of one partition. It folds the partition's events in event-time order, opens forecast origins at instants set by hash, and
 * counts what the customers do next. The log alone decides the order of turns: events by time, topic and offset; origins by time and
 * customer; at the same second, events first. So batches, restarts and read orders change nothing. There is one exception. A topic that was
 * read to its end does not hold the others back. If an event then arrives there later than allowed, it is folded when it arrives.
 */
export class PartitionLabels implements LearningLabels {
  /** How far the topics were read. */
  readonly times: TopicTimes;
  private readonly counters: LabelCounters;
  private clock: number;
  private readonly pending = new PriorityQueue<PendingEvent>(
    (a, b) => a.turnS - b.turnS || compareEvents(timeless(a), timeless(b)),
  );
  private readonly due = new PriorityQueue<OriginKey>(compareOrigins);
  private readonly byPriority = new OpenQueue<RankedOrigin>(
    (a, b) => a.priority - b.priority || compareOrigins(a.origin, b.origin),
    ({ origin }) => origin,
  );
  private readonly maturing = new OpenQueue<Origin>(compareOrigins, (origin) => origin);
  private readonly completing = new OpenQueue<Origin>(compareOrigins, (origin) => origin);
  private readonly open = new Map<string, Set<Origin>>();
  private openCount = 0;
  private readonly reservoir: Reservoir;
  private readonly states = new Map<string, SequenceState>();
  private readonly journal = new LabelJournal();
  private readonly judge: ScoreJudge;
  private readonly known = new Set<string>();

  constructor(
    readonly partition: number,
    progress: LabelProgress | null,
    private readonly settings: LabelSettings,
    private readonly sources: LabelSources,
  ) {
    this.reservoir = new Reservoir(settings.reservoirSize, settings.recencyDays);
    this.times = new TopicTimes(progress?.topics ?? [], settings.quorum, settings.latenessDays * SECONDS_PER_DAY);
    this.clock = progress?.clockS ?? NEVER_S;
    this.counters = progress?.counters ?? emptyCounters();
    const { judgedScores } = settings;
    this.judge = new ScoreJudge(judgedScores, progress?.judgedScores ?? [], this.counters.judged, this.journal);
    if (progress !== null) this.resume(progress);
  }

  get clockS(): number {
    return this.clock;
  }

  get openOrigins(): number {
    return this.openCount;
  }

  get reservoirCount(): number {
    return this.reservoir.size;
  }

  get waiting(): number {
    return this.pending.size;
  }

  /** Event time of the first event that waits for its turn, seconds; null if none waits. */
  get nextTurnS(): number | null {
    return this.pending.peek()?.turnS ?? null;
  }

  count(): Readonly<LabelCounters> {
    return this.counters;
  }

  jumps(): readonly TimeJump[] {
    return this.times.jumps();
  }

  /** Queues an event that was read, until its turn. Within a topic, call it with rising offsets. `mark`: if a back-fill has written it. */
  add(topic: number, offset: number, event: CustomerEvent, mark: BackfillMark | null = null): void {
    const waiting = { turnS: Math.max(this.times.take(topic, event, mark), this.clock), topic, offset, event };
    this.pending.push(waiting);
    this.journal.waits(waiting);
  }

  /** Takes every turn before this event time. Returns true if event time moved on. */
  advance(untilS: number): boolean {
    if (untilS <= this.clock) return false;
    for (;;) {
      const event = this.pending.peek();
      const due = this.due.peek();
      const eventTurn = event !== undefined && event.turnS < untilS ? event.turnS : Number.POSITIVE_INFINITY;
      const dueTurn = due !== undefined && due.atS < untilS ? due.atS : Number.POSITIVE_INFINITY;
      if (eventTurn === Number.POSITIVE_INFINITY && dueTurn === Number.POSITIVE_INFINITY) break;
      if (eventTurn <= dueTurn) this.fold(this.pending.pop()!);
      else this.ask(this.due.pop()!);
    }
    this.clock = untilS;
    this.retire(untilS);
    return true;
  }

  /** The origins that are open or in the reservoir, each once. */
  *origins(): IterableIterator<Origin> {
    for (const ofCustomer of this.open.values()) yield* ofCustomer;
    for (const origin of this.reservoir.origins()) if (origin.tally.endedAtS !== null) yield origin;
  }

  /** Everyone with an event. */
  customers(): Iterable<string> {
    return this.known;
  }

  /** The customer's state as of the clock. Do not change it. */
  state(customerId: string): SequenceState {
    return this.stateOf(customerId);
  }

  /** The newest judged scores of all horizons. */
  judgedScores(): Iterable<JudgedScore> {
    return this.judge.scores();
  }

  /** Event time of the oldest origin that waits to be judged at a horizon; null if there is none. */
  waitingSinceS(horizon: number): number | null {
    return this.judge.waitingSinceS(horizon);
  }

  /** Records that the first `closed` intervals were trained on. */
  markTrained(origin: Origin, closed: number): void {
    if (origin.tally.endedAtS !== null && !origin.tally.sampled) return; // dropped in the meantime
    origin.tally.trainedIntervals = closed;
    this.journal.touches(origin);
  }

  /** The changes since the last call. Store them atomically. */
  takeChanges(): LabelChanges {
    const changes = {
      partition: this.partition,
      topics: this.times.progress(),
      clockS: this.clock,
      counters: { ...this.counters, judged: [...this.counters.judged] },
      ...this.journal.take((customerId) => this.sources.encode(this.states.get(customerId)!)),
    };
    if (this.states.size > KEPT_STATES) this.states.clear();
    return changes;
  }

  private resume(progress: LabelProgress): void {
    for (const waiting of progress.pending) this.pending.push(waiting);
    for (const customerId of progress.customers) {
      this.known.add(customerId);
      this.schedule(customerId, progress.clockS);
    }
    for (const origin of [...progress.origins].sort(compareOrigins)) {
      if (origin.tally.endedAtS === null) this.track(origin);
      if (origin.tally.sampled) this.offer(origin);
    }
  }

  private track(origin: Origin): void {
    const ofCustomer = this.open.get(origin.customerId) ?? new Set();
    this.open.set(origin.customerId, ofCustomer.add(origin));
    this.openCount++;
    this.byPriority.push({ priority: originPriority(origin), origin });
    this.completing.push(origin);
    this.judge.wait(origin);
    const matured = intervalEndS(origin.atS, MATURED_INTERVALS - 1) < this.clock;
    if (!matured && !isGateCustomer(origin.customerId, this.settings.gateShare)) this.maturing.push(origin);
  }

  private schedule(customerId: string, fromS: number): void {
    this.due.push({ customerId, atS: nextOriginS(customerId, fromS, this.settings.originEveryDays) });
  }

  private fold(waiting: PendingEvent): void {
    const { event, topic, offset } = waiting;
    this.retire(waiting.turnS);
    this.journal.tookTurn(waiting);
    const state = this.stateOf(event.customerId);
    const position = { topic, partition: this.partition, offset };
    if (foldEvent(state, event, position, this.settings.window).window === 'repeated') return;
    this.journal.folded(event.customerId);
    if (event.kind === 'profile') return;
    this.counters.events++;
    if (!this.known.has(event.customerId)) {
      this.known.add(event.customerId);
      this.schedule(event.customerId, waiting.turnS);
    }
    if (!isMoneyKind(event.kind)) return;
    for (const origin of this.open.get(event.customerId) ?? []) {
      if (addToTally(origin, event, waiting.turnS)) this.journal.touches(origin);
      else this.counters.tooLate++;
    }
  }

  private ask(key: OriginKey): void {
    const { customerId, atS } = key;
    this.schedule(customerId, atS + 1);
    this.retire(atS);
    if (this.openCount >= this.settings.maxOpenOrigins) {
      // Most questions end here in a large shop, so the customer's state is not loaded before.
      const least = this.byPriority.peek();
      this.counters.capped++;
      if (least === undefined || originPriority(key) < least.priority) return;
      this.end(least.origin, atS);
    }
    const state = this.stateOf(customerId);
    const snapshot = this.sources.encode(state);
    const origin: Origin = {
      customerId,
      atS,
      snapshot,
      segment: segmentOf(netOrders(state.summary)),
      score: this.isScored(customerId) ? this.sources.score(snapshot, atS) : null,
      tally: emptyTally(),
    };
    this.track(origin);
    this.journal.opens(origin);
    this.counters.opened++;
  }

  /** If no judged scores are kept, only gate customers are scored: drift is measured on their loss. */
  private isScored(customerId: string): boolean {
    return this.settings.judgedScores > 0 || isGateCustomer(customerId, this.settings.gateShare);
  }

  /** Judges the scores whose horizons ended before `atS`, offers matured origins to the reservoir, and ends complete ones. */
  private retire(atS: number): void {
    this.judge.retire(atS);
    for (let origin = this.maturing.peek(); origin !== undefined; origin = this.maturing.peek()) {
      if (intervalEndS(origin.atS, MATURED_INTERVALS - 1) >= atS) break;
      this.maturing.pop();
      this.offer(origin);
    }
    for (let origin = this.completing.peek(); origin !== undefined; origin = this.completing.peek()) {
      if (intervalEndS(origin.atS, INTERVALS - 1) >= atS) break;
      this.completing.pop();
      this.counters.completed++;
      this.end(origin, intervalEndS(origin.atS, INTERVALS - 1) + 1);
    }
  }

  private offer(origin: Origin): void {
    const removed = this.reservoir.offer(origin);
    if (!origin.tally.sampled && removed !== origin) {
      origin.tally.sampled = true;
      this.journal.touches(origin);
    }
    if (removed === null || !removed.tally.sampled) return;
    removed.tally.sampled = false;
    if (removed.tally.endedAtS === null) this.journal.touches(removed);
    else this.journal.drops(removed);
  }

  /** Stops counting for an origin. It is deleted unless it is in the reservoir. */
  private end(origin: Origin, atS: number): void {
    origin.tally.endedAtS = atS;
    const ofCustomer = this.open.get(origin.customerId);
    ofCustomer?.delete(origin);
    if (ofCustomer?.size === 0) this.open.delete(origin.customerId);
    this.openCount--;
    if (origin.tally.sampled) this.journal.touches(origin);
    else this.journal.drops(origin);
  }

  private stateOf(customerId: string): SequenceState {
    const cached = this.states.get(customerId);
    if (cached !== undefined) return cached;
    const stored = this.sources.load(customerId);
    const state = stored === null ? emptyState(0) : this.sources.decode(stored);
    this.states.set(customerId, state);
    return state;
  }
}

/** Key for events of the same turn: the time is left out, so topic and then offset decide. */
function timeless(waiting: PendingEvent): { timeS: number; topic: number; offset: number } {
  return { timeS: 0, topic: waiting.topic, offset: waiting.offset };
}
