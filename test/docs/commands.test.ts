import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command, CommanderError } from 'commander';
import { program } from '../../src/cli/main';
import { ConfigurationError, readSettings } from '../../src/config/settings';
import { OTHER_VARIABLES, SETTINGS } from '../../src/config/table';
import { startCli } from '../support/cli-process';
import { until } from '../support/process';
import { blocksOf, codeSpansOf, PAGES, ROOT, readPage } from './pages';
import { commandsOf, type ShellCommand, shellCommands } from './shell';

const { scripts } = require(join(ROOT, 'package.json')) as { scripts: Record<string, string> };

/** Why a command of a block is parsed and not run. The first reason that applies is printed. */
const NOT_RUN: readonly (readonly [reason: string, applies: (command: ShellCommand) => boolean])[] = [
  ['the log of a past run', ({ page }) => page.startsWith('docs/evaluation-log/')],
  ['needs Kafka and Redis', ({ environment }) => environment.KAFKA_BROKERS !== undefined],
  ['runs until it is stopped', ({ words }) => /^clv-stream (score|train|serve|clock|up)\b/.test(words.join(' '))],
  ['needs a schema registry', ({ words }) => words.includes('--register')],
  ['waits for a promotion; test/cli/demo.test.ts runs it', ({ words }) => words[1] === 'demo'],
  ['needs a dataset', ({ words }) => words.some((word) => /\$CLV_DATA_DIR|\.csv(\.gz)?$/.test(word))],
  ['installs packages', ({ words }) => words.join(' ') === 'npm ci'],
  ['takes minutes', ({ words }) => words[0] === 'npm'],
  ['writes pages', ({ environment }) => environment.UPDATE_DOCS !== undefined],
];

/** Appended to what is run: the last value of an option counts. */
const SMALL: Readonly<Record<string, readonly string[]>> = {
  fit: ['--customers', '40', '--days', '150', '--epochs', '1', '--backend', 'auto', '--threads', '1'],
  evaluate: ['--customers', '40', '--days', '250', '--seeds', '1', '--epochs', '1', '--threads', '1'],
  'model shrink': ['--customers', '30', '--days', '120'],
};

const RUN_LIMIT_MS = 90_000;
const EVENTS = 300;
/** What a mention in a sentence may leave out. */
const LEFT_OUT = [
  'commander.missingMandatoryOptionValue',
  'commander.missingArgument',
  'commander.optionMissingArgument',
  'commander.help',
  'commander.helpDisplayed',
];

const commands = shellCommands();
const reasonOf = (command: ShellCommand): string | null => NOT_RUN.find(([, applies]) => applies(command))?.[0] ?? null;
const textOf = ({ page, line, words }: ShellCommand): string => `${page}:${line} ${words.join(' ')}`;

test('every command of a block can be parsed', () => {
  const faults = commands.map((command) => [textOf(command), faultOf(command)]);
  expect(faults.filter(([, fault]) => fault !== null)).toEqual([]);
});

test('every command in a sentence can be parsed', () => {
  const faults = PAGES.flatMap((page) =>
    codeSpansOf(page)
      .filter((code) => /^(\w+=\S+ )*(npx |clv-stream [a-z]|npm run )/.test(code))
      .flatMap((code) => commandsOf(code))
      .map((command) => [page, command.words.join(' '), faultOf(command, LEFT_OUT)]),
  );
  expect(faults.filter(([, , fault]) => fault !== null)).toEqual([]);
});

test('every block of commands is marked sh', () => {
  const unmarked = PAGES.flatMap(blocksOf)
    .filter(({ language, text }) => language === '' && /^(\w+=\S+ )*(npx |clv-stream [a-z]|npm |node )/m.test(text))
    .map(({ page, line }) => `${page}:${line}`);
  expect(unmarked).toEqual([]);
});

