import { EXIT } from './process';

/** For commands without settings: prints an error as one line and sets exit code 1. */
export async function failInOneLine(command: string, work: () => Promise<void>): Promise<void> {
  await succeeds(command, work);
}

/** Like failInOneLine. Resolves to whether there was no error, for a command that goes on then. */
export async function succeeds(command: string, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    console.error(`clv-stream ${command}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = EXIT.failed;
    return false;
  }
}
