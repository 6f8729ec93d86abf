import type { InputRole } from '../../domain/event';
import type { DecimalMark } from './amount-text';
import type { ColumnMap } from './columns';
import type { KindRule } from './kinds';
import type { LineAmounts, PresetName } from './presets';

/** What to do with rows that have the order id of an earlier row: refuse the file, leave them out, or add them to the order. */
export type RepeatRule = 'stop' | 'drop' | LineAmounts;

/** How event files are to be read: by the user's options, else as in the file. */
export interface FileForm {
  readonly map: ColumnMap;
  readonly preset: PresetName | null;
  /** Null: as the preset has it, or the program's own kinds. */
  readonly kinds: KindRule | null;
  /** Tried in this order after ISO 8601 and before those of the preset. */
  readonly dateFormats: readonly string[];
  /** Null: found out from the amounts of a file. */
  readonly decimal: DecimalMark | null;
  /** Null: as the preset has it, or 'stop'. */
  readonly repeats: RepeatRule | null;
}

/** What a deployment would take from the files. */
export interface FileRules {
  readonly form: FileForm;
  /** ISO 4217 code of the amounts. */
  readonly currency: string;
  /** Minor units in a major one of the currency: 1, 100 or 1000. */
  readonly minorPerMajor: number;
  /** Rows dated more than `maxFutureMs` after this are passed over. */
  readonly nowMs: number;
  readonly maxFutureMs: number;
  /** When live traffic of a topic began, ms. Rows at or after it are left out. Default: all rows are taken. */
  readonly liveSinceMs?: Readonly<Partial<Record<InputRole, number>>>;
}

export const PLAIN_FORM: FileForm = {
  map: {},
  preset: null,
  kinds: null,
  dateFormats: [],
  decimal: null,
  repeats: null,
};
