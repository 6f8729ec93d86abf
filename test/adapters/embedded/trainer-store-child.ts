import { openTrainerStore } from '../../../src/adapters/embedded/trainer-store';
import { mulberry32 } from '../../../src/domain/math/random';
import { type CHILD_STREAM, openLabels, randomLogs, readBatch } from '../../support/label-streams';

/** Child of the kill test: folds the stream of a seed into a store, batch by batch, and says each commit on standard output. */
async function main(): Promise<void> {
  const { path, seed, stream, holds } = JSON.parse(process.argv[2]!) as {
    path: string;
    /** Keep the store open after the first commit, without another one. */
    holds: boolean;
    seed: number;
    stream: typeof CHILD_STREAM;
  };
  const logs = randomLogs(mulberry32(seed), stream.events, stream.customers, stream.days, stream.disorderDays);
  const store = openTrainerStore(path);
  const labels = openLabels(store, stream.settings);
  // Batches differ from life to life: what is stored must not.
  const random = mulberry32(process.pid);
  while (logs.some((log, topic) => labels.times.nextOffset(topic) < log.length)) {
    readBatch(labels, store, logs, Math.floor(random() * logs.length), 1 + Math.floor(random() * 20));
    process.stdout.write('.');
    if (holds) await new Promise((resolve) => setTimeout(resolve, 600_000));
    await new Promise((resolve) => setImmediate(resolve));
  }
  readBatch(labels, store, logs, 0, 0);
  await store.close();
}

void main();
