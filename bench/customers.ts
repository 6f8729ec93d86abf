/**
 * Measures how the throughput of exactly-once depends on the number of customers in the state, for events that meet customers uniformly or by
 * Zipf's law, and the bytes of Redis per customer. States are made directly through the store; their histories are random.
 * Run: npm run bench -- customers [--customers 10000,100000,1000000] [--events N] [--rounds N] (npm run build first)
 */
import { parseArgs } from 'node:util';
import type { CustomerEvent } from '../src/domain/event';
import { INPUT_ROLES } from '../src/domain/event';
import { murmur2Partition } from '../src/domain/math/hash';
import { mulberry32, type Random } from '../src/domain/math/random';
import type { OutgoingRecord } from '../src/ports/log';
import { EventEncoder } from '../src/serde/event-encoder';
import type { Deployment } from '../test/support/deployment';
import { writeInBatches } from '../test/support/recorded-stream';
import { openOnStand, PARTITIONS, startScorer } from './support/deployment-on-stand';
import { measureRunning } from './support/measure';
import { customerName, preload } from './support/preload';
import { finishedCount } from './support/scorer';
import { describeStand, openStand, type Stand } from './support/stand';
import { inColumns, median } from './support/table';

export const SHORT = ['--customers', '200', '--events', '8000', '--rounds', '1'];

const ACCESSES = ['uniform', 'zipf'] as const;
type Access = (typeof ACCESSES)[number];

/** Later than the histories of the preloaded states. */
const EVENTS_FROM_S = 1_750_000_000;
const ZIPF_EXPONENT = 1;

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      customers: { type: 'string', default: '10000,100000,1000000' },
      events: { type: 'string', default: '150000' },
      rounds: { type: 'string', default: '3' },
    },
  });
  const stand = await openStand();
  try {
    const head = await describeStand(stand);
    const rows = [['customers', 'access', 'events/s', 'ratio', 'program µs', 'Redis µs', 'state bytes', 'Redis bytes']];
    const first = new Map<Access, number>();
    for (const customers of values.customers.split(',').map(Number)) {
      for (const access of ACCESSES) {
        const rounds: Awaited<ReturnType<typeof measured>>[] = [];
        for (let round = 0; round < Number(values.rounds); round++)
          rounds.push(await measured(stand, customers, Number(values.events), access));
        const middle = (of: (round: (typeof rounds)[number]) => number) => median(rounds.map(of));
        const rate = middle(({ perSecond }) => perSecond);
        if (!first.has(access)) first.set(access, rate);
        rows.push([
          `${customers}`,
          access,
          rate.toFixed(0),
          (rate / first.get(access)!).toFixed(2),
          middle(({ programUs }) => programUs).toFixed(1),
          middle(({ redisUs }) => redisUs).toFixed(1),
          middle(({ stateBytes }) => stateBytes).toFixed(0),
          middle(({ redisBytes }) => redisBytes).toFixed(0),
        ]);
        console.error(rows.at(-1)!.join('  '));
      }
    }
    console.log(`${head}\n\n${inColumns(rows)}`);
  } finally {
    await stand.close();
  }
}

async function measured(stand: Stand, customers: number, events: number, access: Access) {
  const { client } = stand;
  const deployment = await openOnStand(stand);
  try {
    // Every partition must have an owner and a commit before states can be added.
    await writeInBatches(deployment, [...recordsOf(deployment, 50 * PARTITIONS, 50, 'uniform', 1)]);
    const opening = await startScorer(deployment);
    await deployment.drained();
    await opening.end('SIGTERM');
    const used = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))![1]);
    const before = await used();
    const stateBytes = await preload(deployment, customers);
    const redisBytes = ((await used()) - before) / customers;
    await writeInBatches(deployment, [...recordsOf(deployment, events, customers, access, 2)], 2_000);
    const count = finishedCount(stand, deployment.settings.CLV_REDIS_PREFIX, PARTITIONS);
    const already = await count();
    const scorer = await startScorer(deployment);
    const running = {
      pids: [scorer.pid],
      count: async () => (await count()) - already,
      check: () => scorer.check(),
      end: () => scorer.end('SIGTERM'),
    };
    return { ...(await measureRunning('the scorer', running, { stand, events })), stateBytes, redisBytes };
  } finally {
    await deployment.close();
    await client.flushall();
  }
}

function* recordsOf(
  { settings, platform }: Deployment,
  events: number,
  customers: number,
  access: Access,
  seed: number,
): Generator<OutgoingRecord> {
  const random = mulberry32(seed);
  const draw = access === 'uniform' ? () => Math.floor(random() * customers) : zipf(customers, random);
  const encoder = new EventEncoder(settings.CLV_CURRENCY);
  for (let i = 0; i < events; i++) {
    const customerId = customerName(draw());
    const { role, value } = encoder.encodeEvent(eventOf(customerId, `${seed}-${i}`, EVENTS_FROM_S + i, random()));
    const key = new TextEncoder().encode(customerId);
    const partition = murmur2Partition(key, PARTITIONS);
    const topic = platform.topics.inputs[INPUT_ROLES.indexOf(role)]!;
    yield { topic, partition, key, value, timestampMs: Date.now() };
  }
}

function eventOf(customerId: string, eventId: string, timeS: number, draw: number): CustomerEvent {
  const common = { customerId, eventId, timeS, stars: 0 };
  if (draw < 0.1)
    return { ...common, kind: 'order', amountMinor: 1_000 + Math.floor(50_000 * draw), items: 2, dwellS: 0 };
  const kind = draw < 0.4 ? 'click' : 'browse';
  return { ...common, kind, amountMinor: 0, items: 0, dwellS: kind === 'browse' ? 30 : 0 };
}

/** Draws 0…n − 1, the r-th with probability ∝ 1 ÷ r^exponent, by the inverse of the summed weights. */
function zipf(n: number, random: Random): () => number {
  const sums = new Float64Array(n);
  for (let i = 0, sum = 0; i < n; i++) {
    sum += (i + 1) ** -ZIPF_EXPONENT;
    sums[i] = sum;
  }
  return () => {
    const wanted = random() * sums[n - 1]!;
    let [low, high] = [0, n - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
