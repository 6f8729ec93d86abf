import type { EventEmitter } from 'node:events';
import type { Argument, Command, Option } from 'commander';
import { EXIT } from './process/process';

/** What a command's exit codes mean beyond the table of all commands, where its help text does not say so. */
const OWN_EXIT_CODES: Readonly<Record<string, string>> = {
  replay: `${EXIT.failed} also if it was stopped before the end of the file.`,
  'model publish': `${EXIT.failed} also if the model is refused.`,
  'model promote': `${EXIT.failed} also if the version is not stored, or if the model is refused.`,
  'model rollback': `${EXIT.failed} also if there is no model to go back to.`,
};

const ENDS_WITH_PARTIAL: ReadonlySet<string> = new Set(['audit', 'doctor']);

const EXIT_CODES = [
  [
    EXIT.ok,
    'Done. So is a service that SIGTERM or Ctrl-C stops, and work on a file of which some rows can not be used: the report names them.',
  ],
  [EXIT.failed, 'Failed. A line on stderr says why.'],
  [EXIT.usage, 'A faulty option or setting. Nothing was started. One message lists all faulty settings.'],
  [
    EXIT.partial,
    '`audit`: what it could look at passed, and a part, or everything, could not be looked at. `doctor`: warnings, and no fault.',
  ],
  ['130, 143', 'Ctrl-C or SIGTERM ended a command before its work was done, or came twice.'],
] as const;

/** docs/cli.md as text; a test holds the file to it. */
export function renderCliReference(root: Command): string {
  const commands = root.commands.flatMap((command) => [command, ...command.commands]);
  return [
    '# Commands',
    'Written from `src/cli/commands` by `UPDATE_DOCS=true npx jest test/docs/cli-reference.test.ts`; do not edit.',
    'For whoever types or scripts `clv-stream`. After reading a section you know what the command does, its options and its exit codes. ' +
      '`clv-stream COMMAND --help` prints the same.',
    'Settings come from the environment or a file: [configuration.md](configuration.md). Error codes are in [errors.md](errors.md).',
    table(
      ['command', 'what it does'],
      commands.map((command) => [`[${pathOf(command)}](#${anchorOf(command)})`, sentence(summaryOf(command))]),
    ),
    '## Exit codes',
    table(
      ['code', 'meaning'],
      EXIT_CODES.map(([code, meaning]) => [`${code}`, meaning]),
    ),
    ...commands.flatMap(section),
    '',
  ]
    .filter((part, i, all) => part !== '' || i === all.length - 1)
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

function section(command: Command): string[] {
  const path = pathOf(command);
  const isGroup = command.commands.length > 0;
  return [
    `${isNested(command) ? '###' : '##'} ${path}`,
    prose(command.description()),
    `\`\`\`text\n${command.createHelp().commandUsage(command)}\n\`\`\``,
    isGroup ? '' : table(['argument', 'meaning'], command.registeredArguments.map(argumentRow)),
    isGroup ? '' : table(['option', 'default', 'meaning'], command.options.map(optionRow)),
    prose(afterHelpOf(command)),
    isGroup ? '' : exitCodesLine(path),
  ];
}

function exitCodesLine(path: string): string {
  const codes = [EXIT.ok, EXIT.failed, EXIT.usage, ...(ENDS_WITH_PARTIAL.has(path) ? [EXIT.partial] : [])];
  return [`Exit codes: [${codes.join(', ')}](#exit-codes).`, OWN_EXIT_CODES[path] ?? ''].join(' ').trim();
}

function argumentRow(argument: Argument): string[] {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return [`\`${argument.required ? `<${name}>` : `[${name}]`}\``, sentence(argument.description)];
}

function optionRow(option: Option): string[] {
  const { defaultValue, defaultValueDescription, argChoices, presetArg, mandatory, negate } = option;
  const hasDefault = defaultValue !== undefined && !negate;
  const value = defaultValueDescription ?? (hasDefault ? `\`${defaultValue}\`` : '–');
  const choices = argChoices === undefined ? '' : ` One of ${argChoices.map((choice) => `\`${choice}\``).join(', ')}.`;
  const preset = presetArg === undefined ? '' : ` Without a value: ${presetArg}.`;
  return [`\`${option.flags}\``, mandatory ? 'required' : value, `${sentence(option.description)}${choices}${preset}`];
}

