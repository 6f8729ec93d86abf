/**
 * Measures the gap in scoring after the only scorer was killed: seconds from kill -9 to the first update of an event written after
 * it, for several numbers of customers in the state. Without sweeps, whose work grows with the customers.
 * Run: npm run bench -- recovery [CUSTOMERS…] [--session MS] (npm run build first)
 */
import { parseArgs } from 'node:util';
import { firstModel } from '../src/cli/compose/first-model';
import type { OffsetVector } from '../src/domain/event';
import { murmur2Partition } from '../src/domain/math/hash';
import { mulberry32 } from '../src/domain/math/random';
import { Scorer } from '../src/domain/scoring/scorer';
import { emptyState } from '../src/domain/state/sequence-state';
import { encodeState } from '../src/serde/state-blob';
import { openOwnDeployment } from '../test/chaos/own-deployment';
import { Traffic } from '../test/chaos/traffic';
import { environmentOf, startCli } from '../test/support/cli-process';
import type { Deployment } from '../test/support/deployment';
import { randomPast } from '../test/support/events';
import { until } from '../test/support/process';

const PARTITIONS = 4;
const BLOBS = 200;
const STATES_PER_COMMIT = 500;

/** Encoded states of random histories. The customer id is only in the key, so customers may share a state. */
function someStates(deployment: Deployment): Uint8Array[] {
  const model = firstModel(deployment.settings);
  const scorer = new Scorer(model, 100);
  const random = mulberry32(1);
  return Array.from({ length: BLOBS }, () => {
    const state = emptyState(model.weights.shape.units);
    for (const { event, position } of randomPast(random, 20)) scorer.fold(state, event, position);
    return encodeState(state);
  });
}

/** Adds customers to the states of a stopped deployment through its own store. Each commit follows the previous one. */
async function preload(deployment: Deployment, customers: number): Promise<number> {
  const blobs = someStates(deployment);
  const store = deployment.platform.stateStore();
  const ids: string[][] = Array.from({ length: PARTITIONS }, () => []);
  for (let i = 0; i < customers; i++) {
    const id = `kept-${i}`;
    ids[murmur2Partition(new TextEncoder().encode(id), PARTITIONS)]!.push(id);
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

/** Wall-clock time of the first update whose input record was written after `sinceMs`. */
async function firstUpdateSince(deployment: Deployment, sinceMs: number): Promise<number> {
  const { platform } = deployment;
  const reader = platform.reader();
  const found = new AbortController();
  let foundMs = 0;
  const positions = await Promise.all(
    Array.from({ length: PARTITIONS }, async (_, partition) => ({
      topic: platform.topics.updates,
      partition,
      offset: (await reader.bounds(platform.topics.updates, partition)).end,
    })),
  );
  await reader.follow(
    positions,
    async ({ records }) => {
      if (foundMs > 0 || !records.some(({ timestampMs }) => timestampMs > sinceMs)) return;
      foundMs = Date.now();
      found.abort();
    },
    found.signal,
  );
  return foundMs;
}

async function recover(customers: number, sessionMs: number): Promise<void> {
  const own = await openOwnDeployment({
    CLV_PARTITIONS: String(PARTITIONS),
    CLV_SESSION_TIMEOUT_MS: String(sessionMs),
  });
  try {
    const { deployment } = own;
    const traffic = new Traffic(deployment, 100, 1, 0);
    own.onClose(() => traffic.stop());
    traffic.start();
    const first = await own.startScorer();
    await until('every partition has a state', async () => {
      for (let p = 0; p < PARTITIONS; p++) {
        if (((await deployment.platform.emitted(p)) ?? [0]).every((offset) => offset === 0)) return false;
      }
      return true;
    });
    first.signal('SIGTERM');
    await first.exited;
    const bytes = await preload(deployment, customers);
    const scorer = await own.startScorer();
    await until('it scores', () => firstUpdateSince(deployment, Date.now()).then(() => true));
    const killedMs = Date.now();
    const update = firstUpdateSince(deployment, killedMs);
    scorer.signal('SIGKILL');
    const next = await startCli(['score'], environmentOf(deployment.settings), `${own.folder}/next.log`);
    own.onClose(() => next.end('SIGKILL'));
    const seconds = ((await update) - killedMs) / 1000;
    console.log(
      `${String(customers).padStart(9)} customers (${bytes.toFixed(0)} bytes each): ${seconds.toFixed(1)} s from kill -9 to the first new update, session time-out ${sessionMs / 1000} s`,
    );
  } finally {
    await own.close();
  }
}

export async function main(args: readonly string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { session: { type: 'string', default: '15000' } },
  });
  for (const customers of positionals.length > 0 ? positionals : ['10000', '100000']) {
    await recover(Number(customers), Number(values.session));
  }
}
