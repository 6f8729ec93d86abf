import { type ProcessContext, runProcess } from '../process/process';
import { openPlatform } from './open-platform';
import { awaitPartitions, type Platform } from './platform';

/** What a command on the whole state works with. */
export interface At {
  readonly platform: Platform;
  readonly partitions: number;
  readonly context: ProcessContext;
}

/** Runs a command with the platform open and the partition count known. */
export function withPlatform(name: string, body: (at: At) => Promise<void>): Promise<void> {
  return runProcess({ name }, async (context) => {
    const { settings, observer, clock, signal } = context;
    const platform = await openPlatform(settings, observer, clock);
    try {
      await body({ platform, partitions: await awaitPartitions(platform, observer, clock, signal), context });
      return undefined;
    } finally {
      await platform.close();
    }
  });
}
