import { blocksOf, PAGES } from './pages';

/** One command of a block. */
export interface ShellCommand {
  readonly page: string;
  readonly line: number;
  /** Settings before the command, and those that the block exported above it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Without `npx`: program, then arguments. */
  readonly words: readonly string[];
}

/** A comment, an operator, or a word: text and quoted parts without a blank between them. */
const TOKEN = /(?:^|\s)#.*|&&|[|;]|(?:"[^"]*"|'[^']*'|[^\s"'|;&])+/g;
const ASSIGNMENT = /^(\w+)=(.*)$/;

/** The commands of all blocks marked `sh`. */
export function shellCommands(): ShellCommand[] {
  return PAGES.flatMap(blocksOf)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ page, line, text }) => commandsOf(text).map((command) => ({ page, line, ...command })));
}

export function commandsOf(text: string): Pick<ShellCommand, 'environment' | 'words'>[] {
  const exported: Record<string, string> = {};
  return text
    .replace(/\\\n/g, ' ')
    .split('\n')
    .flatMap((line) => split(line))
    .flatMap((words) => {
      const isExport = words[0] === 'export';
      const rest = isExport ? words.slice(1) : [...words];
      const own: Record<string, string> = {};
      for (let set = ASSIGNMENT.exec(rest[0] ?? ''); set !== null; set = ASSIGNMENT.exec(rest[0] ?? '')) {
        (isExport ? exported : own)[set[1]!] = set[2]!;
        rest.shift();
      }
      if (rest[0] === 'npx') rest.shift();
      return rest.length === 0 ? [] : [{ environment: { ...exported, ...own }, words: rest }];
    });
}

/** A line's commands, as words without their quotes. */
function split(line: string): string[][] {
  const commands: string[][] = [[]];
  for (const [token] of line.matchAll(TOKEN)) {
    if (/^\s*#/.test(token)) break;
    if (/^(&&|[|;])$/.test(token)) commands.push([]);
    else commands.at(-1)!.push(token.replace(/["']/g, ''));
  }
  return commands.filter((words) => words.length > 0);
}
