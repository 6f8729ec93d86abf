export type VersionLookup =
  | { readonly type: 'found'; readonly version: string }
  | { readonly type: 'unknown' }
  /** Two or more versions begin so. */
  | { readonly type: 'ambiguous'; readonly matches: readonly string[] };

/** The version that is equal to `text`, or the only one that begins with it. */
export function findVersion(versions: Iterable<string>, text: string): VersionLookup {
  const matches = [...versions].filter((version) => version.startsWith(text));
  if (matches.includes(text)) return { type: 'found', version: text };
  const [only, ...others] = matches;
  if (only === undefined || text === '') return { type: 'unknown' };
  return others.length === 0 ? { type: 'found', version: only } : { type: 'ambiguous', matches };
}
