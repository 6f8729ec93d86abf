import type { Profile } from '../attributes';
import { boundedSum } from '../bounded-sum';
import { type CustomerEvent, EVENT_KINDS, INPUT_ROLES, isMoneyKind, type SourcePosition } from '../event';
import { chainHash, textHash } from '../math/hash';
import type { FoldedCount } from '../update';
import { addToSummary, emptySummary, type RunningSummary } from './summary';
import { markVoided, NOT_VOIDED, voidedBy } from './voided-orders';
import {
  type EventWindow,
  emptyWindow,
  insertIntoWindow,
  type KeptEvent,
  moveStart,
  type WindowOutcome,
} from './window';

/** An upstream repeats what it sent last, when it lost an answer or started again: so many of a customer's events are told in each topic. */
export const REPEATS_REMEMBERED = 8;

/** What was last said of a customer. */
export interface PublishedValue {
  /** 365-day CLV, major units. */
  value: number;
  asOfS: number;
  modelVersion: string;
  /** The state was rolled back and folded again since, so the record that was published may say otherwise. */
  refolded: boolean;
}

/** One customer's rolling sequence state: what the store keeps, owned and changed in place by whoever loaded it. */
export interface SequenceState {
  window: EventWindow;
  summary: RunningSummary;
  /** What is known of the customer; null while nothing was ever said. */
  profile: Profile | null;
  /** Which encoder h and c come from; '' before the first step. Another one's are re-encoded from the window. */
  encoderVersion: string;
  hidden: Float32Array; // [L·H], lowest layer first
  cell: Float32Array; // [L·H] of the LSTM, [0] of the others
  /** By TopicIndex; that of the ticks stays empty. */
  folded: FoldedCount[];
  /**
   * What tells an upstream's repeat: identities of the newest folded events, oldest first, by TopicIndex. By topic, so that whether a
   * record is a repeat follows from its own topic alone, also where topics interleave in another order after a roll-back.
   */
  recent: number[][]; // [INPUT_ROLES][0 … REPEATS_REMEMBERED]
  published: PublishedValue | null;
}

/** `units`: of h and c to begin with; the scorer brings them to its network's sizes at the first step. */
export function emptyState(units: number): SequenceState {
  return {
    window: emptyWindow(),
    summary: emptySummary(),
    profile: null,
    encoderVersion: '',
    hidden: new Float32Array(units),
    cell: new Float32Array(units),
    folded: Array.from(INPUT_ROLES, () => ({ count: 0, hash: 0 })),
    recent: Array.from(INPUT_ROLES, () => []),
    published: null,
  };
}

/** What a fold did; `step` says how the recurrent state must follow: one step on, a replay from the window start, or not at all. */
export interface FoldOutcome {
  /** 'repeated': an upstream's repeat, not folded. 'aside': a profile, which is no event of the window. */
  readonly window: WindowOutcome | 'repeated' | 'aside';
  readonly step: 'on' | 'replay' | 'none';
  /** Orders that turned out to be voided: refunded in full within a day. */
  readonly voided: number;
}

/**
 * Folds one event into window, summary and counts, in place. A repeat changes nothing. The recurrent state is the caller's:
 * the trainer folds without one. `n`: the window keeps n to 2n events.
 */
export function foldEvent(
  state: SequenceState,
  event: CustomerEvent,
  position: SourcePosition,
  n: number,
): FoldOutcome {
  if (event.kind === 'profile') return foldProfile(state, event, position);
  const recent = state.recent[position.topic]!;
  const identity = identityOf(event);
  if (recent.includes(identity)) return { window: 'repeated', step: 'none', voided: 0 };
  recent.push(identity);
  if (recent.length > REPEATS_REMEMBERED) recent.shift();
  const outcome = insertIntoWindow(state.window, keep(event, position));
  addToSummary(state.summary, event);
  const { count, hash } = state.folded[position.topic]!;
  state.folded[position.topic] = { count: count + 1, hash: chainHash(hash, position.offset) };
  const before = state.summary.voided;
  const marked = isMoney(event) && markVoided(state.window.events);
  const again = moveStart(state.window, n) || outcome === 'inserted' || marked;
  if (isMoney(event)) countVoided(state);
  const voided = Math.max(0, state.summary.voided - before);
  return { window: outcome, step: again ? 'replay' : outcome === 'appended' ? 'on' : 'none', voided };
}

/**
 * The later record wins, by offset and not by event time: compaction keeps the last one by offset, so only then does a fold of what it
 * left end as a fold of everything. In no count and no hash: what compaction takes, nobody could check them against.
 */
function foldProfile(state: SequenceState, event: CustomerEvent, { offset }: SourcePosition): FoldOutcome {
  if (state.profile === null || offset > state.profile.offset) {
    state.profile = { attributes: event.attributes ?? null, offset };
  }
  return { window: 'aside', step: 'none', voided: 0 };
}

/** Only these can take part in voiding an order. */
function isMoney({ kind, amountMinor }: CustomerEvent): boolean {
  return amountMinor > 0 && isMoneyKind(kind);
}

function countVoided({ window, summary }: SequenceState): void {
  const kept = voidedBy(window.events);
  summary.voided = window.start.voided + kept.voided;
  summary.voidedMinor = boundedSum(window.start.voidedMinor, kept.voidedMinor);
}

function keep(event: CustomerEvent, position: SourcePosition): KeptEvent {
  return {
    timeS: event.timeS,
    topic: position.topic,
    offset: position.offset,
    kind: EVENT_KINDS.indexOf(event.kind),
    amountMinor: event.amountMinor,
    items: event.items,
    dwellS: event.dwellS,
    stars: event.stars,
    voided: NOT_VOIDED,
  };
}

/** 32 bits of event id, kind and event time: a false repeat is one in 2^29 events. */
export function identityOf(event: CustomerEvent): number {
  return chainHash(chainHash(textHash(event.eventId), event.timeS), EVENT_KINDS.indexOf(event.kind));
}
