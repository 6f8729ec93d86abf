import type { OffsetVector } from '../domain/event';
import { type EmittedVerdict, judgeEmitted } from './emitted';
import { behind, greater, isZero } from './offset-vector';
import type { ClaimFacts, Command, Covering, Machine, MachineSettings } from './protocol';

/** How a partition goes into service after the claim: what was lost or overruled, and at which offsets folding goes on. */

/**
 * True if the group's offsets are below what is published, or beyond it without the records that went with them. Both are impossible after
 * a correct read, because one transaction moves records and offsets. So all witnesses must be read again.
 */
export function areDoubtful<R extends Covering>(
  machine: Machine<R>,
  claim: ClaimFacts<R>,
  settings: MachineSettings,
): boolean {
  const { stale, unshown } = verdictOf(machine, claim);
  return settings.transactional && stale.length + unshown.length > 0;
}

/** The machine in phase 'running' or 'halted', and the losses to report. */
export function enter<R extends Covering>(
  machine: Machine<R>,
  claim: ClaimFacts<R>,
  logStart: OffsetVector,
  settings: MachineSettings,
): [Machine<R>, readonly Command<R>[]] {
  const { meta } = claim;
  const verdict = verdictOf(machine, claim);
  const nothing = logStart.map(() => 0);
  const overruled = overrulings<R>(machine, verdict, settings);
  const lost = losses<R>(machine, claim, verdict.emitted, logStart, settings);
  const reports = [...overruled, ...lost];
  if (lost.some((command) => command.policy === 'halt')) return [{ ...machine, phase: 'halted' }, reports];
  const running: Machine<R> = {
    ...machine,
    phase: 'running',
    epoch: claim.epoch,
    commitId: meta?.commitIds.at(-1) ?? '',
    // Without a state, everything that is still in the log is folded again. Records that the emitted offsets cover are not published again.
    folded: greater(meta?.folded ?? nothing, logStart),
    emitted: greater(verdict.emitted, nothing),
    // Overruled offsets are corrected at once, so that the next owner reads valid ones. The same holds for a log that was cut.
    owesEmitted:
      machine.emitted === null || overruled.length > 0 || lost.some(({ reason }) => reason === 'log-truncated'),
    outbox: claim.outbox,
  };
  return [running, reports];
}

function verdictOf<R extends Covering>(
  { emitted, unmarked, withRecords, tail }: Machine<R>,
  { meta }: ClaimFacts<R>,
): EmittedVerdict {
  return judgeEmitted({ emitted, unmarked, withRecords, published: meta?.published ?? null, tail });
}

type CommandOf<R extends Covering, T extends Command<R>['type']> = Extract<Command<R>, { type: T }>;

function overrulings<R extends Covering>(
  { emitted: group }: Machine<R>,
  { emitted, stale, moved, unshown }: EmittedVerdict,
  { transactional }: MachineSettings,
): CommandOf<R, 'offsets-overruled'>[] {
  // If the group has no offsets at all, they have expired. That loss has its own report.
  if (group === null) return [];
  const causes = [
    { reason: 'stale' as const, topics: transactional ? stale : [] },
    { reason: 'moved' as const, topics: moved },
    { reason: 'unshown' as const, topics: unshown },
  ];
  return causes
    .filter(({ topics }) => topics.length > 0)
    .map((cause) => ({ type: 'offsets-overruled', ...cause, group, emitted }));
}

function losses<R extends Covering>(
  { emitted: group }: Machine<R>,
  { meta, logEnd }: ClaimFacts<R>,
  emitted: OffsetVector,
  logStart: OffsetVector,
  { onStateLost, onOffsetsExpired, onLogLost }: MachineSettings,
): CommandOf<R, 'lost'>[] {
  const lost: CommandOf<R, 'lost'>[] = [];
  const report = (loss: Omit<CommandOf<R, 'lost'>, 'type' | 'topics'>) =>
    lost.push({ type: 'lost', topics: behind(loss.from, loss.to), ...loss });
  // The emitted offsets are first written as zeros, before anything is folded. So any other value shows that this partition had a state.
  const known = greater(emitted, group ?? []);
  const hadState = !isZero(known);
  if (meta === null && hadState) {
    report({ reason: 'state-lost', policy: onStateLost, from: logStart.map(() => 0), to: known });
  }
  if (meta !== null && group === null) {
    report({ reason: 'offsets-expired', policy: onOffsetsExpired, from: emitted, to: meta.folded });
  }
  const needed = meta?.folded ?? (hadState ? emitted : logStart);
  if (behind(needed, logStart).length > 0) {
    report({ reason: 'log-lost', policy: onLogLost, from: needed, to: logStart });
  }
  // After a roll-back the folded offsets are below the emitted ones. Then new records between the cut and the emitted offsets would count
  // as published.
  const reached = greater(meta?.folded ?? [], emitted);
  if (meta !== null && logEnd !== undefined && behind(logEnd, reached).length > 0) {
    // Goes on at the folded offsets: what the log now holds below them was written over records that were folded.
    const topics = behind(logEnd, reached);
    lost.push({ type: 'lost', reason: 'log-truncated', policy: onLogLost, topics, from: logEnd, to: reached });
  }
  return lost;
}
