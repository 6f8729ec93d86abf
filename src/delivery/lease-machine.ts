import type { Beat } from '../domain/lease';
import type { Doubt, LeaseCommand, LeaseInput, LeaseMachine, LeaseReduced, LeaseSettings } from './lease-protocol';
import { heirs, silentMembers, watched } from './lease-watch';

/*
 * Which partitions one member of the consumer group serves, from what the group says and from the lease table beside it, as a pure reducer.
 * A peer takes the partitions of a silent member over long before the group notices. That is safe with any owner at any time, because fencing
 * keeps the deliveries right. The rules only keep two members from taking a partition from each other in turn:
 *   - a new assignment of the group goes before the table, unless the member was declared dead since it began to join;
 *   - otherwise the holder in the table serves. A member that finds another holder yields;
 *   - it serves again when group and table agree on it. The holder hands the partition back once the other has been alive for a while.
 * While the table is unreachable, the group alone decides. Only a fenced owner waits: the one that fenced it may reach the table.
 */
export function reduceLease(machine: LeaseMachine, input: LeaseInput, settings: LeaseSettings): LeaseReduced {
  switch (input.type) {
    case 'joining':
      return [{ ...machine, joiningIn: machine.session }, []];
    case 'joined':
      return joined(machine, new Set(input.partitions), settings);
    case 'alive':
      return alive(machine, input.nowMs, settings);
    case 'connected':
      return [{ ...machine, isAble: input.up }, []];
    case 'unsure': {
      if (!machine.serving.has(input.partition)) return [machine, []];
      const doubt: Doubt = { sinceMs: input.nowMs, isGroupHeard: false, isLeaseSeen: false };
      return [{ ...machine, doubts: new Map(machine.doubts).set(input.partition, doubt) }, [{ type: 'hurry' }]];
    }
    case 'beat-due':
      return beat(machine, settings);
    case 'beat-answered':
      return answered(machine, input, settings);
    case 'beat-failed':
      return failed(machine);
    case 'taken':
      return taken({ ...machine, isTaking: false }, input);
    case 'ceased':
      return ceased(machine, input.partition);
    case 'stopping':
      return cease({ ...machine, isStopping: true, starting: new Set() }, [...machine.serving]);
  }
}

/** After a pause, the time-out of a beat may be noticed before its answer. So one beat without an answer proves nothing. */
const FAILURES_OF_A_TABLE_AWAY = 2;
const HEARD = 2;

const isAway = ({ failures }: LeaseMachine): boolean => failures >= FAILURES_OF_A_TABLE_AWAY;
const isGroupHeard = ({ signsOfLife }: LeaseMachine): boolean => signsOfLife >= HEARD;

function joined(machine: LeaseMachine, assigned: ReadonlySet<number>, settings: LeaseSettings): LeaseReduced {
  if (machine.isStopping) return [machine, []];
  const isCurrent = machine.joiningIn === machine.session;
  const owed = isCurrent ? [...machine.starting].filter((partition) => assigned.has(partition)) : [];
  const [kept, ceases] = cease(
    { ...machine, assigned, signsOfLife: isCurrent ? HEARD : 0, starting: new Set(owed) },
    [...machine.serving].filter((partition) => !assigned.has(partition)),
  );
  if (!isCurrent) return [kept, ceases];
  const fresh = [...assigned].filter((partition) => !kept.serving.has(partition));
  const starting = union(kept.starting, fresh);
  const [next, serves] = isAway(machine) ? serveAway({ ...kept, starting }) : [{ ...kept, starting }, []];
  const doubts = new Map([...next.doubts].map(([p, doubt]) => [p, { ...doubt, sinceMs: Number.NEGATIVE_INFINITY }]));
  const [heard, confirms] = alive({ ...next, doubts }, 0, settings);
  return [heard, [...ceases, ...serves, ...confirms, { type: 'hurry' }]];
}

