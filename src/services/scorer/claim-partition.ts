import { behind } from '../../delivery/offset-vector';
import {
  type Claimant,
  type DeploymentIdentity,
  describeIdentity,
  otherPartitionCount,
} from '../../domain/deployment-identity';
import type { OffsetVector } from '../../domain/event';
import type { Clock } from '../../ports/clock';
import type { LogBounds } from '../../ports/log';
import type { Observer } from '../../ports/observer';
import type { Claim, StateStore } from '../../ports/state-store';

export interface ClaimPorts {
  readonly store: StateStore;
  /** First and end offset of each input topic in the log. */
  readonly logBounds: (partition: number) => Promise<readonly LogBounds[]>;
  /** This deployment, with the current ids of the input topics. */
  readonly claimant: () => Promise<Claimant>;
  readonly observer: Observer;
  readonly clock: Clock;
}

export interface ClaimedPartition {
  readonly claim: Claim & { readonly recreated: readonly number[]; readonly logEnd: OffsetVector };
  readonly logStart: OffsetVector;
  /** Ids of topics that were created again; null if none was. */
  readonly restarting: readonly (string | null)[] | null;
}

const CUT_LOOKS_MS = [200, 400, 800];

/** Claims a partition's state. Null if it is not this deployment's to fold, which the observer is told. Rejects if it could not be claimed. */
export async function claimPartition(
  partition: number,
  ports: ClaimPorts,
  ending: AbortSignal,
): Promise<ClaimedPartition | null> {
  const { store, logBounds } = ports;
  const claimant = await ports.claimant();
  const [claim, first] = await Promise.all([store.claim(partition, claimant), logBounds(partition)]);
  const refusal = claim.foreign === undefined ? await grownPast(partition, store, claim, claimant.identity) : claim;
  if (refusal !== null) {
    refused(partition, ports.observer, refusal, claimant.identity);
    return null;
  }
  const bounds = await heldBounds(partition, ports, first, claim.meta?.folded ?? [], ending);
  const { topicIds: known = [] } = claim;
  const recreated = claimant.topicIds.flatMap((id, topic) => (isOther(known[topic], id) ? [topic] : []));
  return {
    claim: { ...claim, recreated, logEnd: bounds.map(({ end }) => end) },
    logStart: bounds.map(({ start }) => start),
    restarting: recreated.length > 0 ? claimant.topicIds : null,
  };
}

/** Reads the bounds again if the log ends below the folded offsets: a former or a new leader may return an older end. */
async function heldBounds(
  partition: number,
  { logBounds, clock }: ClaimPorts,
  first: readonly LogBounds[],
  folded: OffsetVector,
  ending: AbortSignal,
): Promise<readonly LogBounds[]> {
  let bounds = first;
  for (const waitMs of CUT_LOOKS_MS) {
    const ends = bounds.map(({ end }) => end);
    if (behind(ends, folded).length === 0) break;
    await clock.sleep(waitMs, ending);
    bounds = await logBounds(partition);
  }
  return bounds;
}

/** Detects a partition that was added to a deployment with fewer partitions: its customers' states are in other partitions. */
async function grownPast(
  partition: number,
  store: StateStore,
  claim: Claim,
  own: DeploymentIdentity,
): Promise<Pick<Claim, 'foldedWith'> | null> {
  if (claim.meta !== null || partition === 0) return null;
  const owner = await store.owner(0);
  const foldedWith = owner && otherPartitionCount(owner, own);
  return foldedWith === null ? null : { foldedWith };
}

function refused(
  partition: number,
  observer: Observer,
  { foreign, foldedWith }: Pick<Claim, 'foreign' | 'foldedWith'>,
  own: DeploymentIdentity,
): void {
  if (foldedWith !== undefined) {
    const changed = `partition ${partition}: the state was folded with ${foldedWith} partitions, and the topics have ${own.partitions}: customers' events are now in other partitions than their state. The partition stands still. Create new topics with ${foldedWith} partitions, copy the records to them by customer id, and name them in CLV_TOPIC_…. Or fold everything again under another CLV_APP and CLV_REDIS_PREFIX (docs/runbook.md, ClvTopicChanged).`;
    observer.observe({ kind: 'loss-found', partition, reason: 'partitions-changed', records: 0 });
    observer.notice('error', changed);
    return;
  }
  const [owner, claimant] = [foreign, describeIdentity(own)];
  const message = `partition ${partition}: its state belongs to another deployment and was not changed. The partition stands still. Owner: ${owner}. This one: ${claimant}. Give each deployment a key prefix of its own (CLV_REDIS_PREFIX; on the embedded log CLV_HOME) and restart. To move this state here on purpose, stop its scorers and run clv-stream state adopt.`;
  observer.observe({ kind: 'loss-found', partition, reason: 'foreign-state', records: 0 });
  observer.notice('error', message);
}

/** False if either id is unknown: the comparison is then not possible. */
function isOther(known: string | null | undefined, now: string | null): boolean {
  return known !== undefined && known !== null && now !== null && known !== now;
}
