import type { IntervalTally, Origin } from '../../domain/labels/origins';
import type { JudgedScore, StoredScore } from '../../domain/prequential/judged-score';
import { fromStored, SHAPE_NAMES, toStored } from '../../serde/stored-names';

/* Rows of the trainer store: objects with their own keys, in msgpack. The keys are a stored format, see stored-names.ts. */

export type OriginFields = Pick<Origin, 'segment' | 'score'>;
export type JudgedFields = Omit<JudgedScore, 'horizon' | 'sequence'>;
/** A row as it is stored. */
export type Row = Readonly<Record<string, unknown>>;

const ORIGIN = { segment: 'stratum' };
const SCORE = { outputs: 'reading' };
const TALLY = { trainedIntervals: 'trainedBlocks' };
const JUDGED = { segment: 'group' };

export function toOriginRow({ segment, score }: OriginFields): Row {
  return toStored({ segment, score: score === null ? null : toScoreRow(score) }, ORIGIN);
}

export function fromOriginRow(row: Row): OriginFields {
  const { segment, score } = fromStored(row, ORIGIN) as { segment: number; score: Row | null };
  return { segment, score: score === null ? null : fromScoreRow(score) };
}

function toScoreRow(score: StoredScore): Row {
  return toStored({ ...score, outputs: toStored(score.outputs, SHAPE_NAMES) }, SCORE);
}

function fromScoreRow(row: Row): StoredScore {
  const score = fromStored(row, SCORE) as { outputs: Row };
  return { ...score, outputs: fromStored(score.outputs, SHAPE_NAMES) } as unknown as StoredScore;
}

export function toJudgedRow(score: JudgedFields): Row {
  return toStored({ ...score, predicted: toStored(score.predicted, SHAPE_NAMES) }, JUDGED);
}

export function fromJudgedRow(row: Row): JudgedFields {
  const score = fromStored(row, JUDGED) as { predicted: Row };
  return { ...score, predicted: fromStored(score.predicted, SHAPE_NAMES) } as unknown as JudgedFields;
}

export function toTallyRow(tally: IntervalTally): Row {
  return toStored(tally, TALLY);
}

export function fromTallyRow(row: Row): IntervalTally {
  return fromStored(row, TALLY) as unknown as IntervalTally;
}
