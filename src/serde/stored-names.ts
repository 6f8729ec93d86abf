/**
 * The code may call a field otherwise than what is stored: the stored keys are a format, and stay. `names` gives the stored key of each
 * field that differs. The order of the keys stays too, as it decides the stored bytes.
 */
export type StoredNames = Readonly<Record<string, string>>;

/** The object with its own keys as they are stored. Keys that `names` does not hold stay. */
export function toStored(value: object, names: StoredNames): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [names[key] ?? key, each]));
}

/** The inverse of {@link toStored}. */
export function fromStored(stored: object, names: StoredNames): Record<string, unknown> {
  return toStored(stored, Object.fromEntries(Object.entries(names).map(([key, name]) => [name, key])));
}
