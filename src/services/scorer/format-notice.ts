import type { Observer } from '../../ports/observer';
import { NEWEST_FORMAT } from '../../serde/format-level';

/** Says once per process that partitions run at an older format level, and which command raises it. */
export class FormatNotice {
  private isNoted = false;

  constructor(private readonly observer: Observer) {}

  note(partition: number, level: number): void {
    if (level >= NEWEST_FORMAT || this.isNoted) return;
    this.isNoted = true;
    this.observer.notice(
      'warn',
      `partition ${partition} and perhaps others store state at format level ${level} of ${NEWEST_FORMAT}, without a checksum, so that scorers of the version before can read it. When the last of them is stopped, run clv-stream state upgrade`,
      { partition, level, newest: NEWEST_FORMAT },
    );
  }
}
