import type { Beat, LeaseView, TakeOver } from '../domain/lease';
import { newWatch, type Watch, type WatchSettings } from './lease-watch';

/** The types of the lease protocol: state, inputs and commands of one member, all plain values. */

export interface LeaseSettings extends WatchSettings {
  /** A member asks for a partition that a peer took over after its lease was unbroken for so long, ms. So long a fenced owner waits for the table. */
  readonly settleMs: number;
}

/** A fenced owner needs both, learnt after it was fenced. If the table stays away, the group's word alone, after a while. */
export interface Doubt {
  /** ms; −∞ if the group has assigned the partition since. */
  readonly sinceMs: number;
  readonly isGroupHeard: boolean;
  /** An answer of the table named this member as the holder. */
  readonly isLeaseSeen: boolean;
}

export interface LeaseMachine {
  readonly member: string;
  /** Counts the times that this member learnt that it was declared dead. What it knew of the group before counts no more. */
  readonly session: number;
  /** Since when it was neither declared dead nor lost a partition to a peer, ms. */
  readonly steadySinceMs: number;
  /** The session in which the member began to join the group. */
  readonly joiningIn: number;
  /** What the group said last. */
  readonly assigned: ReadonlySet<number>;
  /**
   * What the group said holds in this session: after a join that began in it, or after two signs of life. An answer that was on its way when
   * the session began is the first of them.
   */
  readonly signsOfLife: number;
  /** Newly assigned: served once the table names this member as the holder. */
  readonly starting: ReadonlySet<number>;
  readonly serving: ReadonlySet<number>;
  /** Ceased, and not released yet. */
  readonly ceasing: ReadonlySet<number>;
  /** Ceased in order to hand them to the member that the group assigned them to. */
  readonly promised: ReadonlyMap<number, string>;
  /** Released: the next beat gives them up, or hands them over. */
  readonly frees: ReadonlySet<number>;
  readonly gives: ReadonlyMap<number, string>;
  readonly doubts: ReadonlyMap<number, Doubt>;
  readonly beats: number;
  readonly isFirst: boolean;
  /** The beat on its way. */
  readonly sent: Beat | null;
  /** Beats without an answer, one after the other. */
  readonly failures: number;
  readonly isAble: boolean;
  readonly isTaking: boolean;
  /** Taken over perhaps: the answer was lost. */
  readonly perhapsTaken: readonly number[];
  readonly isStopping: boolean;
  readonly view: LeaseView;
  readonly watch: Watch;
}

export type LeaseInput =
  /** The member begins to join the group. */
  | { readonly type: 'joining' }
  | { readonly type: 'joined'; readonly partitions: readonly number[] }
  /** The group counts the member as alive in its generation. */
  | { readonly type: 'alive'; readonly nowMs: number }
  | { readonly type: 'connected'; readonly up: boolean }
  /** A partition was fenced, and must be confirmed. */
  | { readonly type: 'unsure'; readonly partition: number; readonly nowMs: number }
  | { readonly type: 'beat-due' }
  | {
      readonly type: 'beat-answered';
      readonly wasKnown: boolean;
      readonly view: LeaseView;
      readonly nowMs: number;
    }
  | { readonly type: 'beat-failed' }
  /** `partitions` is null if the table did not answer. */
  | { readonly type: 'taken'; readonly asked: readonly number[]; readonly partitions: readonly number[] | null }
  /** The receiver has released a partition that was ceased. */
  | { readonly type: 'ceased'; readonly partition: number }
  | { readonly type: 'stopping' };

export type LeaseCommand =
  | { readonly type: 'serve'; readonly partition: number }
  | { readonly type: 'cease'; readonly partition: number }
  | { readonly type: 'confirm'; readonly partition: number }
  /** Answered by 'beat-answered' or 'beat-failed'. */
  | { readonly type: 'beat'; readonly beat: Beat }
  /** Answered by 'taken'. */
  | { readonly type: 'take'; readonly take: TakeOver }
  /** Beat as soon as possible. */
  | { readonly type: 'hurry' }
  /** For people: partitions of a silent member were taken over, before the group noticed. */
  | { readonly type: 'took-over'; readonly partitions: readonly number[] }
  /** For people: this member holds the partition no longer, although the group did not take it away. */
  | { readonly type: 'yielded'; readonly partition: number }
  /** For people: the partition goes back to the member that the group assigned it to. */
  | { readonly type: 'handed-back'; readonly partition: number; readonly to: string };

export type LeaseReduced = readonly [LeaseMachine, readonly LeaseCommand[]];

export function newLeaseMachine(member: string, nowMs: number): LeaseMachine {
  return {
    member,
    session: 0,
    steadySinceMs: nowMs,
    joiningIn: 0,
    assigned: new Set(),
    signsOfLife: 0,
    starting: new Set(),
    serving: new Set(),
    ceasing: new Set(),
    promised: new Map(),
    frees: new Set(),
    gives: new Map(),
    doubts: new Map(),
    beats: 0,
    isFirst: true,
    sent: null,
    failures: 0,
    isAble: false,
    isTaking: false,
    perhapsTaken: [],
    isStopping: false,
    view: { members: new Map(), holders: new Map() },
    watch: newWatch,
  };
}
