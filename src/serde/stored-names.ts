/**
 * A field's name in the code may differ from its stored key. The stored keys are a format and must not change. `names` maps the fields that
 * differ to their stored keys. The order of the keys must not change either, because it determines the stored bytes.
 */
export type StoredNames = Readonly<Record<string, string>>;

/** Head outputs, calibrations and stored predictions have these fields in common. */
export const SHAPE_NAMES = { logSpendSigma: 'spread', erlangShape: 'regularity' } as const satisfies StoredNames;

/** The object with its own keys renamed to the stored keys. Keys that are not in `names` stay. */
export function toStored(value: object, names: StoredNames): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [names[key] ?? key, each]));
}

/** The inverse of {@link toStored}. A key that only the code uses is dropped, so that it can't overwrite the field of the stored key. */
export function fromStored(stored: object, names: StoredNames): Record<string, unknown> {
  const fields = new Map(Object.entries(names).map(([field, key]) => [key, field]));
  return Object.fromEntries(
    Object.entries(stored).flatMap(([key, each]) => {
      const field = fields.get(key) ?? (Object.hasOwn(names, key) ? null : key);
      return field === null ? [] : [[field, each] as const];
    }),
  );
}
