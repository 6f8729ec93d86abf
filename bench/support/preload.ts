import { firstModel } from '../../src/cli/compose/first-model';
import type { OffsetVector } from '../../src/domain/event';
import { murmur2Partition } from '../../src/domain/math/hash';
import { mulberry32 } from '../../src/domain/math/random';
import { Scorer } from '../../src/domain/scoring/scorer';
import { emptyState } from '../../src/domain/state/sequence-state';
import { encodeState } from '../../src/serde/state-blob';
import type { Deployment } from '../../test/support/deployment';
import { randomPast } from '../../test/support/events';

const BLOBS = 200;
const EVENTS_EACH = 20;
const STATES_PER_COMMIT = 500;

export const customerName = (i: number): string => `kept-${i}`;

/** Encoded states of random histories. The customer id is only in the key, so customers may share a state. */
function someStates(deployment: Deployment): Uint8Array[] {
  const model = firstModel(deployment.settings);
  const scorer = new Scorer(model, 100);
  const random = mulberry32(1);
  return Array.from({ length: BLOBS }, () => {
    const state = emptyState(model.weights.shape.units);
    for (const { event, position } of randomPast(random, EVENTS_EACH)) scorer.fold(state, event, position);
    return encodeState(state);
  });
}

/**
 * Adds customers to the states of a stopped deployment through its own store. Each commit follows the previous one, so every partition must
 * have been committed to before. The mean number of bytes of a state.
 */
export async function preload(deployment: Deployment, customers: number): Promise<number> {
  const partitions = deployment.settings.CLV_PARTITIONS;
  const blobs = someStates(deployment);
  const store = deployment.platform.stateStore();
  const ids: string[][] = Array.from({ length: partitions }, () => []);
  for (let i = 0; i < customers; i++) {
    const id = customerName(i);
    ids[murmur2Partition(new TextEncoder().encode(id), partitions)]!.push(id);
  }
  for (const [partition, customerIds] of ids.entries()) {
    const { epoch, meta } = await store.claim(partition);
    const folded: OffsetVector = meta!.folded;
    let follows = meta!.commitIds.at(-1)!;
    for (let at = 0; at < customerIds.length; at += STATES_PER_COMMIT) {
      const states = customerIds.slice(at, at + STATES_PER_COMMIT).map((customerId, i) => ({
        customerId,
        state: blobs[(at + i) % BLOBS]!,
        isNew: true,
      }));
      const commitId = `preload-${partition}-${at}`;
      const outcome = await store.commit(partition, { epoch, follows, commitId, states, folded, records: [] });
      if (outcome !== 'committed') throw new Error(`preload: ${outcome}`);
      await store.trim(partition, commitId, meta!.published);
      follows = commitId;
    }
  }
  await store.close();
  return blobs.reduce((sum, blob) => sum + blob.length, 0) / BLOBS;
}
