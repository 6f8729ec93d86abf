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
    .description(
      'raise the format level of the stored state, after the last scorer of the previous version has stopped',
    )
    .option(
      '--to <level>',
      'format level to reach; a lower one makes the state readable for the previous version again',
      positiveInteger,
      NEWEST_FORMAT,
    )
    .option('--rewrite', 'rewrite every state now; without it, each is rewritten at its customer’s next event')
    .option('--force', 'go on although a scorer of the previous version was the last owner of a partition')
    .option('--trainer', 'change the trainer’s folder (CLV_HOME/trainer) instead; stop the trainer first')
    .addHelpText(
      'after',
      `
A scorer reads every level, and writes the level that is stored with each partition. So a new version can run beside the previous one, and
can be rolled back, until this command raises the level. Scorers may go on running: each owner claims its partition again.

To go back: stop the scorers of this version, run "state upgrade --to 2", start the previous version. A lower level rewrites every state.
docs/upgrade.md has the steps.`,
    )
    .action((options: Options) =>
      options.trainer
        ? upgradeTrainer(options)
        : withPlatform({ name: 'state upgrade' }, (at) => upgradeState(at, options)),
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
      `${report.unreadable.length} states can't be read and were left unchanged: run clv-stream state rebuild CUSTOMER for each`,
    );
  }
  if (report.remaining > 0) {
    throw new FormatUpgradeError(
      `${report.remaining} states are still at another level, because a scorer of another version goes on writing: stop it, then run this command again`,
    );
  }
}

function summary({ changed, untouched, rewritten }: UpgradeReport, level: number, partitions: number): string {
  const never = untouched === 0 ? '' : `, ${untouched} were never claimed`;
  return `format level ${level}: ${changed} of ${partitions} partitions changed${never}; ${rewritten} blobs rewritten`;
}

function upgradeTrainer({ to }: Options): Promise<void> {
  return runProcess({ name: 'state upgrade', withoutRedis: true }, async ({ settings }) => {
    const path = join(settings.CLV_HOME, 'trainer');
    if (!existsSync(join(path, TRAINER_DATA_FILE))) {
      throw new FormatUpgradeError(`${path} holds no trainer's data: set CLV_HOME to the folder of the trainer`);
    }
    const rewritten = await setTrainerStoreFormat(path, to);
    console.log(`${path}: format level ${to}; ${rewritten} states rewritten`);
    return undefined;
  });
}
