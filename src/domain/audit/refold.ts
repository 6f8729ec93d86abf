import { EVENT_TOPICS, INPUT_ROLES, type TopicIndex } from '../event';
import { chainHash } from '../math/hash';
import type { Rescored, Scorer } from '../scoring/scorer';
import { emptyState, foldEvent, type SequenceState } from '../state/sequence-state';
import { NEVER_S } from '../state/summary';
import type { ClvUpdate } from '../update';
import type { AuditedInputs } from './audited-inputs';
import type { StateShelf } from './state-shelf';

/** States that are kept unpacked at most, some 4 kB each. */
const LIVE_STATES = 20_000;

/** One event that an update shows for the first time. */
export interface Step {
  readonly topic: TopicIndex;
  readonly offset: number;
  readonly timeS: number;
  /** The newest of its topic that the update shows. */
  readonly lastOfTopic: boolean;
}

export interface Advanced {
  /** The latest event time among the steps, seconds; NEVER_S for none. */
  readonly latestS: number;
  /** What the model made of the last step; null where nothing was scored. */
  readonly rescored: Rescored | null;
  /** An event took its place among or before the kept ones. */
  readonly late: boolean;
  /** The steps are of several topics: their order is not told. */
  readonly mixed: boolean;
  /** Events were dropped from the window. */
  readonly truncated: boolean;
}

interface Kept {
  state: SequenceState;
  /** By TopicIndex the offset folded last; −1 for none. */
  lastOffsets: number[];
}

/** Folds the customers' events again, in the order in which their updates say that they were folded. */
export class Refold {
  private readonly live = new Map<string, Kept>();
  private readonly packed = new Map<string, { readonly blob: Uint8Array; readonly lastOffsets: number[] }>();

  constructor(
    private readonly inputs: AuditedInputs,
    private readonly shelf: StateShelf,
  ) {}

  /** The state as of the customer's last update that could be followed. */
  stateOf(customerId: string): SequenceState {
    return this.keptOf(customerId).state;
  }

  /** A copy to go back to. */
  copyOf(customerId: string): { readonly blob: Uint8Array; readonly lastOffsets: number[] } {
    const { state, lastOffsets } = this.keptOf(customerId);
    return { blob: this.shelf.pack(state), lastOffsets: [...lastOffsets] };
  }

  restore(customerId: string, { blob, lastOffsets }: ReturnType<Refold['copyOf']>): void {
    this.live.set(customerId, { state: this.shelf.unpack(blob), lastOffsets: [...lastOffsets] });
  }

  /** The events that an update shows beyond the state, in the order of the fold; or the field that the input does not bear out. */
  plan(update: Pick<ClvUpdate, 'customerId' | 'folded' | 'source'>): Step[] | { readonly field: string } {
    const { customerId, folded } = update;
    const { state, lastOffsets } = this.keptOf(customerId);
    const plan: Step[][] = [];
    for (const topic of EVENT_TOPICS) {
      const claim = folded[topic] ?? { count: 0, hash: 0 };
      let { count, hash } = state.folded[topic]!;
      if (claim.count < count) return { field: `folded.${INPUT_ROLES[topic]}.count` };
      const steps: Step[] = [];
      let offset: number | null = lastOffsets[topic]! < 0 ? null : lastOffsets[topic]!;
      while (count < claim.count) {
        offset = this.inputs.nextOffset(topic, customerId, offset);
        if (offset === null) return { field: `folded.${INPUT_ROLES[topic]}.count` };
        count += 1;
        const { timeS } = this.inputs.event(topic, offset);
        steps.push({ topic, offset, timeS, lastOfTopic: count === claim.count });
        hash = chainHash(hash, offset);
      }
      if (hash !== claim.hash) return { field: `folded.${INPUT_ROLES[topic]}.hash` };
      if (steps.length > 0) plan.push(steps);
    }
    return merged(plan, update.source);
  }

  /** Folds what {@link plan} found; with a scorer each step is scored. `window`: N of the window. */
  advance(customerId: string, steps: readonly Step[], scorer: Scorer | null, window: number): Advanced {
    const { state, lastOffsets } = this.keptOf(customerId);
    let latestS = NEVER_S;
    let rescored: Rescored | null = null;
    let late = false;
    // Without a scorer h and c stay behind: the next one replays the window.
    if (scorer === null) state.encoderVersion = '';
    for (const { topic, offset, timeS } of steps) {
      const event = this.inputs.event(topic, offset);
      const position = { topic, offset, partition: 0 };
      // Repeats were sorted out by the ids of the events, which are not kept.
      state.recent[topic] = [];
      if (scorer !== null) rescored = scorer.fold(state, event, position);
      const outcome = rescored?.outcome ?? foldEvent(state, event, position, window);
      lastOffsets[topic] = offset;
      latestS = Math.max(latestS, timeS);
      late ||= outcome.window === 'inserted' || outcome.window === 'too-late';
    }
    const mixed = new Set(steps.map((step) => step.topic)).size > 1;
    return { latestS, rescored, late, mixed, truncated: state.window.start.timeS !== NEVER_S };
  }

  private keptOf(customerId: string): Kept {
    let kept = this.live.get(customerId);
    if (kept === undefined) {
      const packed = this.packed.get(customerId);
      this.packed.delete(customerId);
      kept =
        packed === undefined
          ? { state: emptyState(0), lastOffsets: INPUT_ROLES.map(() => -1) }
          : { state: this.shelf.unpack(packed.blob), lastOffsets: packed.lastOffsets };
      if (this.live.size >= LIVE_STATES) this.shelve();
      this.live.set(customerId, kept);
    }
    return kept;
  }

  /** The half that was taken out first goes back. */
  private shelve(): void {
    for (const [customerId, { state, lastOffsets }] of this.live) {
      if (this.live.size <= LIVE_STATES / 2) return;
      this.packed.set(customerId, { blob: this.shelf.pack(state), lastOffsets });
      this.live.delete(customerId);
    }
  }
}

/** Topics merged by event time while each stays in offset order, as the scorer merges them; the update's own event comes last. */
function merged(plan: readonly Step[][], own: { readonly topic: number; readonly offset: number }): Step[] {
  if (plan.length <= 1) return plan[0] ?? [];
  const queues = plan.map((steps) => [...steps]);
  const order: Step[] = [];
  const isOwn = (step: Step) => step.topic === own.topic && step.offset === own.offset;
  for (;;) {
    const waiting = queues.filter((queue) => queue.length > 0);
    if (waiting.length === 0) return order;
    const others = waiting.filter((queue) => !isOwn(queue[0]!));
    const earliest = (others.length > 0 ? others : waiting).reduce((first, other) =>
      other[0]!.timeS < first[0]!.timeS ? other : first,
    );
    order.push(earliest.shift()!);
  }
}
