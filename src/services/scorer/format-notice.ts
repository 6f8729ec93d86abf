import type { Observer } from '../../ports/observer';
import { CHECKED_FORMAT, NEWEST_FORMAT } from '../../serde/format-level';

/** Logs once per process that partitions use an older format level, and the command that raises it. */
export class FormatNotice {
  private isNoted = false;

  constructor(private readonly observer: Observer) {}

  note(partition: number, level: number): void {
    if (level >= NEWEST_FORMAT || this.isNoted) return;
    this.isNoted = true;
    this.observer.notice(
      'warn',
      `partition ${partition} and perhaps others store state at format level ${level} of ${NEWEST_FORMAT}, ${without(level)}, so that scorers of the previous version can read it. After you stop the last of them, run clv-stream state upgrade`,
      { partition, level, newest: NEWEST_FORMAT },
    );
  }
}

function without(level: number): string {
  return level < CHECKED_FORMAT
    ? 'without a checksum and without value tiers by share'
    : 'without value tiers by share';
}
