import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { DEMO_MAX_FUTURE_SECONDS, type DemoProgress, type DemoReport, runDemo } from '../demo/run';
import { positiveInteger, positiveNumber, wholeNumber } from '../options/option-values';
import { openPlatform } from '../platform/open-platform';
import { EXIT, runProcess } from '../process/process';
import { ProgressLine } from '../reports/progress-line';

interface DemoArguments {
  readonly events?: number;
  readonly customers: number;
  readonly rate: number;
  readonly seed: number;
  readonly deadline: number;
  readonly home?: string;
  readonly json?: true;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('everything in one command, without Kafka, Redis or Docker: shoppers, scorer, trainer, dashboard')
    .option('--events <n>', 'stop after N events, or at the first promoted model if that comes later', positiveInteger)
    .option('--customers <n>', 'customers of the simulated shop in its first year', positiveInteger, 1_500)
    .option('--rate <n>', 'events per second', positiveNumber, 500)
    .option('--seed <n>', 'seed of the shoppers', wholeNumber, 1)
    .option(
      '--deadline <s>',
      'with --events: fail if no model was promoted within this many seconds',
      positiveNumber,
      300,
    )
    .option('--home <dir>', 'keep log, state and trainer in this folder; default: a temporary one that is deleted')
    .option('--json', 'print the last line as JSON')
    .addHelpText(
      'after',
      `
Simulated shoppers order, click, browse, return items and stay away. Each event rescores its customer. A trainer beside it lets labels
mature and swaps better models in. Days pass in seconds. The first lines show the store and the dashboard's address (CLV_HTTP_PORT).
The exit code is 1 if the audit finds an event lost or doubled, or if no model was promoted in time.`,
    )
    .action((options: DemoArguments) => {
      const home = options.home ?? mkdtempSync(join(tmpdir(), 'clv-stream-demo-'));
      const overrides = {
        CLV_HOME: home,
        CLV_PARTITIONS: '4',
        CLV_MAX_FUTURE_SECONDS: DEMO_MAX_FUTURE_SECONDS,
        KAFKA_BROKERS: '',
        REDIS_URL: '',
        ...(process.env.CLV_LOG_LEVEL === undefined ? { CLV_LOG_LEVEL: 'warn' } : {}),
        // An endless demo must not fill the disk. A demo with --events is audited as a whole, so it keeps everything.
        ...(options.events === undefined && process.env.CLV_EMBEDDED_MAX_RECORDS === undefined
          ? { CLV_EMBEDDED_MAX_RECORDS: '250000' }
          : {}),
      };
      return runProcess({ name: 'demo', overrides }, async (context) => {
        const platform = await openPlatform(context.settings, context.observer, context.clock, { lasts: true });
        const line = new ProgressLine(process.stderr, context.clock);
        let announced = false;
        try {
          const report = await runDemo(
            context,
            platform,
            { ...options, events: options.events ?? null, deadlineS: options.deadline },
            (progress) => {
              if (!announced) process.stderr.write(`embedded store: ${home}\ndashboard: ${progress.dashboard}\n`);
              line.show({ share: null, text: progressText(progress) }, !announced);
              announced = true;
            },
          );
          line.clear();
          console.log(options.json ? JSON.stringify(report) : describe(report));
          return report.auditPasses && !report.deadlineMissed ? EXIT.ok : EXIT.failed;
        } finally {
          await platform.close();
          if (options.home === undefined) rmSync(home, { recursive: true, force: true });
        }
      });
    });
}

function progressText({ events, eventTimeS, status }: DemoProgress): string {
  const day = new Date(eventTimeS * 1000).toISOString().slice(0, 10);
  return `shop day ${day}  ${events} events  ${status.updates} updates (${Math.round(status.updatesPerSecond)}/s)  ${status.customers} customers  model ${status.modelVersion ?? '–'}, ${status.modelSwaps} swapped in`;
}

function describe(report: DemoReport): string {
  const verdict = report.auditPasses
    ? `the audit passes: ${report.lost} lost, ${report.doubled} doubled`
    : `THE AUDIT FAILS: ${report.lost} lost, ${report.doubled} doubled`;
  const partly = report.auditComplete ? '' : ' (of what the log still holds)';
  const missed = report.deadlineMissed ? '\nno model was promoted before the deadline' : '';
  return `${report.events} events of ${report.customers} customers, ${report.updates} updates and ${report.sweepUpdates} for quiet customers, ${report.deadLetters} dead letters, ${report.modelSwaps} models swapped in (now ${report.modelVersion}, trained on ${report.backend}), ${report.eventsPerSecond} events/s; ${verdict}${partly}${missed}`;
}
