import type { OffsetVector } from '../domain/event';
import { behind, coversUnpublished, greater } from './offset-vector';

/*
 * The delivery protocol of one partition number over all input topics, as a pure reducer: inputs and commands are values, so that
 * production and simulation run this same code. Two lanes run side by side once positioned: fold → commit, and publish → trim; the
 * outbox between them is bounded. What a crash between two effects costs:
 *   own | claim                 nothing was written
 *   claim | fold                nothing; the next owner claims again
 *   fold | commit               the fold is done again
 *   commit | publish            the outbox blob waits in the store; the next owner publishes it
 *   publish | trim              the next owner sees the blob, drops what E covers, publishes nothing twice
 */

/** A record of the outbox, as far as the machine looks into it. */
export interface Covering {
  readonly covers: OffsetVector;
}

export interface Blob<R extends Covering> {
  readonly cid: string;
  readonly folded: OffsetVector;
  readonly records: readonly R[];
}

export interface ClaimFacts<R extends Covering> {
  readonly epoch: number;
  /** Null where nothing was committed before. */
  readonly meta: {
    readonly cids: readonly string[];
    readonly folded: OffsetVector;
    readonly published: OffsetVector;
  } | null;
  readonly outbox: readonly Blob<R>[];
}

export type Phase =
  | 'idle'
  | 'owning'
  | 'claiming'
  | 'running'
  | 'waiting' // back-off before owning again
  | 'unconfirmed' // fenced: waits until the group confirms that p is ours
  | 'halted'
  | 'released';

/** Why a partition stands still until a person decides. */
export type HaltReason = 'state-lost' | 'offsets-expired' | 'log-lost';
/** What to do then: stand still, or go on from what is left. */
export type LossPolicy = 'halt' | 'continue';

export interface MachineSettings {
  readonly onStateLost: LossPolicy;
  readonly onOffsetsExpired: LossPolicy;
  readonly onLogLost: LossPolicy;
  /** Commits that may wait to be published before folding pauses. */
  readonly maxOutbox: number;
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
}

export const DEFAULT_MACHINE_SETTINGS: MachineSettings = {
  onStateLost: 'halt',
  onOffsetsExpired: 'halt',
  onLogLost: 'halt',
  maxOutbox: 4,
  firstBackoffMs: 100,
  maxBackoffMs: 10_000,
};

export interface Machine<R extends Covering> {
  readonly phase: Phase;
  /** Raised with every attempt to own; answers to an older attempt are ignored. */
  readonly attempt: number;
  readonly failures: number;
  readonly revoking: boolean;
  readonly epoch: number;
  /** The lineage id that the next commit follows. */
  readonly cid: string;
  /** F: next offset to fold, per topic. */
  readonly folded: OffsetVector;
  /** E: everything below is published, per topic; null until owned, or where the group has none. */
  readonly emitted: OffsetVector | null;
  /** True where E must be written once before anything is committed, so that its absence later means that it was lost. */
  readonly owesEmitted: boolean;
  readonly outbox: readonly Blob<R>[];
  readonly fold: 'idle' | 'folding' | 'committing';
  readonly committing: { readonly cid: string; readonly folded: OffsetVector; readonly records: readonly R[] } | null;
  readonly publishing: { readonly cid: string | null; readonly emitted: OffsetVector; readonly blobs: number } | null;
  /** Records are waiting to be folded. */
  readonly available: boolean;
}

export type Input<R extends Covering> =
  | { readonly type: 'assigned' }
  | { readonly type: 'owned'; readonly attempt: number; readonly emitted: OffsetVector | null }
  /** `logStart`: per topic the first offset that the log still holds. */
  | {
      readonly type: 'claimed';
      readonly attempt: number;
      readonly claim: ClaimFacts<R>;
      readonly logStart: OffsetVector;
    }
  | { readonly type: 'ownership-failed'; readonly attempt: number }
  | { readonly type: 'available' }
  /** The shell folded a micro-batch; `records` empty and `folded` unchanged where there was nothing to fold after all. */
  | {
      readonly type: 'folded';
      readonly attempt: number;
      readonly cid: string;
      readonly folded: OffsetVector;
      readonly records: readonly R[];
      readonly more: boolean;
    }
  | {
      readonly type: 'commit-answered';
      readonly attempt: number;
      readonly outcome: 'committed' | 'published' | 'fenced' | 'unknown';
    }
  | {
      readonly type: 'publish-answered';
      readonly attempt: number;
      readonly outcome: 'published' | 'fenced' | 'unknown';
    }
  | { readonly type: 'lineage-answered'; readonly attempt: number; readonly cid: string }
  | { readonly type: 'woken'; readonly attempt: number }
  | { readonly type: 'confirmed' }
  | { readonly type: 'tick' }
  | { readonly type: 'revoked' };

