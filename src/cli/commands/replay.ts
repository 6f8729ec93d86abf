import { SingleBar } from 'cli-progress';
import { Command, Option } from 'commander';
import { openEventCsv } from '../../adapters/system/event-csv';
import { ProfilesAtFirstEvent } from '../../domain/state/profile-events';
import { noneMet, readAttributes } from '../../services/simulator/recorded-attributes';
import { type ReplayReport, runReplay } from '../../services/simulator/replay';
import { feedSettings } from '../compose/feed';
import { positiveNumber, speed } from '../options/option-values';
import { openPlatform } from '../platform/open-platform';
import { awaitPartitions, moneyOf } from '../platform/platform';
import { EXIT, runProcess } from '../process/process';
import { cleaningLines } from '../reports/cleaning-lines';

interface ReplayOptions {
  readonly events: readonly string[];
  readonly attributes?: string;
  readonly speed: number;
  readonly ticksEvery: number;
  readonly ticks: boolean;
  readonly currency?: string;
}

export function replayCommand(): Command {
  return new Command('replay')
    .description('write recorded events into the input topics')
    .requiredOption('--events <file...>', 'CSV with a header, gzipped if the name ends in .gz')
    .option(
      '--attributes <file>',
      'attributes of the customers: CSV of customer_id and age_band, region, channel; written right before their first event',
    )
    .addOption(
      new Option('--speed <n>', 'seconds of event time per second; max for as fast as possible')
        .argParser(speed)
        .default(Number.POSITIVE_INFINITY, 'max'),
    )
    .option('--currency <code>', 'currency of the event files (CLV_CURRENCY)')
    .option(
      '--ticks-every <days>',
      'days of event time between two ticks, each of which re-scores the quiet customers',
      positiveNumber,
      1,
    )
    .option('--no-ticks', 'write no ticks')
    .addHelpText(
      'after',
      `
Columns: customer_id, ts (ISO 8601), kind (order, refund, cancel, click, browse, review), order_id, amount (decimal, negative
for a refund), items, stars (of a review; otherwise attr). Rows of other kinds are counted and left out. Rows that can't be used are
printed with their line numbers. Event ids follow from file and row: if the same file is written twice, the scorer turns the repeats into
dead letters.`,
    )
    .action((options: ReplayOptions) => {
      const overrides = options.currency === undefined ? {} : { CLV_CURRENCY: options.currency };
      const named = { name: 'replay', overrides, withoutRedis: true } as const;
      return runProcess(named, async ({ settings, observer, clock, signal }) => {
        const platform = await openPlatform(settings, observer, clock);
        try {
          const partitions = await awaitPartitions(platform, observer, clock, signal);
          const writer = platform.writer();
          const ticks = { everyDays: options.ticks ? options.ticksEvery : 0, shards: 8 };
          const feed = feedSettings(settings, platform.topics, partitions, ticks);
          const { minorPerMajor } = moneyOf(settings);
          const table = options.attributes === undefined ? undefined : await openEventCsv(options.attributes);
          const profiles = table && new ProfilesAtFirstEvent(await readAttributes(table));
          let usable = true;
          for (const path of options.events) {
            const file = await openEventCsv(path);
            const bar = progressBar(file.name, file.bytesTotal);
            const report = await runReplay(
              { feed, minorPerMajor, acceleration: options.speed, ...(profiles && { profiles }) },
              {
                file,
                writer,
                clock,
                onProgress: ({ bytesRead, rows }) => bar.update(bytesRead, { rows }),
                onTrouble: (message) => observer.notice('warn', message),
              },
              signal,
            );
            bar.stop();
            usable = describe(path, report) && usable;
          }
          if (profiles?.customers.met === 0) {
            console.error(noneMet(table!.name, profiles.customers.total));
            usable = false;
          }
          return usable ? EXIT.ok : EXIT.failed;
        } finally {
          await platform.close();
        }
      });
    });
}

function progressBar(name: string, bytes: number): SingleBar {
  const format = `${name} [{bar}] {percentage} % | {rows} rows | {eta_formatted} to go`;
  const bar = new SingleBar({ format, stream: process.stderr, noTTYOutput: false, hideCursor: true });
  bar.start(bytes, 0, { rows: 0 });
  return bar;
}

/** Prints what became of the rows. False if some could not be used, or if the file was not read to its end. */
function describe(path: string, report: ReplayReport): boolean {
  const { rows, events, totals, skippedKinds, faults, faultCount, roundedAmounts, withoutAmount, complete } = report;
  console.log(
    `${path}: ${rows} rows, ${events} events (${totals.orders} orders and refunds, ${totals.clicks} clicks, ${totals.browses} browses, ${totals.reviews} reviews), ${totals.customers} profiles, ${totals.ticks} ticks`,
  );
  for (const [kind, count] of skippedKinds)
    console.log(`  ${count} rows of kind ${kind} left out: no input topic takes them`);
  if (roundedAmounts > 0)
    console.log(`  ${roundedAmounts} amounts with more decimals than the currency, rounded half to even`);
  if (withoutAmount > 0) console.log(`  ${withoutAmount} orders without an amount, written as 0`);
  for (const line of cleaningLines(report.cleaned)) console.log(`  ${line}`);
  for (const { line, fault } of faults) console.error(`  line ${line}: ${fault}`);
  if (faultCount > faults.length) console.error(`  … and ${faultCount - faults.length} more rows that can't be used`);
  if (!complete) console.error('  stopped before the end of the file');
  return faultCount === 0 && complete;
}
