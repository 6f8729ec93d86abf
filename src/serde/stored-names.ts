/**
 * A field's name in the code may differ from its stored key. The stored keys are a format and must not change. `names` maps the fields that
 * differ to their stored keys. The order of the keys must not change either, because it determines the stored bytes.
 */
export type StoredNames = Readonly<Record<string, string>>;

/** The object with its own keys renamed to the stored keys. Keys that are not in `names` stay. */
export function toStored(value: object, names: StoredNames): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [names[key] ?? key, each]));
}

/** The inverse of {@link toStored}. */
export function fromStored(stored: object, names: StoredNames): Record<string, unknown> {
  return toStored(stored, Object.fromEntries(Object.entries(names).map(([key, name]) => [name, key])));
}