export type Command<R extends Covering> =
  | { readonly type: 'own'; readonly attempt: number }
  | { readonly type: 'claim'; readonly attempt: number }
  | { readonly type: 'position'; readonly folded: OffsetVector }
  | { readonly type: 'fold'; readonly attempt: number; readonly folded: OffsetVector; readonly emitted: OffsetVector }
  | {
      readonly type: 'commit';
      readonly attempt: number;
      readonly epoch: number;
      readonly follows: string;
      readonly cid: string;
      readonly folded: OffsetVector;
      readonly records: readonly R[];
      /** Send again what was sent, after this long (the outcome was unknown). */
      readonly resendAfterMs: number;
    }
  | {
      readonly type: 'publish';
      readonly attempt: number;
      readonly records: readonly R[];
      readonly emitted: OffsetVector;
    }
  | { readonly type: 'trim'; readonly cid: string; readonly published: OffsetVector }
  | { readonly type: 'check-lineage'; readonly attempt: number }
  /** Forget queued records and states, throw the publisher away. */
  | { readonly type: 'drop' }
  | { readonly type: 'wake'; readonly attempt: number; readonly afterMs: number }
  | {
      readonly type: 'lost';
      readonly reason: HaltReason;
      readonly topics: readonly number[];
      readonly policy: LossPolicy;
      readonly from: OffsetVector;
      readonly to: OffsetVector;
    }
  | { readonly type: 'fenced'; readonly by: 'store' | 'log' }
  | { readonly type: 'released' };

export type Reduced<R extends Covering> = readonly [Machine<R>, readonly Command<R>[]];

export function idleMachine<R extends Covering>(): Machine<R> {
  return {
    phase: 'idle',
    attempt: 0,
    failures: 0,
    revoking: false,
    epoch: 0,
    cid: '',
    folded: [],
    emitted: null,
    owesEmitted: false,
    outbox: [],
    fold: 'idle',
    committing: null,
    publishing: null,
    available: false,
  };
}

/** One step of the protocol. Answers to an older attempt change nothing. */
export function reduce<R extends Covering>(
  machine: Machine<R>,
  input: Input<R>,
  settings: MachineSettings,
): Reduced<R> {
  if ('attempt' in input && input.attempt !== machine.attempt) return [machine, []];
  switch (input.type) {
    case 'assigned':
      return own({ ...idleMachine<R>(), attempt: machine.attempt });
    case 'owned':
      return [{ ...machine, phase: 'claiming', emitted: input.emitted }, [{ type: 'claim', attempt: machine.attempt }]];
    case 'claimed':
      return claimed(machine, input.claim, input.logStart, settings);
    case 'ownership-failed':
      return machine.revoking ? release(machine) : backOff(machine, 'waiting', settings);
    case 'available':
      return proceed({ ...machine, available: true }, settings);
    case 'folded':
      return folded(machine, input, settings);
    case 'commit-answered':
      return commitAnswered(machine, input.outcome, settings);
    case 'publish-answered':
      return publishAnswered(machine, input.outcome, settings);
    case 'lineage-answered':
      // Somebody extended the lineage (a zombie's valid fold): its blob waits in the outbox for the owner.
      return machine.phase === 'running' && isIdle(machine) && input.cid !== machine.cid
        ? restart(machine)
        : [machine, []];
    case 'woken':
      return machine.phase === 'waiting' ? own(machine) : [machine, []];
    case 'confirmed':
      return machine.phase === 'unconfirmed' ? backOff(machine, 'waiting', settings) : [machine, []];
    case 'tick':
      if (machine.phase !== 'running' || !isIdle(machine)) return [machine, []];
      return [machine, [{ type: 'check-lineage', attempt: machine.attempt }]];
    case 'revoked':
      return machine.phase === 'running' ? proceed({ ...machine, revoking: true }, settings) : release(machine);
  }
}

