import { reduce } from '../../../src/delivery/partition-machine';
import {
  answersTaken,
  changed,
  confirmedBy,
  ignoring,
  marking,
  readOnce,
  startsAtLogStart,
  tailAlone,
  trimmedFirst,
  type Variant,
  type Violation,
  withoutEmitted,
  withoutRecords,
  zeros,
} from './variants';
import type { Fault } from './world';

interface Mutant {
  readonly shows: Violation;
  readonly takenOut: string;
  /** A seed that shows the violation, tried first because a search takes long. Absent if one of the first seeds does. */
  readonly seenAt?: number;
  /** Faults that make the violation likely. If absent, a random half. */
  readonly faults?: readonly Fault[];
  readonly variant: Partial<Variant>;
}

/** Each mutant removes one guard. `shows` is the violation that follows. */
export const SAFETY_MUTANTS = {
  'no-commit-chain-check': {
    shows: 'folded wrong',
    seenAt: 22,
    takenOut: 'the store compares the commit id that a commit follows',
    faults: ['zombies', 'roll-back', 'rebalance'],
    variant: { noCommitChainCheck: true },
  },
  'states-unchecked': {
    shows: 'folded wrong',
    seenAt: 164,
    takenOut: 'the machine compares the commit id of the loaded states',
    variant: { statesUnchecked: true },
  },
  'no-outbox': {
    shows: 'missing',
    takenOut: 'a commit stores its records beside F',
    variant: { noOutbox: true },
  },
  'torn-unseen': {
    shows: 'folded wrong',
    seenAt: 17,
    takenOut: 'a commit is told from a part of one that came back',
    faults: ['torn-commits', 'crash', 'rebalance'],
    variant: { tornUnseen: true },
  },
  'trim-unmarked': {
    shows: 'missing',
    seenAt: 1475,
    takenOut: 'a trim is told from a part of one that came back, and would drop one blob more',
    faults: ['torn-commits', 'crash', 'rebalance'],
    variant: { trimUnmarked: true },
  },
  'no-emitted-filter': {
    shows: 'doubled',
    seenAt: 68,
    takenOut: 'records below E are not published',
    variant: { reduce: withoutEmitted },
  },
  'offsets-before-init': {
    shows: 'doubled',
    seenAt: 144,
    takenOut: 'E is read after the producer is initialised',
    variant: { offsetsBeforeInit: true },
  },
  'no-sentinel': {
    shows: 'doubled',
    seenAt: 356,
    takenOut: 'own waits until an offset of its own shows in the group',
    variant: { noSentinel: true },
  },
  'no-producer-fencing': {
    shows: 'doubled',
    takenOut: 'a new producer fences the one before and aborts its transaction',
    variant: { noProducerFencing: true },
  },
  'end-retried': {
    // Offsets of a transaction that lost its records are overruled, so nothing is missing at the end.
    shows: 'false alarm',
    seenAt: 154,
    takenOut: 'the end of a transaction is sent once',
    faults: ['lossy-network', 'crash'],
    variant: { endRetried: true, transactions: 1 },
  },
  'end-without-epoch': {
    shows: 'false alarm',
    seenAt: 154,
    takenOut: 'with transactions v2, each end begins a new epoch: without it, a retried end ends another transaction',
    faults: ['lossy-network', 'crash'],
    variant: { endRetried: true, endWithoutEpoch: true, transactions: 2 },
  },
  'publish-retried': {
    shows: 'doubled',
    seenAt: 16,
    takenOut: 'after an unknown outcome the producer is thrown away',
    variant: { publishRetried: true },
  },
  'producer-taken-late': {
    shows: 'doubled',
    seenAt: 1196,
    takenOut: 'a publish goes by the producer of its own attempt',
    faults: ['defect', 'crash', 'stalls'],
    variant: { producerTakenLate: true },
  },
  'unknown-publish-taken': {
    shows: 'missing',
    takenOut: 'an unanswered publish is not taken for done',
    variant: { reduce: answersTaken('publish-answered', 'unknown', 'published') },
  },
  'fenced-publish-taken': {
    shows: 'missing',
    takenOut: 'a fenced publish is not taken for done',
    variant: { reduce: answersTaken('publish-answered', 'fenced', 'published') },
  },
  'trimmed-first': {
    shows: 'missing',
    takenOut: 'the outbox is trimmed after its transaction',
    variant: { reduce: trimmedFirst },
  },
  'any-attempt': {
    shows: 'acted after release',
    seenAt: 51,
    takenOut: 'answers to an older attempt are ignored',
    variant: {
      reduce: changed({ input: (input, { attempt }) => ('attempt' in input ? { ...input, attempt } : input) }),
    },
  },
  'no-position': {
    shows: 'folded wrong',
    takenOut: 'the source is positioned at F, not at the committed offsets',
    variant: { noPosition: true },
  },
  'refolds-behind': {
    shows: 'folded wrong',
    takenOut: 'the fold skips what is behind F',
    variant: { refoldsBehind: true },
  },
  'any-order': {
    shows: 'lacks what was shown',
    takenOut: 'what E covers is folded again before anything else',
    variant: { anyOrder: true },
  },
  'owes-nothing': {
    shows: 'false alarm',
    seenAt: 491,
    takenOut: 'E is written once before anything is committed',
    variant: {
      reduce: (machine, input, settings) =>
        input.type === 'claimed' && machine.phase === 'claiming' && input.claim.meta === null
          ? reduce({ ...machine, emitted: machine.emitted ?? zeros(input.logStart) }, input, settings)
          : reduce(machine, input, settings),
    },
  },
  'no-doubt': {
    shows: 'false alarm',
    seenAt: 28,
    takenOut: 'E absent beside a state is read once more before it is called lost',
    faults: ['zombies', 'stalls'],
    variant: { reduce: (machine, input, settings) => reduce({ ...machine, doubtsEmitted: true }, input, settings) },
  },
  'starts-at-log-start': {
    shows: 'false alarm',
    seenAt: 491,
    takenOut: 'the first E is zeros, so that any other E says that there was a state',
    variant: { reduce: startsAtLogStart },
  },
  'no-tail': {
    shows: 'doubled',
    takenOut: 'the newest records of the output topics raise E',
    faults: ['stale-offsets', 'both-killed', 'crash', 'rebalance'],
    variant: { noTail: true },
  },
  'updates-tail-only': {
    shows: 'doubled',
    seenAt: 67,
    takenOut: 'the newest dead letters raise E, too',
    faults: ['stale-offsets', 'both-killed', 'crash', 'rebalance'],
    variant: { updatesTailOnly: true },
  },
  'sources-only': {
    shows: 'doubled',
    seenAt: 19,
    takenOut: 'a merged update counts for all that its transaction published, not for its source alone',
    faults: ['stale-offsets', 'both-killed', 'crash', 'rebalance'],
    variant: { sourcesOnly: true },
  },
  'absent-is-zero': {
    shows: 'doubled',
    seenAt: 13,
    takenOut: 'a topic that the newest records say nothing of is not zero',
    faults: ['old-version', 'crash', 'rebalance', 'zombies', 'roll-back'],
    variant: { reduce: tailAlone },
  },
  'read-once': {
    shows: 'false alarm',
    seenAt: 82,
    takenOut: 'offsets below what is published are read again before they are overruled',
    faults: ['zombies', 'stalls', 'lossy-network'],
    variant: { reduce: readOnce },
  },
  'moved-followed': {
    shows: 'missing',
    takenOut: 'offsets that somebody else set beyond everything published are not followed',
    faults: ['moved-offsets', 'crash', 'rebalance'],
    variant: { reduce: marking(() => []) },
  },
  'aborted-followed': {
    shows: 'missing',
    takenOut: 'offsets that were moved with records which readers do not see are not followed',
    faults: ['aborted-offsets', 'crash', 'rebalance', 'zombies'],
    variant: { reduce: withoutRecords },
  },
  'marks-ignored': {
    shows: 'false alarm',
    seenAt: 912,
    takenOut: 'offsets that this program wrote are followed beyond the newest record',
    faults: ['crash', 'rebalance'],
    variant: { reduce: marking((topics) => Array.from({ length: topics }, (_, topic) => topic)) },
  },
  'cache-kept': {
    shows: 'folded wrong',
    seenAt: 13,
    takenOut: 'a claim forgets the states that its worker committed before',
    faults: ['zombies', 'rebalance', 'roll-back'],
    variant: { cacheKept: true },
  },
  'cache-mixed': {
    shows: 'folded wrong',
    seenAt: 28,
    takenOut: 'states that were read at another commit are not mixed with those in memory',
    faults: ['stale-reads', 'zombies', 'roll-back'],
    variant: { cacheMixed: true },
  },
  'cache-late': {
    shows: 'folded wrong',
    seenAt: 805,
    takenOut: 'the late answer to a commit of an earlier claim adds nothing to the states in memory',
    faults: ['defect', 'stalls', 'zombies', 'roll-back'],
    variant: { cacheLate: true },
  },
  'failure-taken-anywhere': {
    shows: 'acted after release',
    seenAt: 22,
    takenOut: 'a failure wakes only an attempt that is under way',
    variant: {
      reduce: (machine, input, settings) =>
        input.type === 'ownership-failed' && input.attempt === machine.attempt
          ? reduce({ ...machine, phase: 'running' }, input, settings)
          : reduce(machine, input, settings),
    },
  },
} as const satisfies Record<string, Mutant>;

