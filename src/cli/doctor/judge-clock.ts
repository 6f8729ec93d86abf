import { duration } from '../reports/progress-line';
import { type Finding, ok, warning } from './finding';

/** Differences below this come from the network and from how clocks are kept in step. */
const TOLERATED_MS = 5_000;
const SYNCHRONISE = 'synchronise the clocks with NTP (chronyd or systemd-timesyncd)';

/** Clocks of others, as they differ from this machine's. */
export interface ClockFacts {
  /** Of each Redis master, ms. Positive: ahead. */
  readonly redisAheadMs: readonly number[];
  /** By topic: how far its newest record is stamped later than now, ms. Not positive for nearly all topics. */
  readonly recordsAheadMs: ReadonlyMap<string, number>;
}

export function judgeClock({ redisAheadMs, recordsAheadMs }: ClockFacts): Finding[] {
  const findings: Finding[] = [];
  const worst = redisAheadMs.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  if (Math.abs(worst) > TOLERATED_MS) {
    const side = worst > 0 ? 'behind' : 'ahead of';
    findings.push(
      warning(
        'clock',
        `this machine's clock is ${duration(Math.abs(worst) / 1000)} ${side} the clock of Redis`,
        SYNCHRONISE,
      ),
    );
  }
  for (const [topic, aheadMs] of recordsAheadMs) {
    if (aheadMs <= TOLERATED_MS) continue;
    findings.push(
      warning(
        'clock',
        `${topic} holds a record that is stamped ${duration(aheadMs / 1000)} later than this machine's clock`,
        `${SYNCHRONISE} on this machine and on those of the producers`,
      ),
    );
  }
  if (findings.length > 0 || redisAheadMs.length + recordsAheadMs.size === 0) return findings;
  return [ok('clock', "no clock differs from this machine's by more than 5 s")];
}