/** What `addHelpText('after', …)` was called with: commander keeps it as listeners. */
function afterHelpOf(command: Command): string {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  (command as unknown as EventEmitter).emit('afterHelp', { error: false, command, write });
  return text;
}

/** Help text as Markdown: hard-wrapped lines are joined. What is indented becomes a list, a table of pairs, or a block of commands. */
function prose(help: string): string {
  const parts: { kind: 'text' | 'indented' | 'gap'; lines: string[] }[] = [];
  for (const line of help.split('\n')) {
    const kind = line.trim() === '' ? 'gap' : line.startsWith('  ') ? 'indented' : 'text';
    const last = parts.at(-1);
    // Further in than the first line of its block: it goes on with the line before.
    if (kind === 'indented' && last?.kind === kind && /^ {3}/.test(line))
      last.lines.push(`${last.lines.pop()} ${line.trim()}`);
    else if (last?.kind === kind) last.lines.push(line.trim());
    else parts.push({ kind, lines: [line.trim()] });
  }
  return parts
    .filter(({ kind }) => kind !== 'gap')
    .map(({ kind, lines }) => (kind === 'text' ? sentence(lines.join(' ')) : indented(lines)))
    .join('\n\n');
}

function indented(lines: readonly string[]): string {
  if (lines.every((line) => line.startsWith('- ')))
    return lines.map((line) => `- ${sentence(line.slice(2))}`).join('\n');
  const pairs = lines.map((line) => /^(\S.*?) {2,}(\S.*)$/.exec(line)?.slice(1, 3) ?? []);
  if (!pairs.every((pair) => pair.length === 2)) return `\`\`\`sh\n${lines.join('\n')}\n\`\`\``;
  return table(
    ['name', 'meaning'],
    pairs.map(([name = '', meaning = '']) => [`\`${name}\``, sentence(meaning)]),
  );
}

/** Options, settings, topics, paths and commands that help text names, as code. */
const CODE =
  /"(state [^"]+)"|(?<![\w-])(clv-stream(?: [a-z][a-z-]*)+(?: --?[a-z][a-z-]*(?: (?!and|at)[a-z-]+)?)*|--[a-z][a-z-]*|[A-Z]+_[A-Z_]+(?:=\w+|\/\w+)?|clv-(?!stream)[a-z-]+|[A-Z]+@[A-Z]+|\/[a-z][\w/]*|[\w-]+(?:\/[\w.-]*)*\.(?:md|json|jsonl|svg|clvm))(?![\w-])/g;

function sentence(text: string): string {
  const code = text
    .trim()
    .replace(/[<|*]/g, '\\$&')
    .replace(/\bdocs\/([\w-]+\.md)/g, '[$1]($1)')
    .replace(CODE, (whole, quoted: string | undefined, bare: string, at: number, all: string) =>
      /[[(]$/.test(all.slice(0, at)) && whole.endsWith('.md') ? whole : `\`${quoted ?? bare}\``,
    );
  return `${code.charAt(0).toUpperCase()}${code.slice(1)}${/[.:!?]$/.test(code) ? '' : '.'}`;
}

/** Empty without rows. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}

function summaryOf(command: Command): string {
  return command.summary() || command.description();
}

function isNested(command: Command): boolean {
  return command.parent?.parent != null;
}

function pathOf(command: Command): string {
  return isNested(command) ? `${command.parent!.name()} ${command.name()}` : command.name();
}

function anchorOf(command: Command): string {
  return pathOf(command).replaceAll(' ', '-');
}
