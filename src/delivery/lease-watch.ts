import type { LeaseView } from '../domain/lease';

/*
 * Measures how long the other members have been silent. It compares no clocks: a member is silent while its entry does not change, for as
 * long as *this* member's own answers show. Between two answers at most two intervals count, however long they took. So a pause of the
 * table, or of this process, which delays everybody's beats, is not taken for the silence of others.
 */

export interface WatchSettings {
  /** Silence after which a member counts as dead, ms. */
  readonly leaseMs: number;
  /** Between two beats, ms. */
  readonly beatMs: number;
  /** Further silence that is allowed to all after this member itself could not reach the table, ms: others may come back later. */
  readonly graceMs: number;
}

interface Watched {
  readonly beats: number;
  readonly silentMs: number;
}

export interface Watch {
  readonly answeredAtMs: number | null;
  readonly members: ReadonlyMap<string, Watched>;
}

export const newWatch: Watch = { answeredAtMs: null, members: new Map() };

/** After an answer. `nowMs` is monotonic. `failed`: a beat before it had no answer. */
export function watched(
  { answeredAtMs, members }: Watch,
  view: LeaseView,
  nowMs: number,
  failed: boolean,
  { leaseMs, beatMs, graceMs }: WatchSettings,
): Watch {
  const gapMs = answeredAtMs === null ? 0 : nowMs - answeredAtMs;
  const wasAway = failed || gapMs >= leaseMs;
  const next = [...view.members].map(([member, { beats }]): [string, Watched] => {
    const before = members.get(member);
    if (wasAway || before === undefined) return [member, { beats, silentMs: wasAway ? -graceMs : 0 }];
    if (before.beats !== beats) return [member, { beats, silentMs: 0 }];
    return [member, { beats, silentMs: before.silentMs + Math.min(gapMs, 2 * beatMs) }];
  });
  return { answeredAtMs: nowMs, members: new Map(next) };
}

/** Members other than `self` that count as dead. */
export function silentMembers(watch: Watch, self: string, leaseMs: number): ReadonlySet<string> {
  const silent = [...watch.members].filter(([member, { silentMs }]) => member !== self && silentMs >= leaseMs);
  return new Set(silent.map(([member]) => member));
}

/** A partition of a dead member, and the one that takes it. */
export interface Heir {
  readonly partition: number;
  readonly from: string;
  readonly to: string;
}

/**
 * Spreads the partitions of dead members over the live ones that reach the log: each goes to the one that holds the fewest. Depends on the
 * view alone, so members with the same view agree. If their views differ, the table lets one of them take.
 */
export function heirs({ members, holders }: LeaseView, silent: ReadonlySet<string>): readonly Heir[] {
  const isDead = (member: string) => silent.has(member) || !members.has(member);
  const held = new Map(
    [...members].flatMap(([member, { isAble }]) => (isAble && !isDead(member) ? [[member, 0]] : [])),
  );
  for (const holder of holders.values()) {
    if (held.has(holder)) held.set(holder, held.get(holder)! + 1);
  }
  const orphans = [...holders].filter(([, holder]) => isDead(holder)).sort(([a], [b]) => a - b);
  if (held.size === 0) return [];
  return orphans.map(([partition, from]) => {
    const [to, count] = [...held].reduce((a, b) => (b[1] < a[1] || (b[1] === a[1] && b[0] < a[0]) ? b : a));
    held.set(to, count + 1);
    return { partition, from, to };
  });
}
