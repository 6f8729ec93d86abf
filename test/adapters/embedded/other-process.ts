/** A process of its own over an embedded folder: `node -r swc-register other-process.ts <source|commits> <folder>`; a test kills it. */
import { openEmbedded } from '../../../src/adapters/embedded/environment';
import { LogTable } from '../../../src/adapters/embedded/log-table';
import { EmbeddedPartitionSource } from '../../../src/adapters/embedded/partition-source';
import { EmbeddedStateStore } from '../../../src/adapters/embedded/state-store';
import { TopicTable } from '../../../src/adapters/embedded/topics';
import { systemClock } from '../../../src/adapters/system/clock';

const [, , role, path = ''] = process.argv;
const env = openEmbedded({ path });
const topics = new TopicTable(env);
const log = new LogTable(env);
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function holdPartitions(): Promise<void> {
  const settings = { inputTopics: ['orders', 'clicks'], leaseMs: 1500 };
  await new EmbeddedPartitionSource(env, topics, log, systemClock, settings).start({
    assigned: (partition) => say(`assigned ${partition}`),
    revoked: async (partition) => say(`revoked ${partition}`),
    records: () => {},
    confirmed: () => {},
    outOfRange: () => {},
    looked: () => {},
    shared: () => {},
    connected: () => {},
  });
}

/** Commits without end; says the commit id of each commit that was answered. */
async function commitForEver(): Promise<void> {
  const store = new EmbeddedStateStore(env, topics, log, { updates: 'updates', deadLetters: 'dead-letters' });
  const { epoch } = await store.claim(0);
  for (let i = 1, follows = ''; ; i++) {
    const value = Buffer.from(String(i));
    const states = Array.from({ length: 100 }, (_, c) => ({ customerId: `c${c}`, state: value, isNew: i === 1 }));
    const record = { kind: 'update', key: null, value, timestampMs: i, covers: [i - 1] } as const;
    await store.commit(0, {
      epoch,
      follows,
      commitId: String(i),
      states,
      folded: [i],
      records: [record, record, record],
    });
    follows = String(i);
    say(follows);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

void (role === 'source' ? holdPartitions() : commitForEver());
