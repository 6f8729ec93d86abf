import { SECONDS_PER_DAY } from '../../domain/event';
import { INTERVALS } from '../../domain/label-intervals';
import type { LearningLabels } from '../../domain/labels/learning-labels';
import { intervalEndS, type Origin } from '../../domain/labels/origins';
import type { TimeJump } from '../../domain/labels/time-front';
import type { StoredTrial } from '../../ports/trainer-store';

/** No shop is closed for so long. After a longer jump, what was open before it is not known. Days. */
const LONGEST_SILENCE_DAYS = 30;

const isLong = ({ fromS, untilS }: TimeJump) => untilS - fromS > LONGEST_SILENCE_DAYS * SECONDS_PER_DAY;

/**
 * The long jump that the trial's labels rest on, as of the end of a day; null if there is none. Questions asked after the jump do not rest on it.
 * A shorter one is taken for silence: a slow or seasonal shop has some in every year.
 */
export function jumpDuring(
  { startedAtS }: StoredTrial,
  dayS: number,
  partitions: readonly LearningLabels[],
): TimeJump | null {
  const jumps = partitions.flatMap((labels) => labels.jumps());
  return jumps.find((jump) => isLong(jump) && startedAtS < jump.untilS && jump.fromS < dayS) ?? null;
}

/** False for a question that was open when time jumped by more than a shop may be closed. Nobody knows its outcome. */
export function isKnown(origin: Origin, clockS: number, jumps: readonly TimeJump[]): boolean {
  return !jumps.some(
    (jump) =>
      isLong(jump) &&
      jump.fromS < clockS &&
      origin.atS < jump.untilS &&
      (origin.tally.endedAtS ?? intervalEndS(origin.atS, INTERVALS - 1)) > jump.fromS,
  );
}
