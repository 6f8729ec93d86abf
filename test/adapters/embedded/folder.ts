import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedEnvironment, openEmbedded } from '../../../src/adapters/embedded/environment';
import { LogTable } from '../../../src/adapters/embedded/log-table';
import { EmbeddedTopicAdmin, TopicTable } from '../../../src/adapters/embedded/topics';

export interface EmbeddedFolder {
  readonly path: string;
  readonly env: EmbeddedEnvironment;
  readonly topics: TopicTable;
  readonly log: LogTable;
  /** Closes the environment and deletes the folder. */
  close(): Promise<void>;
}

/** A fresh embedded store with topics of so many partitions each. */
export async function embeddedFolder(
  topics: readonly string[] = [],
  partitions = 8,
  maxRecordsPerPartition?: number,
): Promise<EmbeddedFolder> {
  const path = mkdtempSync(join(tmpdir(), 'clv-test-embedded-'));
  const env = openEmbedded({ path });
  const admin = new EmbeddedTopicAdmin(env);
  await admin.ensureTopics(topics.map((name) => ({ name, partitions, compacted: false })));
  return {
    path,
    env,
    topics: new TopicTable(env),
    log: new LogTable(env, maxRecordsPerPartition === undefined ? {} : { maxRecordsPerPartition }),
    async close() {
      await env.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
}
