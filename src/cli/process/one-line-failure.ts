import { EXIT } from './process';

/** For commands without settings: prints an error as one line and sets exit code 1. */
export async function failInOneLine(command: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(`clv-stream ${command}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = EXIT.failed;
  }
}