test('every setting that a page names exists', () => {
  const codes = [...readPage('docs/errors.md').matchAll(/^\| `(\w+)`/gm)].map(([, code = '']) => code);
  const known = new Set([...Object.keys(SETTINGS), ...OTHER_VARIABLES, ...codes]);
  const unknown = PAGES.flatMap((page) =>
    [...readPage(page).matchAll(/`((?:CLV|KAFKA|REDIS)_[A-Z_]*[A-Z])\b/g)]
      .filter(([, name = '']) => !known.has(name))
      .map(([, name]) => `${page}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

describe('in a folder with a deployment of a few scored events', () => {
  let folder: string;
  const environment = () => ({
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(CLV|KAFKA|REDIS|JEST)_|^CI$/.test(name))),
    CLV_HOME: join(folder, '.clv-stream'),
    CLV_PARTITIONS: '2',
    CLV_TEST_SERVICES: 'none',
  });

  async function run({ words, environment: own }: Pick<ShellCommand, 'words' | 'environment'>): Promise<void> {
    const isOurs = words[0] === 'clv-stream';
    const [file, ...args] = isOurs
      ? [join(ROOT, 'bin/clv-stream.js'), ...small(words)]
      : [join(ROOT, 'node_modules/.bin', words[0]!), ...words.slice(1)];
    const options = { cwd: isOurs ? folder : ROOT, env: { ...environment(), ...own }, timeout: RUN_LIMIT_MS };
    await promisify(execFile)(process.execPath, [file, ...args], options);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'clv-stream-docs-'));
    await run({ words: ['clv-stream', 'simulate', '--events', `${EVENTS}`, '--rate', 'max'], environment: {} });
    const scorer = await startCli(['score'], environment(), join(folder, 'score.log'));
    try {
      const scored = async () => {
        scorer.check();
        return eventsIn((await scorer.get('/metrics'))?.body ?? '') >= EVENTS;
      };
      await until('the events are scored', scored, RUN_LIMIT_MS);
    } finally {
      await scorer.end('SIGTERM');
    }
    // What earlier steps of the pages have made.
    for (const copy of ['models/first-weights.clvm', 'shop/model.clvm']) {
      cpSync(join(ROOT, 'models/first-weights.clvm'), join(folder, copy));
    }
  }, 2 * RUN_LIMIT_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // Two runs with the same options would take the same path through the program.
  const runs = new Map(commands.filter((command) => reasonOf(command) === null).map((c) => [optionsOf(c), c]));
  test.each([...runs.values()].map((command) => [textOf(command), command] as const))(
    '%s',
    async (_, command) => {
      await run(command);
    },
    RUN_LIMIT_MS,
  );
});

afterAll(() => {
  const lines = commands.flatMap((command) => {
    const reason = reasonOf(command);
    return reason === null ? [] : [`  ${textOf(command)}: ${reason}`];
  });
  process.stdout.write(`Commands of the docs that are parsed and not run:\n${lines.join('\n')}\n`);
});

/** Null if the program, its command, its options and its settings exist. */
function faultOf(
  { words, environment }: Pick<ShellCommand, 'words' | 'environment'>,
  allowed: readonly string[] = [],
): string | null {
  const [name, first, ...rest] = words;
  if (name === 'gzip' || name === 'awk') return null;
  if (name === 'npm') return scriptFault(first, rest);
  if (name === 'jest') return [first, ...rest].every(isTest) ? null : 'no such test';
  if (name !== 'clv-stream') return `an unknown program: ${name}`;
  try {
    readSettings(environment);
    silent(program()).parse(['node', ...words]);
    return null;
  } catch (error) {
    if (!(error instanceof ConfigurationError) && allowed.includes((error as CommanderError).code)) return null;
    return (error as Error).message;
  }
}

function scriptFault(first: string | undefined, [script = '']: readonly string[]): string | null {
  const isKnown = first === 'run' ? script in scripts : first === 'ci' || first === 'test';
  return isKnown ? null : 'no such script';
}

/** A path, an option of jest, or the pattern after -t. */
function isTest(word = ''): boolean {
  return !word.startsWith('test/') || existsSync(join(ROOT, word));
}

/** The commands as they are, but for their actions and what they print. Faults are thrown. */
function silent(command: Command): Command {
  command.exitOverride((error) => {
    throw error;
  });
  command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
  if (command.commands.length === 0) command.action(() => {});
  command.commands.forEach(silent);
  return command;
}

/** The arguments, with the sizes of {@link SMALL}. */
function small([, ...args]: readonly string[]): string[] {
  const sizes = Object.entries(SMALL).find(([path]) => args.join(' ').startsWith(path))?.[1] ?? [];
  return [...args, ...sizes];
}

function optionsOf({ words }: ShellCommand): string {
  const path = words.slice(1).findIndex((word) => word.startsWith('-'));
  const options = small(words).filter((word) => word.startsWith('--'));
  return [...words.slice(0, path < 0 ? undefined : path + 1), ...new Set(options.sort())].join(' ');
}

function eventsIn(metrics: string): number {
  const counts = [...metrics.matchAll(/^clv_events_total\{.*\} (\d+)/gm)].map(([, count]) => Number(count));
  return counts.reduce((sum, count) => sum + count, 0);
}
