import type { EventKind } from '../../domain/event';

/** Kinds of event that a file can have. */
export const FILE_KINDS = ['order', 'refund', 'cancel', 'click', 'browse', 'review'] as const satisfies EventKind[];
export type FileKind = (typeof FILE_KINDS)[number];

/** How the kind of a row is found. */
export interface KindRule {
  /** Every row is of this kind. Null: the column kind says it; without that column, a row with an amount is an order. */
  readonly fixed: FileKind | null;
  /** What the values of the column mean, in lower case. Null: left out. They go before the program's own names. */
  readonly values: ReadonlyMap<string, FileKind | null>;
  /** Every value that is not listed means this. Null: such rows are left out. */
  readonly others: FileKind | null;
  /** Values that are not listed and are left out all the same. */
  readonly except?: (value: string) => boolean;
}

/** The kind column holds the program's own names. */
export const OWN_KINDS: KindRule = { fixed: null, values: new Map(), others: null };

/** The kinds that a user gives, on top of those of a preset. A fixed kind replaces them. */
export function kindsOver(given: KindRule | null, preset: KindRule): KindRule {
  if (given === null || given.fixed !== null) return given ?? preset;
  const values = new Map([...preset.values, ...given.values]);
  return given.others === null ? { ...preset, values } : { fixed: null, values, others: given.others };
}

/** The kind that a value means. Null: such rows are left out. */
export function kindOf(value: string, { values, others, except }: KindRule): FileKind | null {
  const name = value.trim().toLowerCase();
  const meant = values.get(name);
  if (meant !== undefined) return meant;
  return FILE_KINDS.find((kind) => kind === name) ?? (except?.(name) ? null : others);
}
