import { Command } from 'commander';
import type { Settings } from '../../config/table';
import { describeFinding, type PartitionVerdict, passes } from '../../domain/audit';
import type { SchemaById } from '../../serde/contracts';
import { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { UpdateCodec } from '../../serde/update-codec';
import { auditTopics } from '../../services/audit/audit';
import { openPlatform } from '../open-platform';
import { awaitPartitions, type Platform } from '../platform';
import { EXIT, runProcess } from '../process';
import { eventCodec, openSchemas } from '../scoring';

export function auditCommand(): Command {
  return new Command('audit')
    .description('read the topics and prove: no event lost, none doubled, every update once')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      `
Every record of orders, clicks and browses must have exactly one outcome: an update or a dead letter. Reads nothing but the topics
(committed records only) and what the group has published so far; records beyond that are pending. Exit code 1 where anything is lost,
doubled, re-ordered or does not follow.`,
    )
    .action((options: { json?: true }) =>
      runProcess({ name: 'audit' }, async ({ settings, observer, clock, signal }) => {
        const platform = await openPlatform(settings, observer, clock);
        try {
          const partitions = await awaitPartitions(platform, observer, clock, signal);
          const schemas = await openSchemas(settings);
          const verdicts = await auditPlatform(platform, settings, partitions, schemas, (partition) =>
            platform.emitted(partition),
          );
          if (options.json) console.log(JSON.stringify({ passes: verdicts.every(passes), partitions: verdicts }));
          else print(verdicts);
          return verdicts.every(passes) ? EXIT.ok : EXIT.failed;
        } finally {
          await platform.close();
        }
      }),
    );
}

/** The audit on a platform's topics. `emitted` null demands an outcome of every record. */
export function auditPlatform(
  platform: Platform,
  settings: Settings,
  partitions: number,
  schemas: SchemaById,
  emitted: ((partition: number) => Promise<readonly number[] | null>) | null,
): Promise<PartitionVerdict[]> {
  const ports = {
    reader: platform.reader(),
    events: eventCodec(settings, partitions, schemas),
    updates: new UpdateCodec(schemas),
    deadLetters: new DeadLetterCodec(schemas),
  };
  const { inputs, updates, deadLetters } = platform.topics;
  return auditTopics(ports, { events: inputs.slice(0, 3), updates, deadLetters }, partitions, emitted);
}

function print(verdicts: readonly PartitionVerdict[]): void {
  console.log('partition   events  updates  dead letters  lost  doubled  re-ordered  mismatched  unexpected  pending');
  for (const v of verdicts) {
    const widths: [number, number][] = [
      [v.partition, 9],
      [v.events, 9],
      [v.updates, 9],
      [v.deadLetters, 14],
      [v.lost, 6],
      [v.doubled, 9],
      [v.reordered, 12],
      [v.mismatched, 12],
      [v.unexpected, 12],
      [v.pending, 9],
    ];
    console.log(widths.map(([value, width]) => String(value).padStart(width)).join(''));
  }
  for (const { partition, findings, notAuditableBefore } of verdicts) {
    for (const finding of findings) console.log(describeFinding(partition, finding));
    notAuditableBefore.forEach((offset, topic) => {
      if (offset > 0)
        console.log(`partition ${partition}, topic ${topic}: not auditable before offset ${offset}, the input is gone`);
    });
  }
  console.log(verdicts.every(passes) ? 'passed' : 'FAILED');
}
