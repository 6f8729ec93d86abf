import { hostname, userInfo } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Options of a command that changes which model is in force. */
export interface OperatorOptions {
  readonly by?: string;
  readonly reason?: string;
}

/** A record's header takes at most 4 KiB, which is 1,000 characters of up to four bytes. */
const MOST_CHARACTERS = 1_000;

export function withOperatorOptions(command: Command): Command {
  return command
    .option('--reason <text>', 'why, for model list and the timeline of models', oneLine)
    .addOption(
      new Option('--by <name>', 'who does it, instead of the user of the operating system')
        .default(undefined, '`user@host`')
        .argParser(oneLine),
    );
}

export function operatorOf({ by, reason }: OperatorOptions): { readonly by: string; readonly reason: string } {
  return { by: by ?? `${userName()}@${hostname()}`, reason: reason ?? '' };
}

/** Lines and tabs become spaces, so that a list has one line per announcement. */
export function oneLine(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  if ([...line].length > MOST_CHARACTERS) {
    throw new InvalidArgumentError(`expected at most ${MOST_CHARACTERS} characters`);
  }
  return line;
}

/** A container may run under a user id without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
