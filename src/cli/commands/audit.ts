import { Command, Option } from 'commander';
import type { Settings } from '../../config/table';
import { describeFinding, isComplete, type PartitionVerdict, passes } from '../../domain/audit/audit';
import { INPUT_ROLES } from '../../domain/event';
import type { SchemaById } from '../../serde/contracts';
import { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { UpdateCodec } from '../../serde/update-codec';
import { type AuditOptions, auditTopics } from '../../services/audit/audit';
import { openPlatform } from '../open-platform';
import { awaitPartitions, type Platform } from '../platform';
import { EXIT, runProcess } from '../process';
import { eventCodec, openSchemas } from '../scoring';

interface AuditArguments {
  readonly json?: true;
  readonly keptOnly?: true;
  readonly emission?: Settings['CLV_EMISSION'];
}

export function auditCommand(): Command {
  return new Command('audit')
    .description('read the topics and prove: no event lost, none doubled, every update once')
    .option('--json', 'print one line of JSON')
    .option(
      '--kept-only',
      'exit code 0 where everything that the log still holds passes, although older parts are gone',
    )
    .addOption(
      new Option('--emission <mode>', 'how the updates were written (CLV_EMISSION)').choices([
        'every',
        'coalesce',
        'latest',
      ]),
    )
    .addHelpText(
      'after',
      `
Every record of orders, clicks and browses must have exactly one outcome: an update or a dead letter. Reads nothing but the topics
(committed records only) and what the group has published so far; records beyond that are pending. With emission coalesce or latest an
update stands for several events: the counts that it carries must never fall, follow from the input, and end at the input's count. That
judges a log of several modes, too.

What is said of each partition, with the first offending offsets:
  lost        positions without an outcome
  missing     of these, events that no later update of the customer shows: they were never folded
  doubled     positions with more than one outcome
  re-ordered  updates out of the order of their topic
  mismatched  counts or hashes that do not follow from the input
  unexpected  outcomes of positions where the log holds no record
  compacted   positions whose own update compaction has taken; a later one shows them, with the right count and hash

Exit code 0: everything passed. 1: something is lost, missing, doubled, re-ordered, mismatched or unexpected. 3: what could be looked at
passed, but retention or compaction has taken a part ("not auditable before offset X"); --kept-only takes that for 0.`,
    )
    .action((options: AuditArguments) => {
      // Both are judged alike, and `latest` is no setting of the embedded store.
      const emission = options.emission === 'latest' ? 'coalesce' : options.emission;
      const overrides = emission === undefined ? {} : { CLV_EMISSION: emission };
      return runProcess({ name: 'audit', overrides }, async ({ settings, observer, clock, signal }) => {
        const platform = await openPlatform(settings, observer, clock);
        try {
          const partitions = await awaitPartitions(platform, observer, clock, signal);
          const schemas = await openSchemas(settings);
          const verdicts = await auditPlatform(platform, settings, partitions, schemas, (partition) =>
            platform.emitted(partition),
          );
          const passed = verdicts.every(passes);
          const complete = verdicts.every(isComplete);
          if (options.json) console.log(JSON.stringify({ passes: passed, complete, partitions: verdicts }));
          else print(verdicts);
          if (!passed) return EXIT.failed;
          return complete || options.keptOnly ? EXIT.ok : EXIT.partial;
        } finally {
          await platform.close();
        }
      });
    });
}

/** The audit on a platform's topics. `emitted` null demands an outcome of every record. */
export async function auditPlatform(
  platform: Platform,
  settings: Settings,
  partitions: number,
  schemas: SchemaById,
  emitted: AuditOptions['emitted'],
): Promise<PartitionVerdict[]> {
  const ports = {
    reader: platform.reader(),
    events: eventCodec(settings, partitions, schemas),
    updates: new UpdateCodec(schemas),
    deadLetters: new DeadLetterCodec(schemas),
  };
  const { inputs, updates, deadLetters } = platform.topics;
  return auditTopics(ports, { inputs, updates, deadLetters }, partitions, {
    emission: settings.CLV_EMISSION === 'every' ? 'every' : 'coalesced',
    emitted,
    updatesKeptSinceMs: await platform.updatesKeptSinceMs(),
  });
}

const COLUMNS: readonly (readonly [string, keyof PartitionVerdict])[] = [
  ['partition', 'partition'],
  ['events', 'events'],
  ['updates', 'updates'],
  ['dead letters', 'deadLetters'],
  ['lost', 'lost'],
  ['missing', 'missing'],
  ['doubled', 'doubled'],
  ['re-ordered', 'reordered'],
  ['mismatched', 'mismatched'],
  ['unexpected', 'unexpected'],
  ['pending', 'pending'],
  ['compacted', 'compacted'],
];

function print(verdicts: readonly PartitionVerdict[]): void {
  const widthOf = (title: string) => Math.max(title.length, 9);
  const line = (cell: (column: (typeof COLUMNS)[number]) => string) =>
    console.log(COLUMNS.map((column) => cell(column).padStart(widthOf(column[0]))).join('  '));
  line(([title]) => title);
  for (const verdict of verdicts) line(([, field]) => String(verdict[field]));
  for (const verdict of verdicts) {
    for (const finding of verdict.findings) console.log(describeFinding(verdict.partition, finding));
    for (const gap of describeGaps(verdict)) console.log(gap);
  }
  if (!verdicts.every(passes)) console.log('FAILED');
  else if (verdicts.every(isComplete)) console.log('passed');
  else console.log('PARTLY AUDITABLE: what the log still holds passed; nothing is said of the rest');
}

function describeGaps({ partition, notAuditableBefore, inputFrom }: PartitionVerdict): string[] {
  return notAuditableBefore.flatMap((before, topic) => {
    if (before === 0) return [];
    const from = inputFrom[topic]!;
    const gone =
      before === from
        ? 'the input is gone'
        : `updates or dead letters of offsets ${from} to ${before - 1} are gone in part`;
    return [`partition ${partition}, ${INPUT_ROLES[topic]}: not auditable before offset ${before}, ${gone}`];
  });
}
