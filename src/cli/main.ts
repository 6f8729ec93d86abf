import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, type CommanderError } from 'commander';
import { auditCommand } from './commands/audit';
import { clockCommand } from './commands/clock';
import { deadLettersCommand } from './commands/dead-letters';
import { demoCommand } from './commands/demo';
import { doctorCommand } from './commands/doctor';
import { evaluateCommand } from './commands/evaluate';
import { fitCommand } from './commands/fit';
import { modelCommand } from './commands/model';
import { predictCommand } from './commands/predict';
import { replayCommand } from './commands/replay';
import { scoreCommand } from './commands/score';
import { serveCommand } from './commands/serve';
import { setupCommand } from './commands/setup';
import { simulateCommand } from './commands/simulate';
import { stateCommand } from './commands/state';
import { trainCommand } from './commands/train';
import { upCommand } from './commands/up';
import { EXIT, PACKAGE_DIRECTORY } from './process/process';

/** Runs the command line. Sets the exit code instead of throwing. */
export async function main(argv: readonly string[]): Promise<void> {
  await program().parseAsync([...argv]);
}

export function program(): Command {
  const { version } = JSON.parse(readFileSync(join(PACKAGE_DIRECTORY, 'package.json'), 'utf8')) as { version: string };
  const commands = [
    demoCommand(),
    doctorCommand(),
    upCommand(),
    setupCommand(),
    scoreCommand(),
    trainCommand(),
    serveCommand(),
    clockCommand(),
    simulateCommand(),
    replayCommand(),
    auditCommand(),
    deadLettersCommand(),
    stateCommand(),
    fitCommand(),
    modelCommand(),
    evaluateCommand(),
    predictCommand(),
  ];
  const root = new Command('clv-stream')
    .description('Customer lifetime value, rescored on every order, click and browse.')
    .version(version)
    .addHelpText(
      'after',
      `
Start with: clv-stream demo
Settings come from the environment or from a JSON file (CLV_CONFIG). docs/configuration.md lists them. Without KAFKA_BROKERS and REDIS_URL
every command works on the embedded folder CLV_HOME.`,
    );
  for (const command of commands) root.addCommand(command);
  // commander exits with 1 on a usage error. We exit with 2, as for any faulty setting.
  for (const command of [root, ...commands, ...commands.flatMap((parent) => parent.commands)]) {
    command.exitOverride((error: CommanderError) => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage));
  }
  return root;
}