/** The group counts the member as alive: what it assigned still holds. */
function alive(machine: LeaseMachine, nowMs: number, settings: LeaseSettings): LeaseReduced {
  const doubts = new Map([...machine.doubts].map(([p, doubt]) => [p, { ...doubt, isGroupHeard: true }]));
  return confirmed({ ...machine, signsOfLife: machine.signsOfLife + 1, doubts }, nowMs, settings);
}

function confirmed(machine: LeaseMachine, nowMs: number, { settleMs }: LeaseSettings): LeaseReduced {
  const isSettled = ({ isGroupHeard, isLeaseSeen, sinceMs }: Doubt) =>
    isGroupHeard && (isLeaseSeen || (isAway(machine) && nowMs - sinceMs >= settleMs));
  const settled = [...machine.doubts].filter(([, doubt]) => isSettled(doubt)).map(([partition]) => partition);
  return [
    { ...machine, doubts: new Map([...machine.doubts].filter(([partition]) => !settled.includes(partition))) },
    settled.map((partition) => ({ type: 'confirm', partition })),
  ];
}

function beat(machine: LeaseMachine, { settleMs }: LeaseSettings): LeaseReduced {
  const { member, isFirst, isAble, starting, frees, gives, assigned, serving, ceasing } = machine;
  if (machine.sent !== null) return [machine, []];
  const agreed = isGroupHeard(machine) && !machine.isStopping ? [...assigned] : [];
  const nowMs = machine.watch.answeredAtMs ?? machine.steadySinceMs;
  const hasSettled = nowMs - machine.steadySinceMs >= settleMs;
  const request: Beat = {
    member,
    beats: machine.beats + 1,
    isAble: isAble && !machine.isStopping,
    wants: hasSettled ? agreed.filter((partition) => isHeldByOther(machine, partition)) : [],
    isFirst,
    frees: [...frees],
    gives: [...gives].map(([partition, to]) => ({ partition, to })),
    takes: isFirst ? [] : [...starting],
    fills: [...new Set([...serving, ...agreed])].filter((partition) => !ceasing.has(partition)),
  };
  return [{ ...machine, beats: request.beats, sent: request }, [{ type: 'beat', beat: request }]];
}

function isHeldByOther({ view, member, serving, starting }: LeaseMachine, partition: number): boolean {
  const holder = view.holders.get(partition);
  return holder !== undefined && holder !== member && !serving.has(partition) && !starting.has(partition);
}

/** If the table stays away, the group alone decides. */
function failed(machine: LeaseMachine): LeaseReduced {
  const next = { ...machine, sent: null, failures: machine.failures + 1 };
  if (!isAway(next) || next.isStopping) return [next, []];
  return serveAway(next);
}

/** They stay in `starting`: once the table is back, it must learn of the assignment. */
function serveAway(machine: LeaseMachine): LeaseReduced {
  const [next, serves] = serve(machine, [...machine.starting]);
  return [{ ...next, starting: machine.starting }, serves];
}

function taken(machine: LeaseMachine, { asked, partitions }: Extract<LeaseInput, { type: 'taken' }>): LeaseReduced {
  if (partitions === null) return [{ ...machine, perhapsTaken: asked }, []];
  if (machine.isStopping) return [{ ...machine, frees: union(machine.frees, partitions) }, []];
  return adopt(machine, partitions);
}

function adopt(machine: LeaseMachine, partitions: readonly number[]): LeaseReduced {
  const [next, serves] = serve(machine, partitions);
  return [next, partitions.length === 0 ? [] : [{ type: 'took-over', partitions }, ...serves]];
}

