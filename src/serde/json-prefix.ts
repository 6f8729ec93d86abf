/** The first `length` characters of a value's JSON text, however deep the value is. JSON.stringify overflows the stack on a deep one. */
export function jsonPrefix(value: unknown, length: number): string {
  // A value at depth d stands behind d brackets at least. So what lies deeper than `length` is not among the first characters.
  return JSON.stringify(cutBelow(value, length)).slice(0, length);
}

function cutBelow(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.map((item) => cutBelow(item, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, cutBelow(item, depth - 1)]));
}
