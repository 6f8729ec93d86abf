import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INPUT_ROLES } from '../../src/domain/event';
import type { LogRecord, OutgoingRecord } from '../../src/ports/log';
import { type Deployment, type DeploymentKind, openDeployment } from '../support/deployment';
import { unbound } from './kafka-topics';
import type { HostileRecord, HostileStream } from './stream';

/** What the scorers of a deployment say of the batches that they have committed. */
export interface Committed {
  /** Records by what became of them: the kind of event, or the reason of the dead letter. */
  readonly outcomes: Map<string, number>;
  /** Customers that a tick could not re-score. */
  sweepFailures: number;
}

/** A deployment for one stream, with its partitions and its schema folder. Its input topics take any timestamp. */
export interface HostileDeployment extends Deployment {
  readonly committed: Committed;
}

export async function openFor(
  stream: HostileStream,
  kind: DeploymentKind,
  changes: Record<string, string> = {},
): Promise<HostileDeployment> {
  const folder = mkdtempSync(join(tmpdir(), 'clv-hostile-'));
  for (const [file, text] of stream.folder ?? []) writeFileSync(join(folder, file), text);
  const committed: Committed = { outcomes: new Map(), sweepFailures: 0 };
  const settings = {
    CLV_PARTITIONS: `${stream.partitions}`,
    // Long enough for the first records of every topic, so that the order of the fold depends on the log alone.
    CLV_MAX_IDLE_MS: '60000',
    ...(stream.folder === null ? {} : { CLV_SCHEMA_DIR: folder }),
    ...changes,
  };
  const deployment = await openDeployment(kind, settings, {
    'batch-committed': ({ events, deadLetters, sweepFailures }) => {
      for (const [outcome, count] of [...events, ...deadLetters]) addTo(committed.outcomes, outcome, count);
      committed.sweepFailures += sweepFailures;
    },
  });
  if (kind === 'kafka') await unbound(deployment);
  const close = async () => {
    await deployment.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...deployment, committed, close };
}

export function addTo(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

export function outgoing({ platform }: Deployment, records: readonly HostileRecord[]): OutgoingRecord[] {
  return records.map(({ role, ...record }) => ({
    ...record,
    topic: platform.topics.inputs[INPUT_ROLES.indexOf(role)]!,
  }));
}

/** By TopicIndex and partition: the records that a reader gets. */
export type Inputs = readonly (readonly (readonly LogRecord[])[])[];

export async function readInputs({ platform, settings }: Deployment): Promise<Inputs> {
  const reader = platform.reader();
  const inputs: LogRecord[][][] = [];
  for (const topic of platform.topics.inputs) {
    const ofTopic: LogRecord[][] = [];
    for (let partition = 0; partition < settings.CLV_PARTITIONS; partition++) {
      const records: LogRecord[] = [];
      await reader.readToEnd([{ topic, partition, offset: 0 }], async (batch) => void records.push(...batch.records));
      ofTopic.push(records);
    }
    inputs.push(ofTopic);
  }
  return inputs;
}