function own<R extends Covering>(machine: Machine<R>): Reduced<R> {
  const attempt = machine.attempt + 1;
  return [
    { ...idleMachine<R>(), attempt, failures: machine.failures, phase: 'owning' },
    [{ type: 'drop' }, { type: 'own', attempt }],
  ];
}

function restart<R extends Covering>(machine: Machine<R>): Reduced<R> {
  return machine.revoking ? release(machine) : own(machine);
}

/** Raises the attempt, so that answers still on their way are ignored. */
function backOff<R extends Covering>(
  machine: Machine<R>,
  phase: 'waiting' | 'unconfirmed',
  settings: MachineSettings,
): Reduced<R> {
  const attempt = machine.attempt + 1;
  const waiting = { ...idleMachine<R>(), attempt, phase, failures: machine.failures + 1 };
  if (phase === 'unconfirmed') return [waiting, [{ type: 'drop' }]];
  const afterMs = Math.min(settings.maxBackoffMs, settings.firstBackoffMs * 2 ** Math.min(machine.failures, 20));
  return [waiting, [{ type: 'drop' }, { type: 'wake', attempt, afterMs }]];
}

function release<R extends Covering>(machine: Machine<R>): Reduced<R> {
  const released = { ...idleMachine<R>(), attempt: machine.attempt + 1, phase: 'released' as const };
  return [released, [{ type: 'drop' }, { type: 'released' }]];
}

function claimed<R extends Covering>(
  machine: Machine<R>,
  claim: ClaimFacts<R>,
  logStart: OffsetVector,
  settings: MachineSettings,
): Reduced<R> {
  if (machine.revoking) return release(machine);
  const { meta } = claim;
  const lost: Command<R>[] = [];
  const report = (reason: HaltReason, policy: LossPolicy, from: OffsetVector, to: OffsetVector) =>
    lost.push({ type: 'lost', reason, policy, topics: behind(from, to), from, to });
  const beginning = meta?.folded ?? logStart;
  if (meta === null && machine.emitted !== null && behind(logStart, machine.emitted).length > 0) {
    report('state-lost', settings.onStateLost, logStart, machine.emitted);
  }
  if (meta !== null && machine.emitted === null)
    report('offsets-expired', settings.onOffsetsExpired, meta.published, meta.folded);
  if (behind(beginning, logStart).length > 0) report('log-lost', settings.onLogLost, beginning, logStart);
  if (lost.some((command) => command.type === 'lost' && command.policy === 'halt')) {
    return [{ ...machine, phase: 'halted' }, lost];
  }
  const emitted = greater(machine.emitted ?? logStart, meta?.published ?? logStart);
  const running: Machine<R> = {
    ...machine,
    phase: 'running',
    epoch: claim.epoch,
    cid: meta?.cids.at(-1) ?? '',
    folded: greater(beginning, logStart),
    emitted,
    owesEmitted: machine.emitted === null,
    outbox: claim.outbox,
  };
  const [next, commands] = proceed(running, settings);
  return [next, [...lost, { type: 'position', folded: running.folded }, ...commands]];
}

/** Starts whatever lane is free and has work; lets go of the partition where it is revoked and both lanes are done. */
function proceed<R extends Covering>(machine: Machine<R>, settings: MachineSettings): Reduced<R> {
  if (machine.phase !== 'running') return [machine, []];
  let next = machine;
  const commands: Command<R>[] = [];
  const emitted = machine.emitted!;
  if (next.publishing === null && (next.outbox.length > 0 || next.owesEmitted)) {
    const records = next.outbox.flatMap((blob) =>
      blob.records.filter((record) => coversUnpublished(record.covers, emitted)),
    );
    const newest = next.outbox.at(-1);
    const reached = newest === undefined ? emitted : greater(emitted, newest.folded);
    if (records.length === 0 && !next.owesEmitted && behind(emitted, reached).length === 0) {
      // Everything in these blobs was published before (a crash between publish and trim, or a roll-back): only trim.
      commands.push({ type: 'trim', cid: newest!.cid, published: reached });
      next = { ...next, outbox: [] };
    } else {
      next = { ...next, publishing: { cid: newest?.cid ?? null, emitted: reached, blobs: next.outbox.length } };
      commands.push({ type: 'publish', attempt: next.attempt, records, emitted: reached });
    }
  }
  const mayFold =
    next.fold === 'idle' && !next.owesEmitted && !next.revoking && next.outbox.length < settings.maxOutbox;
  if (mayFold && next.available) {
    commands.push({ type: 'fold', attempt: next.attempt, folded: next.folded, emitted });
    next = { ...next, fold: 'folding', available: false };
  }
  if (next.revoking && isIdle(next)) return append(release(next), commands);
  return [next, commands];
}

