import { type ProcessContext, type ProcessOptions, runProcess } from '../process/process';
import { awaitPartitions } from './await-partitions';
import { openPlatform } from './open-platform';
import type { Platform } from './platform';

/** What a command on the whole state works with. */
export interface At {
  readonly platform: Platform;
  readonly partitions: number;
  readonly context: ProcessContext;
}

/** Opens the platform, waits for the partition count, runs the command, and closes the platform. */
export function withPlatform(options: ProcessOptions, body: (at: At) => Promise<void>): Promise<void> {
  return runProcess(options, async (context) => {
    const { settings, observer, clock } = context;
    const platform = await openPlatform(settings, observer, clock);
    try {
      await body({ platform, partitions: await awaitPartitions(platform, context), context });
      return undefined;
    } finally {
      await platform.close();
    }
  });
}
