import { Command, Option } from 'commander';
import type { Settings } from '../../config/table';
import { isComplete, isScorable, judgesNothing, type PartitionVerdict, passes } from '../../domain/audit/audit';
import { auditDeployment } from '../compose/audit';
import { openDeployment } from '../compose/deployment';
import { shareOf, wholeNumber } from '../options/option-values';
import { awaitCounts } from '../platform/await-partitions';
import { openExistingPlatform } from '../platform/open-platform';
import { type Platform, type Topics, topicsOf } from '../platform/platform';
import { EXIT, type ProcessContext, runProcess } from '../process/process';
import { nothingToAudit, printAudit } from '../reports/audit-lines';
import { ProgressLine } from '../reports/progress-line';

interface AuditArguments {
  readonly json?: true;
  readonly keptOnly?: true;
  readonly emission?: Settings['CLV_EMISSION'];
  readonly rescore?: number;
  readonly seed: number;
  readonly maxPending: number;
}

const DEFAULT_MAX_PENDING_S = 600;

export function auditCommand(): Command {
  return new Command('audit')
    .description('prove from the topics: no event lost, none doubled, every update once, nothing altered')
    .option('--json', 'print one line of JSON')
    .option('--kept-only', 'exit with 0 if everything that the log still holds passes, although older parts are gone')
    .addOption(
      new Option('--emission <mode>', 'how the updates were written (CLV_EMISSION)').choices([
        'every',
        'coalesce',
        'latest',
      ]),
    )
    .addOption(
      new Option('--rescore [share]', 'compute the scores of this share of the customers again (0 to 1)')
        .argParser(shareOf)
        .preset(1),
    )
    .addOption(
      new Option('--seed <number>', 'seed that draws the customers of --rescore')
        .argParser(wholeNumber)
        .default(Math.floor(Math.random() * 2 ** 32), 'another one each time'),
    )
    .addOption(
      new Option('--max-pending <seconds>', 'seconds after which a record without an outcome is a fault')
        .argParser(wholeNumber)
        .default(DEFAULT_MAX_PENDING_S),
    )
    .addHelpText(
      'after',
      `
Every record of a customer must have exactly one outcome: an update or a dead letter. The audit compares the outcomes with the input:
  - It computes counts, hashes, times and historic figures again.
  - Sums and probabilities must agree.
  - A dead letter must hold its record's bytes, and the reason that decoding it gives.
The audit reads only the topics (committed records only) and the offsets that the group has published. Records beyond those are pending.
docs/audit.md lists how each field is decided.

With emission coalesce or latest an update stands for several events. The counts that it carries must never fall, must follow from the input,
and must end at the input's count. This rule also fits a log that was written in several modes.

--rescore folds customers again with the models that their updates name, and compares every score. It decides values and model versions.
With a share it draws customers. The share is also the probability that one altered customer is found.

Columns for each partition, with the first offending offsets:
  lost          positions without an outcome
  missing       of these, events that no later update of the customer shows: they were never folded
  doubled       positions with more than one outcome
  re-ordered    updates out of the order of their topic
  mismatched    counts or hashes that do not follow from the input
  unexpected    outcomes of positions at which the log holds no record
  contradicted  fields that the input, an invariant or the named model contradicts
  foreign       records of an output topic that are neither an update nor a dead letter
  overdue       records that have been pending for longer than --max-pending
  compacted     positions whose own update was compacted away; a later one shows them, with the right count and hash

Exit codes:
  0  everything passed
  1  a fault of the list above (compacted is no fault)
  3  no fault was found, but a part could not be checked: retention or compaction has deleted it ("not auditable before offset X"; 0 with
     --kept-only), or a model that updates name is gone ("cannot be rescored"). Also if there is nothing to audit: no record has an outcome
     yet, or the topics do not exist`,
    )
    .action((options: AuditArguments) => {
      // The audit judges both alike, and the embedded store has no setting `latest`.
      const emission = options.emission === 'latest' ? 'coalesce' : options.emission;
      const overrides = emission === undefined ? {} : { CLV_EMISSION: emission };
      return runProcess({ name: 'audit', overrides, withoutRedis: true }, async (context) => {
        const { settings, observer, clock } = context;
        const platform = await openExistingPlatform(settings, observer, clock);
        try {
          let verdicts: PartitionVerdict[] = [];
          if (platform !== null && (await hasOutputs(platform, context))) {
            const deployment = await openDeployment(platform, context);
            const line = new ProgressLine(process.stderr, clock);
            verdicts = await auditDeployment(deployment, (partition) => platform.emitted(partition), {
              overdueBeforeMs: clock.nowMs() - 1000 * options.maxPending,
              ...(options.rescore === undefined ? {} : { share: options.rescore, seed: options.seed }),
              onProgress: (partition, records) =>
                line.show({
                  share: partition / deployment.partitions,
                  text: `audit: partition ${partition}, ${records} records read`,
                }),
            });
            line.clear();
          }
          return report(verdicts, topicsOf(settings), options);
        } finally {
          await platform?.close();
        }
      });
    });
}

/** Prints the verdict and returns the exit code. `verdicts` is empty if there are no topics. */
function report(verdicts: readonly PartitionVerdict[], topics: Topics, options: AuditArguments): number {
  const faultless = verdicts.every(passes);
  const nothing = verdicts.every(judgesNothing);
  const passed = faultless && !nothing;
  const complete = verdicts.every(isComplete);
  const scorable = verdicts.every(isScorable);
  const sample = options.rescore === undefined ? {} : { rescore: options.rescore, seed: options.seed };
  if (options.json) {
    console.log(JSON.stringify({ passes: passed, complete, scorable, nothing, ...sample, partitions: verdicts }));
  } else if (nothing && faultless && complete) console.log(nothingToAudit(verdicts, topics));
  else printAudit(verdicts, options.rescore, options.seed);
  if (!faultless) return EXIT.failed;
  return passed && scorable && (complete || options.keptOnly) ? EXIT.ok : EXIT.partial;
}

/** False if neither output topic exists: setup has not run here, so there is nothing to wait for. */
async function hasOutputs(platform: Platform, context: ProcessContext): Promise<boolean> {
  const { updates, deadLetters } = platform.topics;
  return (await awaitCounts(platform, [updates, deadLetters], context)).size > 0;
}
