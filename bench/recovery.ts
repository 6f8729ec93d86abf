/**
 * Measures the gap in scoring after a scorer was killed: seconds from kill -9 to the first update of an event written after it, for
 * several numbers of customers in the state. Without sweeps, whose work grows with the customers.
 * First the only scorer is killed and started anew. Then one of two: the gap is that of the last of its partitions.
 * Run: npm run bench -- recovery [CUSTOMERS…] [--session MS] [--lease MS] (npm run build first)
 */
import { parseArgs } from 'node:util';
import { openOwnDeployment } from '../test/chaos/own-deployment';
import { Traffic } from '../test/chaos/traffic';
import { environmentOf, startCli } from '../test/support/cli-process';
import type { Deployment } from '../test/support/deployment';
import { until } from '../test/support/process';
import { preload } from './support/preload';

/** A short session, so that the short form ends soon. */
export const SHORT = ['100', '--session', '3000'];

const PARTITIONS = 4;

/** Wall-clock time at which every partition has an update whose input record was written after `sinceMs`; with `any`, the first of them. */
async function updatesSince(deployment: Deployment, sinceMs: number, any = true): Promise<number> {
  const { platform } = deployment;
  const reader = platform.reader();
  const found = new AbortController();
  const missing = new Set(Array.from({ length: PARTITIONS }, (_, p) => p));
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
    async ({ partition, records }) => {
      if (foundMs > 0 || !records.some(({ timestampMs }) => timestampMs > sinceMs)) return;
      missing.delete(partition);
      if (!any && missing.size > 0) return;
      foundMs = Date.now();
      found.abort();
    },
    found.signal,
  );
  return foundMs;
}

async function recover(customers: number, sessionMs: number, leaseMs: number): Promise<void> {
  const own = await openOwnDeployment({
    CLV_PARTITIONS: String(PARTITIONS),
    CLV_SESSION_TIMEOUT_MS: String(sessionMs),
    CLV_LEASE_MS: String(leaseMs),
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
    await until('it scores', () => updatesSince(deployment, Date.now()).then(() => true));
    const killedMs = Date.now();
    const update = updatesSince(deployment, killedMs);
    scorer.signal('SIGKILL');
    const next = await startCli(['score'], environmentOf(deployment.settings), `${own.folder}/next.log`);
    own.onClose(() => next.end('SIGKILL'));
    const seconds = ((await update) - killedMs) / 1000;
    console.log(
      `${String(customers).padStart(9)} customers (${bytes.toFixed(0)} bytes each): ${seconds.toFixed(1)} s from kill -9 of the only scorer to the first new update; session time-out ${sessionMs / 1000} s, lease ${leaseMs / 1000} s`,
    );
    await until('every partition is scored', () => updatesSince(deployment, Date.now(), false).then(() => true));
    const peer = await own.startScorer();
    await until('the other has partitions', () => /partition assigned/.test(peer.log()));
    await until('every partition is scored', () => updatesSince(deployment, Date.now(), false).then(() => true));
    const peerKilledMs = Date.now();
    const updates = updatesSince(deployment, peerKilledMs, false);
    peer.signal('SIGKILL');
    console.log(
      `${String(customers).padStart(9)} customers: ${(((await updates) - peerKilledMs) / 1000).toFixed(1)} s from kill -9 of one of two scorers to new updates of all its partitions`,
    );
  } finally {
    await own.close();
  }
}

export async function main(args: readonly string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { session: { type: 'string', default: '15000' }, lease: { type: 'string', default: '1000' } },
  });
  for (const customers of positionals.length > 0 ? positionals : ['10000', '100000']) {
    await recover(Number(customers), Number(values.session), Number(values.lease));
  }
}
