import { Command, Option } from 'commander';
import { mulberry32 } from '../../domain/math/random';
import { SHOPS, type ShopName } from '../../domain/simulation/shop-population';
import { simulateShop } from '../../domain/simulation/simulated-shop';
import { GIVES_UP_AFTER_MS, Patience } from '../../ports/patience';
import { runSimulator, type SimulatorProgress } from '../../services/simulator/simulator';
import { feedSettings } from '../compose/feed';
import { positiveInteger, positiveNumber, speed, wholeNumber } from '../options/option-values';
import { awaitPartitions } from '../platform/await-partitions';
import { openPlatform } from '../platform/open-platform';
import { runProcess } from '../process/process';
import { type Progress, ProgressLine } from '../reports/progress-line';

interface SimulateOptions {
  readonly customers: number;
  readonly rate: number;
  readonly acceleration: number;
  readonly events?: number;
  readonly days: number;
  readonly seed: number;
  readonly shop: ShopName;
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('write the events of simulated shoppers into the input topics')
    .option('--customers <n>', 'customers of the first year', positiveInteger, 5_000)
    .option('--rate <n>', 'most events per second; max for no limit', speed, 200)
    .addOption(
      new Option('--acceleration <n>', 'most seconds of event time per second; max for no limit')
        .argParser(speed)
        .default(Number.POSITIVE_INFINITY, 'max'),
    )
    .option('--events <n>', 'stop after this many events', positiveInteger)
    .option('--days <n>', 'days before now at which the first event lies', positiveNumber, 365)
    .addOption(new Option('--shop <name>', 'population').choices(Object.keys(SHOPS)).default('demo'))
    .option('--seed <n>', 'seed of the shoppers', wholeNumber, 1)
    .addHelpText(
      'after',
      '\nWrites orders, clicks, browses and, once per day of event time, ticks. The same seed gives the same shoppers.',
    )
    .action((options: SimulateOptions) =>
      runProcess({ name: 'simulate', withoutRedis: true }, async ({ settings, observer, clock, signal }) => {
        const platform = await openPlatform(settings, observer, clock);
        try {
          const partitions = await awaitPartitions(platform, { observer, clock, signal });
          const startS = Math.floor(clock.nowMs() / 1000 - options.days * 86_400);
          const events = simulateShop(SHOPS[options.shop], {
            customers: options.customers,
            startS,
            random: mulberry32(options.seed),
          });
          const line = new ProgressLine(process.stderr, clock);
          // Without an end it is traffic, as that of a shop.
          const patienceMs = options.events === undefined ? Number.POSITIVE_INFINITY : GIVES_UP_AFTER_MS;
          const report = await runSimulator(
            events,
            {
              feed: feedSettings(settings, platform.topics, partitions, { everyDays: 1, shards: 8 }),
              pace: { eventsPerSecond: options.rate, acceleration: options.acceleration },
              maxEvents: options.events ?? Number.POSITIVE_INFINITY,
            },
            {
              writer: platform.writer(),
              patience: new Patience(clock, patienceMs, (error) => platform.logFault(error).text),
              clock,
              onProgress: (progress) => line.show(simulated(progress, options.events)),
              onTrouble: (message) => {
                line.clear();
                observer.notice('warn', message);
              },
            },
            signal,
          ).finally(() => line.clear());
          console.log(`${report.events} events written, up to ${new Date(report.eventTimeS * 1000).toISOString()}`);
          return undefined;
        } finally {
          await platform.close();
        }
      }),
    );
}

function simulated({ events, eventTimeS }: SimulatorProgress, of: number | undefined): Progress {
  const day = new Date(eventTimeS * 1000).toISOString().slice(0, 10);
  const count = of === undefined ? `${events} events` : `${events} of ${of} events`;
  return { share: of === undefined ? null : events / of, text: `simulate: ${count}, shop day ${day}` };
}
