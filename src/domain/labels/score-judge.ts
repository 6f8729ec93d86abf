import { SECONDS_PER_DAY } from '../event';
import { type JudgedScore, judgeScore, PREQUENTIAL_HORIZONS_DAYS } from '../prequential/judged-score';
import type { LabelJournal } from './label-journal';
import { OpenQueue } from './open-queue';
import { compareOrigins, labelOf, type Origin } from './origins';

/**
 * Compares each origin's stored score with what happened, once per horizon, when the horizon's last interval has closed. Keeps the newest
 * judged scores of each horizon. It never scores again: a later model is not judged on an earlier origin. The number of judged
 * horizons is part of the origin's tally. Both are stored atomically, so a restart judges nothing twice.
 */
export class ScoreJudge {
  /** By horizon: the origins whose next judgement is at that horizon. */
  private readonly waiting = PREQUENTIAL_HORIZONS_DAYS.map(
    () => new OpenQueue<Origin>(compareOrigins, (origin) => origin),
  );
  /** By horizon, oldest first. */
  private readonly kept: JudgedScore[][];

  /** `counts`: judged scores by horizon so far. Incremented in place. */
  constructor(
    private readonly keptPerHorizon: number,
    stored: readonly JudgedScore[],
    private readonly counts: number[],
    private readonly journal: LabelJournal,
  ) {
    this.kept = PREQUENTIAL_HORIZONS_DAYS.map((_, horizon) =>
      stored.filter((score) => score.horizon === horizon).sort((a, b) => a.sequence - b.sequence),
    );
    for (const ofHorizon of this.kept) this.trim(ofHorizon);
  }

  /** Adds an open origin. An origin without a score is never judged. */
  wait(origin: Origin): void {
    if (origin.score !== null) this.waiting[origin.tally.judged]?.push(origin);
  }

  /** Judges every horizon that ended before `atS`. An origin that was ended earlier than its horizon stays unjudged from there on. */
  retire(atS: number): void {
    // Shorter horizons first: a judged origin moves to the next horizon, which may have ended too.
    this.waiting.forEach((queue, horizon) => {
      for (let origin = queue.peek(); origin !== undefined; origin = queue.peek()) {
        const endS = origin.atS + PREQUENTIAL_HORIZONS_DAYS[horizon]! * SECONDS_PER_DAY;
        if (endS >= atS) break;
        queue.pop();
        this.judge(origin, horizon, endS);
      }
    });
  }

  /** The newest judged scores of all horizons; each horizon's in the order of their origins. */
  scores(): Iterable<JudgedScore> {
    return this.kept.flat();
  }

  /** Event time of the oldest origin that waits for its judgement at the horizon; null if there is none. */
  waitingSinceS(horizon: number): number | null {
    const oldest = this.waiting.slice(0, horizon + 1).flatMap((queue) => queue.peek()?.atS ?? []);
    return oldest.length === 0 ? null : Math.min(...oldest);
  }

  private judge(origin: Origin, horizon: number, endS: number): void {
    const { atS, score, segment, tally } = origin;
    const judged: JudgedScore = {
      horizon,
      sequence: this.counts[horizon]!++,
      atS,
      modelVersion: score!.modelVersion,
      segment,
      ...judgeScore(score!, horizon, labelOf(origin, endS + 1)),
    };
    tally.judged = horizon + 1;
    this.journal.touches(origin);
    this.journal.judges(judged);
    this.kept[horizon]!.push(judged);
    this.trim(this.kept[horizon]!);
    this.wait(origin);
  }

  private trim(ofHorizon: JudgedScore[]): void {
    while (ofHorizon.length > this.keptPerHorizon) this.journal.forgets(ofHorizon.shift()!);
  }
}
