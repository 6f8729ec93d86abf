import type { Profile } from '../attributes';
import { boundedSum } from '../bounded-sum';
import { type CustomerEvent, EVENT_KINDS, INPUT_ROLES, isMoneyKind, type SourcePosition } from '../event';
import { chainHash, textHash } from '../math/hash';
import type { FoldedCount, ValueTier } from '../update';
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

/** Event ids remembered per customer and topic. Producers resend their latest records after a retry or a restart. */
export const REPEATS_REMEMBERED = 8;

/** The value that was last published for a customer. */
export interface PublishedValue {
  /** 365-day CLV, major units. */
  value: number;
  asOfS: number;
  modelVersion: string;
  /** The state was rolled back and refolded since. The published record may therefore differ from this value. */
  refolded: boolean;
  /** Value tier of the last published update. Missing if it was published below the format level that keeps tiers. */
  tier?: ValueTier | undefined;
}

/** One customer's rolling state, as the store keeps it. The code that loads it owns it and changes it in place. */
export interface SequenceState {
  window: EventWindow;
  summary: RunningSummary;
  /** Attributes of the customer; null before the first profile record. */
  profile: Profile | null;
  /** The encoder that made h and c; '' before the first step. If it is not the model's encoder, the window is replayed. */
  encoderVersion: string;
  hidden: Float32Array; // [L·H], lowest layer first
  cell: Float32Array; // [L·H] of the LSTM, [0] of the others
  /** By TopicIndex; the entry of the tick topic stays empty. */
  folded: FoldedCount[];
  /**
   * Identities of the newest folded events, oldest first, by TopicIndex. They recognise records that a producer sent twice. Each topic
   * has its own list, so the result does not depend on how topics interleave, which can change after a roll-back.
   */
  recent: number[][]; // [INPUT_ROLES][0 … REPEATS_REMEMBERED]
  published: PublishedValue | null;
}

/** `units`: initial length of h and c. The scorer resizes them for its network at the first step. */
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

/** Result of a fold. `step` says how to update the recurrent state: one step on, replay the window, or leave it. */
export interface FoldOutcome {
  /** 'repeated': a producer's repeat, not folded. 'aside': a profile, which does not enter the window. */
  readonly window: WindowOutcome | 'repeated' | 'aside';
  readonly step: 'on' | 'replay' | 'none';
  /** Orders that this event voided: refunded in full within a day. */
  readonly voided: number;
}

/**
 * Folds one event into window, summary and counts, in place. A repeat changes nothing. The caller updates the recurrent state; the
 * trainer folds without one. `n`: the window keeps n to 2n events.
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
 * The record with the higher offset wins, not the one with the later event time. Compaction also keeps the highest offset, so a fold of
 * the compacted topic ends in the same state. Profiles enter no count and no hash: after compaction nobody could check them.
 */
function foldProfile(state: SequenceState, event: CustomerEvent, { offset }: SourcePosition): FoldOutcome {
  if (state.profile === null || offset > state.profile.offset) {
    state.profile = { attributes: event.attributes ?? null, offset };
  }
  return { window: 'aside', step: 'none', voided: 0 };
}

/** Whether the event can take part in voiding an order. */
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

/** 32 bits over event id, kind and the producer's event time. Against 8 remembered identities, one event in 2^29 is taken for a repeat by mistake. */
export function identityOf(event: CustomerEvent): number {
  const { eventId, timeS, statedS = timeS } = event;
  return chainHash(chainHash(textHash(eventId), statedS), EVENT_KINDS.indexOf(event.kind));
}
