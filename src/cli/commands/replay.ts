import { Command, Option } from 'commander';
import { openTable } from '../../adapters/files/open-table';
import { ProfilesAtFirstEvent } from '../../domain/state/profile-events';
import { countOf } from '../../domain/wording';
import { GIVES_UP_AFTER_MS, Patience } from '../../ports/patience';
import { noneMet, readAttributes } from '../../services/files/customer-attributes';
import type { EventFiles } from '../../services/files/event-files';
import { reportLines } from '../../services/files/file-report';
import { eventsByTime } from '../../services/files/history-rows';
import { type ReplayReport, runReplay } from '../../services/simulator/replay';
import { backfill } from '../backfill/run';
import { feedSettings } from '../compose/feed';
import { openEvents, shareRead, surveyEvents } from '../files/open-events';
import { requireTimeOrder } from '../files/time-order';
import { type FileArguments, withFileOptions } from '../options/file-options';
import { currencyOption, isoInstant, positiveNumber, speed } from '../options/option-values';
import { awaitPartitions } from '../platform/await-partitions';
import { openPlatform } from '../platform/open-platform';
import { EXIT, runProcess } from '../process/process';
import { cleaningLines } from '../reports/cleaning-lines';
import { ProgressLine } from '../reports/progress-line';

interface ReplayOptions extends FileArguments {
  readonly events: readonly string[];
  readonly attributes?: string;
  readonly speed: number;
  readonly ticksEvery: number;
  readonly ticks: boolean;
  readonly currency?: string;
  readonly backfill?: true;
  readonly rate?: number;
  readonly until?: number;
  readonly force?: true;
}

export function replayCommand(): Command {
  return withFileOptions(new Command('replay'))
    .description('write recorded events into the input topics')
    .requiredOption('--events <file...>', 'event files: CSV with a header, gzipped or not, or Parquet')
    .option(
      '--attributes <file>',
      'attributes of the customers: CSV of customer_id and age_band, region, channel; written right before their first event',
    )
    .addOption(
      new Option('--speed <n>', 'seconds of event time per second; max for as fast as possible')
        .argParser(speed)
        .default(Number.POSITIVE_INFINITY, 'max'),
    )
    .option('--currency <code>', 'currency of the event files, ISO 4217 (CLV_CURRENCY)', currencyOption)
    .option(
      '--ticks-every <days>',
      'days of event time between two ticks, each of which re-scores the quiet customers',
      positiveNumber,
      1,
    )
    .option('--no-ticks', 'write no ticks')
    .addOption(
      new Option(
        '--backfill',
        'beside live traffic: write each row once, also after a kill, only rows before live traffic began, and no ticks',
      ).conflicts(['speed', 'ticksEvery']),
    )
    .option(
      '--until <instant>',
      'with --backfill: when live traffic began; default: found out from the topics',
      isoInstant,
    )
    .option('--rate <n>', 'with --backfill: events per second at most', positiveNumber)
    .option('--force', 'go on although most rows of a file can not be used')
    .addHelpText(
      'after',
      `
Columns: customer_id, ts (ISO 8601), kind (order, refund, cancel, click, browse, review), order_id, amount (decimal, negative
for a refund), items, unit_price (in place of amount), refunded (of an order), currency, stars (of a review; otherwise attr). Other files are
read with --preset, --map and the options below it (docs/files.md). The report says how many rows were read, taken and passed over, with the first row of each
reason. Files are read three times: the first record is written after the second. All files are merged by time, and rows that are not in its order are put in it, up to a million of them. Event ids follow from file and row: if the same file is written twice, the scorer turns the repeats into
dead letters.`,
    )
    .action((options: ReplayOptions, command: Command) => {
      if (!options.backfill && (options.until !== undefined || options.rate !== undefined)) {
        command.error('error: --until and --rate belong to --backfill');
      }
      const overrides = options.currency === undefined ? {} : { CLV_CURRENCY: options.currency };
      const named = { name: 'replay', overrides, withoutRedis: true } as const;
      if (options.backfill) {
        const { rate = Number.POSITIVE_INFINITY, ...rest } = options;
        return runProcess(named, (context) => backfill({ ...rest, rate }, context));
      }
      return runProcess(named, async ({ settings, observer, clock, signal }) => {
        const platform = await openPlatform(settings, observer, clock);
        try {
          const partitions = await awaitPartitions(platform, { observer, clock, signal });
          const writer = platform.writer();
          const ticks = { everyDays: options.ticks ? options.ticksEvery : 0, shards: 8 };
          const feed = feedSettings(settings, platform.topics, partitions, ticks);
          const { CLV_CURRENCY: currency, CLV_MAX_FUTURE_SECONDS: maxFutureS } = settings;
          const limits = { currency, nowMs: clock.nowMs(), maxFutureMs: maxFutureS * 1000 };
          const table = options.attributes === undefined ? undefined : await openTable(options.attributes);
          const profiles = table && new ProfilesAtFirstEvent(await readAttributes(table));
          const files = await openEvents(options.events, options, limits);
          await requireUsable(files, options.force === true);
          await requireTimeOrder(files, settings.CLV_LATENESS_SECONDS);
          const tables = files.files.map(({ table }) => table);
          const line = new ProgressLine(process.stderr, clock);
          let report: ReplayReport;
          try {
            report = await runReplay(
              { feed, acceleration: options.speed, ...(profiles && { profiles }) },
              {
                events: eventsByTime(files.inTime),
                writer,
                clock,
                patience: new Patience(clock, GIVES_UP_AFTER_MS, (error) => platform.logFault(error).text),
                onProgress: () => line.show({ share: shareRead(tables), text: 'replay' }),
                onTrouble: (message) => {
                  line.clear();
                  observer.notice('warn', message);
                },
              },
              signal,
            );
          } finally {
            line.clear();
            for (const file of files.files) for (const text of reportLines(file.report())) console.log(text);
          }
          let done = describe(report);
          if (profiles?.customers.met === 0) {
            console.error(noneMet(table!.name, profiles.customers.total));
            done = false;
          }
          return done ? EXIT.ok : EXIT.failed;
        } finally {
          await platform.close();
        }
      });
    });
}

/** Before the first record is written: rejects with FileError if most rows of a file can't be used, and prints what became of them. */
async function requireUsable(files: EventFiles, force: boolean): Promise<void> {
  await surveyEvents(files);
  try {
    files.requireUsable(force, (line) => console.error(line));
  } catch (error) {
    for (const file of files.files) for (const line of reportLines(file.report())) console.log(line);
    throw error;
  }
}

/** Prints what was written. False if the files were not read to their end. */
function describe({ events, totals, cleaned, complete }: ReplayReport): boolean {
  const written = [
    countOf(totals.orders, 'order or refund', 'orders and refunds'),
    countOf(totals.clicks, 'click'),
    countOf(totals.browses, 'browse'),
    countOf(totals.reviews, 'review'),
  ];
  const others = `${countOf(totals.customers, 'profile')}, ${countOf(totals.ticks, 'tick')}`;
  console.log(`  ${countOf(events, 'event')} (${written.join(', ')}), ${others}`);
  for (const line of cleaningLines(cleaned)) console.log(`  ${line}`);
  if (!complete) console.error('  stopped before the end of the files');
  return complete;
}
