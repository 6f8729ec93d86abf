import type { OffsetVector } from '../domain/event';
import { areDoubtful, enter } from './entry';
import { behind, coversUnpublished, greater } from './offset-vector';
import {
  type ClaimFacts,
  type Command,
  type Covering,
  type Input,
  idleMachine,
  type Machine,
  type MachineSettings,
  type Phase,
  type Reduced,
} from './protocol';
import { type StartedAnew, startAnew } from './start-anew';

export {
  type Blob,
  type ClaimFacts,
  type Command,
  type Covering,
  DEFAULT_MACHINE_SETTINGS,
  type GroupOffsets,
  type HaltReason,
  type Input,
  idleMachine,
  type LossPolicy,
  type Machine,
  type MachineSettings,
  type OutputTail,
  type Phase,
  type Reduced,
} from './protocol';

/*
 * The delivery protocol of one partition number over all input topics, as a pure reducer. Inputs and commands are values, so production
 * and simulation run the same code. Once positioned, two lanes run in parallel: fold → commit, and publish → trim. The outbox between
 * them is bounded. Cost of a crash between two effects:
 *   own | claim                 nothing was written
 *   claim | fold                nothing; the next owner claims again
 *   fold | commit               the fold is done again
 *   commit | publish            the outbox blob waits in the store; the next owner publishes it
 *   publish | trim              the next owner sees the blob, drops what E covers, publishes nothing twice
 */

/** Phases in which an attempt to own is under way. */
const ATTEMPTING: readonly Phase[] = ['owning', 'claiming', 'running'];

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
    case 'owned': {
      const { emitted, unmarked, withRecords, tail } = input;
      return [
        { ...machine, phase: 'claiming', emitted, unmarked, withRecords, tail },
        [{ type: 'claim', attempt: machine.attempt }],
      ];
    }
    case 'emitted-read':
      return emittedRead(machine, input, settings);
    case 'claimed':
      return claimed(machine, input.claim, input.logStart, settings);
    case 'claim-refused':
      if (machine.phase !== 'claiming') return [machine, []];
      return [{ ...idleMachine<R>(), attempt: machine.attempt + 1, phase: 'halted' }, [{ type: 'drop' }]];
    case 'ownership-failed':
      // A defect of the shell can send this at any time. It must not wake a released or halted machine.
      if (!ATTEMPTING.includes(machine.phase)) return [machine, []];
      return machine.revoking ? release(machine) : backOff(machine, 'waiting', settings);
    case 'available':
      return proceed({ ...machine, available: true }, settings);
    case 'folded':
      return folded(machine, input, settings);
    case 'commit-answered':
      return commitAnswered(machine, input.outcome, settings);
    case 'publish-answered':
      return publishAnswered(machine, input.outcome, settings);
    case 'commit-chain-answered':
      // Another owner extended the commit chain (a fold of a replaced owner, whose blob waits for the valid owner), or the chain was rolled
      // back. An idle machine may itself be the replaced owner. So it acts as if fenced, and the group decides who owns the partition.
      return machine.phase === 'running' && isIdle(machine) && input.commitId !== machine.commitId
        ? fenced(machine, 'store', settings)
        : [machine, []];
    case 'woken':
      return machine.phase === 'waiting' ? own(machine) : [machine, []];
    case 'confirmed':
      return machine.phase === 'unconfirmed' ? backOff(machine, 'waiting', settings) : [machine, []];
    case 'log-changed':
      return machine.phase === 'running' ? proceed({ ...machine, reclaiming: true }, settings) : [machine, []];
    case 'tick':
      if (machine.phase !== 'running' || !isIdle(machine)) return [machine, []];
      return [machine, [{ type: 'check-commit-chain', attempt: machine.attempt }]];
    case 'revoked':
      if (machine.phase === 'released') return [machine, []];
      return machine.phase === 'running' ? proceed({ ...machine, revoking: true }, settings) : release(machine);
  }
}

function own<R extends Covering>(machine: Machine<R>, doubtsEmitted = false): Reduced<R> {
  const attempt = machine.attempt + 1;
  return [
    { ...idleMachine<R>(), attempt, failures: machine.failures, phase: 'owning', doubtsEmitted },
    [{ type: 'drop' }, { type: 'own', attempt }],
  ];
}

function backOffMs(failures: number, { firstBackoffMs, maxBackoffMs }: MachineSettings): number {
  return Math.min(maxBackoffMs, firstBackoffMs * 2 ** Math.min(failures, 20));
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
  const afterMs = backOffMs(machine.failures, settings);
  return [waiting, [{ type: 'drop' }, { type: 'wake', attempt, afterMs }]];
}

/**
 * Another process acts as owner. This one may own again only after the group confirms it. Otherwise a replaced owner would fence the valid
 * one for ever.
 */
function fenced<R extends Covering>(machine: Machine<R>, by: 'store' | 'log', settings: MachineSettings): Reduced<R> {
  return append(machine.revoking ? release(machine) : backOff(machine, 'unconfirmed', settings), [
    { type: 'fenced', by },
  ]);
}

function release<R extends Covering>(machine: Machine<R>): Reduced<R> {
  const released = { ...idleMachine<R>(), attempt: machine.attempt + 1, phase: 'released' as const };
  return [released, [{ type: 'drop' }, { type: 'released' }]];
}