function append<R extends Covering>([machine, after]: Reduced<R>, before: readonly Command<R>[]): Reduced<R> {
  return [machine, [...before, ...after]];
}

function isIdle<R extends Covering>(machine: Machine<R>): boolean {
  return machine.fold === 'idle' && machine.publishing === null && machine.outbox.length === 0;
}

function folded<R extends Covering>(
  machine: Machine<R>,
  input: Extract<Input<R>, { type: 'folded' }>,
  settings: MachineSettings,
): Reduced<R> {
  if (machine.fold !== 'folding') return [machine, []];
  const available = machine.available || input.more;
  const nothing = input.records.length === 0 && behind(machine.folded, input.folded).length === 0;
  // Revoked meanwhile: nothing is stored yet, so the next owner folds it.
  if (machine.revoking || nothing) return proceed({ ...machine, fold: 'idle', available }, settings);
  const committing = { cid: input.cid, folded: input.folded, records: input.records };
  return [{ ...machine, fold: 'committing', committing, available }, [commitCommand({ ...machine, committing }, 0)]];
}

function commitCommand<R extends Covering>(machine: Machine<R>, resendAfterMs: number): Command<R> {
  const { attempt, epoch, cid: follows } = machine;
  return { type: 'commit', attempt, epoch, follows, ...machine.committing!, resendAfterMs };
}

function commitAnswered<R extends Covering>(
  machine: Machine<R>,
  outcome: 'committed' | 'published' | 'fenced' | 'unknown',
  settings: MachineSettings,
): Reduced<R> {
  const { committing } = machine;
  if (committing === null) return [machine, []];
  switch (outcome) {
    case 'unknown': {
      // The same cid again: a commit that did go through answers as it did then.
      const failures = machine.failures + 1;
      const afterMs = Math.min(settings.maxBackoffMs, settings.firstBackoffMs * 2 ** Math.min(machine.failures, 20));
      return [{ ...machine, failures }, [commitCommand(machine, afterMs)]];
    }
    case 'fenced':
      return append(machine.revoking ? release(machine) : backOff(machine, 'unconfirmed', settings), [
        { type: 'fenced', by: 'store' },
      ]);
    case 'published':
    case 'committed': {
      const { cid, folded: reached } = committing;
      const done = { ...machine, cid, folded: reached, fold: 'idle' as const, committing: null, failures: 0 };
      if (outcome === 'published') return proceed({ ...done, emitted: greater(machine.emitted!, reached) }, settings);
      return proceed({ ...done, outbox: [...machine.outbox, committing] }, settings);
    }
  }
}

function publishAnswered<R extends Covering>(
  machine: Machine<R>,
  outcome: 'published' | 'fenced' | 'unknown',
  settings: MachineSettings,
): Reduced<R> {
  const { publishing } = machine;
  if (publishing === null) return [machine, []];
  if (outcome === 'unknown') return machine.revoking ? release(machine) : backOff(machine, 'waiting', settings);
  if (outcome === 'fenced') {
    return append(machine.revoking ? release(machine) : backOff(machine, 'unconfirmed', settings), [
      { type: 'fenced', by: 'log' },
    ]);
  }
  const published: Machine<R> = {
    ...machine,
    emitted: publishing.emitted,
    owesEmitted: false,
    outbox: machine.outbox.slice(publishing.blobs),
    publishing: null,
    failures: 0,
  };
  const trim: Command<R>[] =
    publishing.cid === null ? [] : [{ type: 'trim', cid: publishing.cid, published: publishing.emitted }];
  return append(proceed(published, settings), trim);
}
