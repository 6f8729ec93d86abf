import { Command } from 'commander';
import type { Settings } from '../../config/table';
import { positiveInteger } from '../options/option-values';
import { storeLine } from '../platform/open-platform';
import { startChild } from '../process/child';
import { EXIT, runProcess } from '../process/process';
import { idleScorers, lastingParts, type Part, SERVE, SETUP } from '../up/parts';
import { PrefixedLines } from '../up/prefixed-lines';
import { runFirst, runTogether } from '../up/supervise';

interface UpArguments {
  readonly scorers: number;
  readonly partitions?: string;
  readonly port?: string;
  readonly accelerated?: true;
  readonly clock: boolean;
}

const UP = 'up';

export function upCommand(): Command {
  return new Command('up')
    .description('start a whole deployment in one terminal: setup, then serve, score, train and clock')
    .option('--scorers <n>', 'scorers to start, up to one per partition', positiveInteger, 1)
    .option('--partitions <n>', 'partitions of each topic that setup creates (CLV_PARTITIONS)')
    .option('--port <n>', 'port of the dashboard (CLV_HTTP_PORT); auto: 8080, or the next free one')
    .option('--accelerated', 'train with settings for event time in which days pass in seconds, as in the demo')
    .option('--no-clock', 'write no ticks: simulate or replay writes those of its own event time')
    .addHelpText(
      'after',
      `
Each command runs as a process of its own, with the same settings. Its lines begin with its name. The line "dashboard:" has the dashboard's
address. The others take any free port for health and metrics, and log it.
Ctrl-C or SIGTERM stops all of them in order: nothing is lost. If one ends by itself, all others are stopped and the exit code is 1.
This is for one machine. To spread a deployment over several, start score, train, serve and clock under a service manager.`,
    )
    .action((options: UpArguments) => {
      const overrides = {
        ...(options.partitions === undefined ? {} : { CLV_PARTITIONS: options.partitions }),
        ...(options.port === undefined ? {} : { CLV_HTTP_PORT: options.port }),
      };
      return runProcess({ name: UP, overrides }, async ({ settings, signal }) => {
        const parts = lastingParts({ ...options, accelerated: options.accelerated === true });
        const lines = new PrefixedLines([UP, SETUP.name, ...parts.map(({ name }) => name)]);
        const say = (sentence: string) => void process.stdout.write(lines.line(UP, sentence));
        say(storeLine(settings));
        const idle = idleScorers(options.scorers, settings.CLV_PARTITIONS);
        if (idle !== null) say(idle);
        const ports = { start: (part: Part) => start(part, { ...overrides, ...readable(settings) }, lines, say), say };
        const isSetUp = await runFirst(SETUP, ports, signal);
        return isSetUp && (await runTogether(parts, ports, signal)) ? EXIT.ok : EXIT.failed;
      });
    });
}

/** The children write into pipes, but a person reads the lines. */
function readable({ CLV_LOG_FORMAT: format }: Settings): Record<string, string> {
  return format === 'auto' ? { CLV_LOG_FORMAT: 'text' } : {};
}

function start(
  { name, args, environment }: Part,
  common: Readonly<Record<string, string>>,
  lines: PrefixedLines,
  say: (sentence: string) => void,
): ReturnType<typeof startChild> {
  const child = startChild(args, { environment: { ...common, ...environment }, stdout: 'pipe', stderr: 'pipe' });
  lines.copy(name, child.stdout, process.stdout);
  lines.copy(name, child.stderr, process.stderr);
  child.onMessage(({ listening }) => {
    if (name === SERVE && listening !== undefined) say(`dashboard: ${listening}`);
  });
  return child;
}