/** The newest read counts, marks included. A mix with an earlier read could follow offsets that somebody has corrected meanwhile. */
function emittedRead<R extends Covering>(
  machine: Machine<R>,
  { emitted, unmarked, withRecords, tail }: Extract<Input<R>, { type: 'emitted-read' }>,
  settings: MachineSettings,
): Reduced<R> {
  const { rereading } = machine;
  if (rereading === null) return [machine, []];
  const read = emitted === null ? {} : { emitted, unmarked, withRecords, tail };
  const next = { ...machine, ...read, rereading: null, reread: machine.reread + 1 };
  return claimed(next, rereading.claim, rereading.logStart, settings);
}

function claimed<R extends Covering>(
  machine: Machine<R>,
  claim: ClaimFacts<R>,
  logStart: OffsetVector,
  settings: MachineSettings,
): Reduced<R> {
  const anew = startAnew(machine, claim, logStart, settings);
  if (anew !== null) return restarted(anew, claim, logStart, settings);
  const { emitted, attempt, reread } = machine;
  if (claim.meta !== null && emitted === null && !machine.doubtsEmitted) return own(machine, true);
  if (areDoubtful(machine, claim, settings) && reread < settings.emittedReads) {
    const afterMs = backOffMs(reread, settings);
    return [{ ...machine, rereading: { claim, logStart } }, [{ type: 'read-emitted', attempt, afterMs }]];
  }
  const [next, reports] = enter(machine, claim, logStart, settings);
  if (next.phase === 'halted') return [next, reports];
  return append(proceed(next, settings), [...reports, { type: 'position', folded: next.folded }]);
}

function restarted<R extends Covering>(
  { machine, claim, report }: StartedAnew<R>,
  original: ClaimFacts<R>,
  logStart: OffsetVector,
  settings: MachineSettings,
): Reduced<R> {
  if (report.policy === 'halt') return [{ ...machine, phase: 'halted' }, [report]];
  const [next, commands] = claimed(machine, claim, logStart, settings);
  // All offsets are read again, and everything is evaluated again with them.
  if (next.rereading !== null) return [{ ...next, rereading: { claim: original, logStart } }, commands];
  // The group's offsets in those topics belong to the previous log. They are written again before anything is folded.
  if (next.phase !== 'running') return [next, [report, ...commands]];
  return append(proceed({ ...next, owesEmitted: true }, settings), [report, ...commands]);
}

/** Starts every free lane that has work. Releases the partition if it is revoked and both lanes are done. */
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
      // Everything in these blobs was published before: a crash between publish and trim, or a roll-back. Only trim them.
      commands.push({ type: 'trim', commitId: newest!.commitId, published: reached });
      next = { ...next, outbox: [] };
    } else {
      next = {
        ...next,
        publishing: { commitId: newest?.commitId ?? null, emitted: reached, blobs: next.outbox.length },
      };
      commands.push({ type: 'publish', attempt: next.attempt, records, emitted: reached });
    }
  }
  const mayFold =
    next.fold === 'idle' &&
    !next.owesEmitted &&
    !next.revoking &&
    !next.reclaiming &&
    next.outbox.length < settings.maxOutbox;
  if (mayFold && next.available) {
    commands.push({ type: 'fold', attempt: next.attempt, folded: next.folded, emitted });
    next = { ...next, fold: 'folding', available: false };
  }
  if (next.revoking && isIdle(next)) return append(release(next), commands);
  if (next.reclaiming && isIdle(next)) return append(own(next), commands);
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
  // Revoked meanwhile. Nothing is stored yet, so the next owner folds it.
  if (machine.revoking || nothing) return proceed({ ...machine, fold: 'idle', available }, settings);
  // The states belong to another commit: a fold that was rolled back since, or a stale replica. A commit must not mix them with this
  // commit's folded offsets. The store could not detect that.
  if (input.loadedAt !== undefined && input.loadedAt !== machine.commitId) return fenced(machine, 'store', settings);
  const committing = { commitId: input.commitId, folded: input.folded, records: input.records };
  return [{ ...machine, fold: 'committing', committing, available }, [commitCommand({ ...machine, committing }, 0)]];
}

function commitCommand<R extends Covering>(machine: Machine<R>, resendAfterMs: number): Command<R> {
  const { attempt, epoch, commitId: follows } = machine;
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
      // The same commit id again: if the commit did succeed, the store returns the same answer.
      const failures = machine.failures + 1;
      const afterMs = backOffMs(machine.failures, settings);
      return [{ ...machine, failures }, [commitCommand(machine, afterMs)]];
    }
    case 'fenced':
      return fenced(machine, 'store', settings);
    case 'published':
    case 'committed': {
      const { commitId, folded: reached } = committing;
      const done = { ...machine, commitId, folded: reached, fold: 'idle' as const, committing: null, failures: 0 };
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
  if (outcome === 'fenced') return fenced(machine, 'log', settings);
  const published: Machine<R> = {
    ...machine,
    emitted: publishing.emitted,
    owesEmitted: false,
    outbox: machine.outbox.slice(publishing.blobs),
    publishing: null,
    failures: 0,
  };
  const trim: Command<R>[] =
    publishing.commitId === null
      ? []
      : [{ type: 'trim', commitId: publishing.commitId, published: publishing.emitted }];
  return append(proceed(published, settings), trim);
}
