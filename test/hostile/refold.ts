import { randomUUID } from 'node:crypto';
import { systemClock } from '../../src/adapters/system/clock';
import type { SequenceState } from '../../src/domain/state/sequence-state';
import type { Clock } from '../../src/ports/clock';
import { rebuildPartition } from '../../src/services/rebuild/rebuild-partition';
import type { Deployment } from '../support/deployment';
import { encodedStates } from '../support/encoded-states';

const TEN_YEARS_MS = 10 * 365 * 86_400_000;

/** What was known of the records at the first fold: all of them, or those that had arrived. */
export type FirstFold = 'of-all' | 'as-they-came';

/**
 * Empties the state, moves the clock on by ten years, and folds everything again. Returns what differs: of what is published, and of the
 * states. A first fold of records as they came may have had another order of two topics, so only {@link unmovedParts} of its states are
 * compared. Then a second refold must give the states of the first one.
 */
export async function refoldLater(deployment: Deployment, first: FirstFold): Promise<string[]> {
  const before = await factsOf(deployment);
  await refold(deployment);
  const after = await factsOf(deployment);
  const compared = ['updates', 'deadLetters', first === 'of-all' ? 'states' : 'unmoved'] as const;
  const faults = compared.flatMap((name) => differing(name, before[name], after[name], 'after a refold'));
  if (first === 'of-all') return faults;
  await refold(deployment);
  const { states } = await factsOf(deployment);
  return [...faults, ...differing('states', after.states, states, 'after a second refold')];
}

async function refold({ platform, settings, startScorer, folded }: Deployment): Promise<void> {
  for (let partition = 0; partition < settings.CLV_PARTITIONS; partition++) {
    const ports = { archive: platform.stateArchive(), reader: platform.reader() };
    const rebuild = { topics: platform.topics.inputs, partition, fromWhatIsLeft: false };
    await rebuildPartition(ports, { ...rebuild, commitId: randomUUID() });
  }
  const later: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + TEN_YEARS_MS };
  const scorer = await startScorer(later);
  await folded();
  await scorer.stop();
}

type Facts = Readonly<Record<'states' | 'unmoved' | 'updates' | 'deadLetters', ReadonlyMap<string, string>>>;

async function factsOf(deployment: Deployment): Promise<Facts> {
  const [updates, letters] = [await deployment.updates(), await deployment.deadLetters()];
  const states = await deployment.states();
  return {
    states: await encodedStates({ states: async () => states }),
    unmoved: new Map([...states].map(([id, state]) => [id, JSON.stringify(unmovedParts(state))])),
    updates: numbered(updates),
    deadLetters: numbered(letters.map(({ key, value, ...letter }) => letter)),
  };
}

/**
 * The parts of a state that don't depend on the order in which two topics were read. The others: the last published value, the decayed
 * counts by the rounding of float32, and the window with all that follows from it if an event came after later ones had moved its start.
 */
function unmovedParts({ folded, recent, profile, summary }: SequenceState) {
  const { decayed, voided, voidedMinor, ...exact } = summary;
  return { folded, recent, profile, exact };
}

const numbered = (values: readonly unknown[]) => new Map(values.map((value, i) => [`${i}`, JSON.stringify(value)]));

function differing(
  what: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  when: string,
): string[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
  const [key] = keys;
  if (key === undefined) return [];
  const [was, is] = [before, after].map((facts) => facts.get(key)?.slice(0, 1_000));
  return [`${keys.length} ${what} differ ten years later, ${when}. ${key.slice(0, 80)} was\n${was} and is\n${is}`];
}
