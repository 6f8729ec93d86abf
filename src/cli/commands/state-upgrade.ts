import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { setTrainerStoreFormat, TRAINER_DATA_FILE } from '../../adapters/embedded/trainer-store-format';
import { NEWEST_FORMAT } from '../../serde/format-level';
import { FormatUpgradeError, type UpgradeReport, upgradeFormats } from '../../services/archive/format-upgrade';
import { positiveInteger } from '../options/option-values';
import { type At, withPlatform } from '../platform/with-platform';
import { runProcess } from '../process/process';

interface Options {
  readonly to: number;
  readonly rewrite?: true;
  readonly force?: true;
  readonly trainer?: true;
}

const MOST_NAMED = 20;

export function stateUpgradeCommand(): Command {
  return new Command('upgrade')
    .description('raise the format level of the stored state, when the last scorer of the version before is stopped')
    .option(
      '--to <level>',
      'format level to reach; a lower one is the way back to the version before',
      positiveInteger,
      NEWEST_FORMAT,
    )
    .option('--rewrite', 'rewrite every state now; without it each is rewritten at its customer’s next event')
    .option('--force', 'do it although a scorer of the version before was the last to own a partition')
    .option('--trainer', 'do it to the trainer’s folder (CLV_HOME/trainer) instead; stop the trainer before')
    .addHelpText(
      'after',
      `
A scorer writes at the level that is stored with each partition, and reads every level. So a new version runs beside the version before,
and can be rolled back, until this command raises the level. It may run beside scorers: each owner claims its partition again.

To go back: stop the scorers of this version, run "state upgrade --to 1", start the version before. A lower level always rewrites.
docs/upgrade.md has the steps.`,
    )
    .action((options: Options) =>
      options.trainer ? upgradeTrainer(options) : withPlatform('state upgrade', (at) => upgradeState(at, options)),
    );
}

async function upgradeState({ platform, partitions }: At, { to, rewrite, force }: Options): Promise<void> {
  const { stderr } = process;
  const settings = { partitions, level: to, rewrite: rewrite === true || to < NEWEST_FORMAT, force: force === true };
  const report = await upgradeFormats(platform.stateFormats(), platform.stateReader(), settings, (done) => {
    if (stderr.isTTY)
      stderr.write(`\r\x1b[2Kpartition ${done.partition + 1} of ${partitions}, ${done.rewritten} rewritten`);
  });
  if (stderr.isTTY) stderr.write('\n');
  console.log(summary(report, to, partitions));
  for (const { partition, customerId, reason } of report.unreadable.slice(0, MOST_NAMED)) {
    console.error(`partition ${partition}, customer ${customerId}: ${reason}`);
  }
  if (report.unreadable.length > 0) {
    throw new FormatUpgradeError(
      `${report.unreadable.length} states can't be read and were left as they are: run clv-stream state rebuild CUSTOMER for each`,
    );
  }
  if (report.remaining > 0) {
    throw new FormatUpgradeError(
      `${report.remaining} states are at another level still, because another version goes on writing: stop its scorers, then run this again`,
    );
  }
}

function summary({ changed, untouched, rewritten }: UpgradeReport, level: number, partitions: number): string {
  const never = untouched === 0 ? '' : `, ${untouched} were never claimed`;
  return `format level ${level}: ${changed} of ${partitions} partitions changed${never}; ${rewritten} blobs rewritten`;
}

function upgradeTrainer({ to }: Options): Promise<void> {
  return runProcess({ name: 'state upgrade' }, async ({ settings }) => {
    const path = join(settings.CLV_HOME, 'trainer');
    if (!existsSync(join(path, TRAINER_DATA_FILE))) {
      throw new FormatUpgradeError(`${path} holds no trainer's data: set CLV_HOME to the trainer's`);
    }
    const rewritten = await setTrainerStoreFormat(path, to);
    console.log(`${path}: format level ${to}; ${rewritten} states rewritten`);
    return undefined;
  });
}