function answered(
  machine: LeaseMachine,
  { wasKnown, view, nowMs }: Extract<LeaseInput, { type: 'beat-answered' }>,
  settings: LeaseSettings,
): LeaseReduced {
  const { sent } = machine;
  if (sent === null) return [machine, []];
  const watch = watched(machine.watch, view, nowMs, machine.failures > 0, settings);
  const heard = { ...machine, sent: null, failures: 0, view, watch };
  if (!wasKnown && !sent.isFirst) {
    // Declared dead. Nothing of the beat was carried out.
    const [next, commands] = yieldLost({ ...newSession(heard, nowMs), isFirst: true }, nowMs);
    return [next, [...commands, { type: 'hurry' }]];
  }
  const known = { ...heard, isFirst: false };
  // The first beat was sent again. Between the two, a peer may have declared this member dead.
  const isDoubtful = sent.isFirst && machine.failures > 0 && !isAway(machine);
  return carriedOut(isDoubtful ? newSession(known, nowMs) : known, sent, settings);
}

/** What the group said before counts no more. */
function newSession(machine: LeaseMachine, nowMs: number): LeaseMachine {
  return { ...machine, session: machine.session + 1, steadySinceMs: nowMs, signsOfLife: 0, starting: new Set() };
}

function carriedOut(machine: LeaseMachine, beat: Beat, settings: LeaseSettings): LeaseReduced {
  const given = beat.gives.map(({ partition }) => partition);
  let next: LeaseMachine = {
    ...machine,
    frees: minus(machine.frees, beat.frees),
    gives: without(machine.gives, given),
    perhapsTaken: [],
  };
  const commands: LeaseCommand[] = [];
  const then = ([after, more]: LeaseReduced): void => {
    next = after;
    commands.push(...more);
  };
  const isOwn = (partition: number) => machine.view.holders.get(partition) === next.member;
  const nowMs = machine.watch.answeredAtMs ?? 0;
  then(yieldLost(next, nowMs));
  if (next.isStopping) return [next, commands];
  const started = beat.takes.filter((partition) => next.starting.has(partition));
  then(serve(next, started));
  next = { ...next, starting: minus(next.starting, started) };
  if (next.starting.size > 0) commands.push({ type: 'hurry' });
  if (isGroupHeard(next)) then(serve(next, [...next.assigned].filter(isOwn)));
  // A take-over whose answer was lost, and what was to be handed to a member that has died meanwhile.
  const left = [...machine.perhapsTaken, ...given].filter((p) => isOwn(p) && !next.serving.has(p));
  then(adopt(next, left));
  then(freeStrays(next));
  then(confirmed({ ...next, doubts: seenIn(next.doubts, isOwn) }, nowMs, settings));
  then(handBack(next, settings));
  then(takeOver(next, settings));
  return [next, commands];
}

/** Gives up what the table says it holds, and nobody serves: the table went back to an earlier state. */
function freeStrays(machine: LeaseMachine): LeaseReduced {
  const { member, view, serving, ceasing, gives, assigned } = machine;
  if (machine.isTaking) return [machine, []];
  const isStray = (p: number) => !serving.has(p) && !ceasing.has(p) && !gives.has(p) && !assigned.has(p);
  const strays = [...view.holders].filter(([p, holder]) => holder === member && isStray(p)).map(([p]) => p);
  return [{ ...machine, frees: union(machine.frees, strays) }, []];
}

/** Ceases what another member holds. */
function yieldLost(machine: LeaseMachine, nowMs: number): LeaseReduced {
  const { view, member, serving, starting } = machine;
  const isLost = (partition: number) => (view.holders.get(partition) ?? member) !== member && !starting.has(partition);
  const lost = [...serving].filter(isLost);
  if (lost.length === 0) return [machine, []];
  const [next, ceases] = cease({ ...machine, steadySinceMs: nowMs }, lost);
  return [next, [...lost.map((partition) => ({ type: 'yielded' as const, partition })), ...ceases]];
}

function seenIn(doubts: ReadonlyMap<number, Doubt>, isOwn: (partition: number) => boolean): ReadonlyMap<number, Doubt> {
  return new Map(
    [...doubts].map(([partition, doubt]) => [partition, isOwn(partition) ? { ...doubt, isLeaseSeen: true } : doubt]),
  );
}

