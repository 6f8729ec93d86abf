import { Command, Option } from 'commander';
import type { Settings } from '../../config/table';
import { isComplete, isScorable, passes } from '../../domain/audit/audit';
import { auditDeployment } from '../compose/audit';
import { openDeployment } from '../compose/deployment';
import { shareOf, wholeNumber } from '../options/option-values';
import { openPlatform } from '../platform/open-platform';
import { EXIT, runProcess } from '../process/process';
import { printAudit, progressOn } from '../reports/audit-lines';

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
    .description('read the topics and prove: no event lost, none doubled, every update once, nothing altered')
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
    .addOption(
      new Option('--rescore [share]', 'compute the scores again, of this share of the customers (0 to 1)')
        .argParser(shareOf)
        .preset(1),
    )
    .addOption(
      new Option('--seed <number>', 'which customers --rescore draws')
        .argParser(wholeNumber)
        .default(Math.floor(Math.random() * 2 ** 32), 'another one each time'),
    )
    .addOption(
      new Option('--max-pending <seconds>', 'a record that waits for its outcome for longer is a fault')
        .argParser(wholeNumber)
        .default(DEFAULT_MAX_PENDING_S),
    )
    .addHelpText(
      'after',
      `
Every record of a customer must have exactly one outcome: an update or a dead letter. What these say is held against the input: counts,
hashes, times and historic figures are computed again, sums and probabilities must agree, a dead letter must hold its record's bytes and
the reason that decoding it gives. The audit reads nothing but the topics (committed records only) and what the group has published so
far. Records beyond that are pending. docs/audit.md lists how each field is decided. With emission coalesce or latest an update stands
for several events: the counts that it carries must never fall, follow from the input, and end at the input's count. That judges a log of
several modes, too.

--rescore folds customers again with the models that their updates name, and compares every score. It decides values and model versions.
With a share it draws customers: the chance that one altered customer is seen is the share.

What is counted in each partition, with the first offending offsets:
  lost          positions without an outcome
  missing       of these, events that no later update of the customer shows: they were never folded
  doubled       positions with more than one outcome
  re-ordered    updates out of the order of their topic
  mismatched    counts or hashes that do not follow from the input
  unexpected    outcomes of positions where the log holds no record
  contradicted  fields that the input, an invariant or the named model contradicts
  foreign       records of an output topic that are no update and no dead letter
  overdue       records that have been pending for longer than --max-pending
  compacted     positions whose own update compaction has taken; a later one shows them, with the right count and hash

Exit code 0: everything passed. 1: a fault of the list above, compacted apart. 3: what could be looked at passed, but retention or
compaction has taken a part ("not auditable before offset X"; --kept-only takes that for 0), or a model that updates name is gone
("cannot be rescored").`,
    )
    .action((options: AuditArguments) => {
      // Both are judged alike, and `latest` is no setting of the embedded store.
      const emission = options.emission === 'latest' ? 'coalesce' : options.emission;
      const overrides = emission === undefined ? {} : { CLV_EMISSION: emission };
      return runProcess({ name: 'audit', overrides }, async (context) => {
        const { settings, observer, clock } = context;
        const platform = await openPlatform(settings, observer, clock);
        try {
          const deployment = await openDeployment(platform, context);
          const verdicts = await auditDeployment(deployment, (partition) => platform.emitted(partition), {
            overdueBeforeMs: clock.nowMs() - 1000 * options.maxPending,
            ...(options.rescore === undefined ? {} : { share: options.rescore, seed: options.seed }),
            onProgress: progressOn(process.stderr, clock),
          });
          const passed = verdicts.every(passes);
          const complete = verdicts.every(isComplete);
          const scorable = verdicts.every(isScorable);
          const sample = options.rescore === undefined ? {} : { rescore: options.rescore, seed: options.seed };
          if (options.json) {
            console.log(JSON.stringify({ passes: passed, complete, scorable, ...sample, partitions: verdicts }));
          } else printAudit(verdicts, options.rescore, options.seed);
          if (!passed) return EXIT.failed;
          return scorable && (complete || options.keptOnly) ? EXIT.ok : EXIT.partial;
        } finally {
          await platform.close();
        }
      });
    });
}