/** Without these guards nothing goes wrong for good, but something stands still or never comes to rest. */
export const PROGRESS_MUTANTS = {
  'no-idle-check': {
    shows: 'folded wrong',
    seenAt: 90,
    takenOut: 'an idle owner compares the commit chain now and then',
    faults: ['roll-back'],
    variant: { reduce: ignoring((input) => input.type === 'tick') },
  },
  'no-resend': {
    shows: 'missing',
    takenOut: 'a commit of unknown outcome is sent again',
    faults: ['lossy-network', 'stalls'],
    variant: { reduce: ignoring((input) => input.type === 'commit-answered' && input.outcome === 'unknown') },
  },
  'no-confirmation': {
    shows: 'no end',
    seenAt: 3,
    takenOut: 'who was fenced waits until the group confirms that p is its own',
    variant: { reduce: confirmedBy('commit-answered', 'publish-answered', 'folded', 'commit-chain-answered') },
  },
  'no-epoch': {
    shows: 'owner refused',
    seenAt: 6,
    takenOut: 'a claim shuts out the commits of older claims',
    faults: ['zombies', 'stalls'],
    variant: { noEpoch: true },
  },
  'no-resend-check': {
    shows: 'owner refused',
    takenOut: 'a commit that is sent again answers as before',
    faults: ['lossy-network'],
    variant: { noResendCheck: true },
  },
} as const satisfies Record<string, Mutant>;

/** Shown by runs of their own. In progress.test.ts: a replaced owner that fences the valid one again and again. */
const SCRIPTED: Record<string, Partial<Variant>> = {
  // Harmless in version 2. mutants.test.ts shows it.
  'end-retried-v2': { endRetried: true, transactions: 2 },
  'idle-check-unconfirmed': { reduce: confirmedBy('commit-chain-answered') },
};

/** 'full' is the production reducer in the whole world. Throws on an unknown name. */
export function variantNamed(name: string): Variant {
  const variants = new Map<string, Partial<Variant>>([['full', {}], ...Object.entries(SCRIPTED)]);
  for (const mutants of [SAFETY_MUTANTS, PROGRESS_MUTANTS]) {
    for (const [key, { variant }] of Object.entries(mutants)) variants.set(key, variant);
  }
  const variant = variants.get(name);
  if (variant === undefined) throw new Error(`unknown variant ${name}; one of ${[...variants.keys()].join(', ')}`);
  return { reduce, ...variant };
}