/** What the group assigned to another member, which lives and asks for it. */
function handBack(machine: LeaseMachine, { leaseMs }: LeaseSettings): LeaseReduced {
  const { view, member, serving, assigned, watch } = machine;
  const silent = silentMembers(watch, member, leaseMs);
  const asked = [...view.members].flatMap(([to, { wants }]) =>
    to === member || silent.has(to) ? [] : wants.map((partition) => ({ partition, to })),
  );
  const back = asked.filter(({ partition }) => serving.has(partition) && !assigned.has(partition));
  const promised = new Map([...machine.promised, ...back.map(({ partition, to }) => [partition, to] as const)]);
  const [next, ceases] = cease(
    { ...machine, promised },
    back.map(({ partition }) => partition),
  );
  return [next, [...back.map((one) => ({ type: 'handed-back' as const, ...one })), ...ceases]];
}

/** One dead member at a time. The next answer shows what is left. One that holds nothing is declared dead, too: it may be about to join. */
function takeOver(machine: LeaseMachine, { leaseMs }: LeaseSettings): LeaseReduced {
  const { view, member, watch, isTaking, isAble } = machine;
  if (isTaking || !isAble) return [machine, []];
  const silent = silentMembers(watch, member, leaseMs);
  const all = heirs(view, silent);
  const own = all.filter(({ to }) => to === member);
  const from = own[0]?.from ?? [...silent].find((one) => !all.some((heir) => heir.from === one));
  if (from === undefined) return [machine, []];
  const seen = view.members.get(from) ?? null;
  const partitions = own.filter((heir) => heir.from === from).map(({ partition }) => partition);
  return [{ ...machine, isTaking: true }, [{ type: 'take', take: { member, from, seen, partitions } }]];
}

function serve(machine: LeaseMachine, partitions: readonly number[]): LeaseReduced {
  const fresh = partitions.filter((partition) => !machine.serving.has(partition));
  if (fresh.length === 0) return [machine, []];
  const next = {
    ...machine,
    serving: union(machine.serving, fresh),
    frees: minus(machine.frees, fresh),
    gives: without(machine.gives, fresh),
    promised: without(machine.promised, fresh),
  };
  return [next, fresh.map((partition) => ({ type: 'serve', partition }))];
}

function cease(machine: LeaseMachine, partitions: readonly number[]): LeaseReduced {
  if (partitions.length === 0) return [machine, []];
  const next = {
    ...machine,
    serving: minus(machine.serving, partitions),
    starting: minus(machine.starting, partitions),
    ceasing: union(machine.ceasing, partitions),
    doubts: without(machine.doubts, partitions),
  };
  return [next, partitions.map((partition) => ({ type: 'cease', partition }))];
}

/** The lease ends when the receiver has released the partition, not before: until then, its work goes on. */
function ceased(machine: LeaseMachine, partition: number): LeaseReduced {
  const next = {
    ...machine,
    ceasing: minus(machine.ceasing, [partition]),
    promised: without(machine.promised, [partition]),
  };
  if (machine.serving.has(partition)) return [next, []];
  const to = machine.promised.get(partition);
  return [
    to === undefined
      ? { ...next, frees: union(machine.frees, [partition]) }
      : { ...next, gives: new Map(machine.gives).set(partition, to) },
    [{ type: 'hurry' }],
  ];
}

function union<T>(set: ReadonlySet<T>, more: readonly T[]): ReadonlySet<T> {
  return new Set([...set, ...more]);
}

function minus<T>(set: ReadonlySet<T>, less: readonly T[]): ReadonlySet<T> {
  return new Set([...set].filter((one) => !less.includes(one)));
}

function without<K, V>(map: ReadonlyMap<K, V>, less: readonly K[]): ReadonlyMap<K, V> {
  return new Map([...map].filter(([key]) => !less.includes(key)));
}
