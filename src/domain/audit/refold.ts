import { EVENT_TOPICS, INPUT_ROLES, type TopicIndex } from '../event';
import { chainHash } from '../math/hash';
import type { Rescored, Scorer } from '../scoring/scorer';
import { emptyState, foldEvent, type SequenceState } from '../state/sequence-state';
import { NEVER_S } from '../state/summary';
import type { ClvUpdate } from '../update';
import type { AuditedInputs } from './audited-inputs';
import type { StateShelf } from './state-shelf';

/** Maximum number of unpacked states in memory, about 4 kB each. */
const LIVE_STATES = 20_000;

/** One event that an update includes for the first time. */
export interface Step {
  readonly topic: TopicIndex;
  readonly offset: number;
  readonly timeS: number;
  /** The newest event of its topic that the update includes. */
  readonly lastOfTopic: boolean;
}

export interface Advanced {
  /** The latest event time among the steps, seconds. NEVER_S for none. */
  readonly latestS: number;
  /** The model's result for the last step. null if nothing was scored. */
  readonly rescored: Rescored | null;
  /** An event was inserted among or before the kept ones. */
  readonly late: boolean;
  /** The steps belong to several topics, so their order is unknown. */
  readonly mixed: boolean;
  /** Events were dropped from the window. */
  readonly truncated: boolean;
}

interface Kept {
  state: SequenceState;
  /** By TopicIndex: the offset that was folded last; −1 for none. */
  lastOffsets: number[];
}

/** Folds the customers' events again, in the order that their updates show. */
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

  /** A copy to return to. */
  copyOf(customerId: string): { readonly blob: Uint8Array; readonly lastOffsets: number[] } {
    const { state, lastOffsets } = this.keptOf(customerId);
    return { blob: this.shelf.pack(state), lastOffsets: [...lastOffsets] };
  }

  restore(customerId: string, { blob, lastOffsets }: ReturnType<Refold['copyOf']>): void {
    this.live.set(customerId, { state: this.shelf.unpack(blob), lastOffsets: [...lastOffsets] });
  }

  /** The events that an update includes beyond the state, in fold order; or the field that contradicts the input. */
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

  /** Folds the steps of {@link plan}. With a scorer, each step is scored. `window`: N of the window, which keeps at most 2N − 1 events. */
  advance(customerId: string, steps: readonly Step[], scorer: Scorer | null, window: number): Advanced {
    const { state, lastOffsets } = this.keptOf(customerId);
    let latestS = NEVER_S;
    let rescored: Rescored | null = null;
    let late = false;
    // Without a scorer, h and c are not updated. So the next scorer must replay the window.
    if (scorer === null) state.encoderVersion = '';
    for (const { topic, offset, timeS } of steps) {
      const event = this.inputs.event(topic, offset);
      const position = { topic, offset, partition: 0 };
      // Repeats were removed before. The event ids are not kept, so the identities must not be compared.
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

  /** Packs the older half of the unpacked states: those that were unpacked first. */
  private shelve(): void {
    for (const [customerId, { state, lastOffsets }] of this.live) {
      if (this.live.size <= LIVE_STATES / 2) return;
      this.packed.set(customerId, { blob: this.shelf.pack(state), lastOffsets });
      this.live.delete(customerId);
    }
  }
}

/** Merges topics by event time while each stays in offset order, as the scorer does. The update's own event comes last. */
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
