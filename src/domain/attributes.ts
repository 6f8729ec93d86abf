/** What a shop may know of a customer beside what they do. */
export const ATTRIBUTES = ['ageBand', 'region', 'channel'] as const;
export type AttributeName = (typeof ATTRIBUTES)[number];
/** Free text as the upstream writes it; null where unknown. */
export type CustomerAttributes = Readonly<Record<AttributeName, string | null>>;

/** The attributes in force and the record that said so; `attributes` null: deleted there. */
export interface Profile {
  readonly attributes: CustomerAttributes | null;
  /** Offset in the customers topic: the later one wins. */
  readonly offset: number;
}

/**
 * The values of each attribute that have an input of their own, at most {@link ATTRIBUTE_SLOTS}; part of the artefact. Others, and
 * missing ones, have none: a customer without known values is scored as if there were no attributes.
 */
export type AttributeVocabulary = Readonly<Record<AttributeName, readonly string[]>>;

export const ATTRIBUTE_SLOTS: Readonly<Record<AttributeName, number>> = { ageBand: 8, region: 16, channel: 8 };
/** Inputs of the heads: one-hot by attribute and slot. */
export const ATTRIBUTE_FEATURES = ATTRIBUTES.reduce((sum, name) => sum + ATTRIBUTE_SLOTS[name], 0);
/** Longest value, in characters. */
export const MOST_ATTRIBUTE_LENGTH = 64;
/** Fewer customers than this teach nothing of a value. */
export const LEAST_CUSTOMERS_OF_VALUE = 20;

export const NO_VOCABULARY: AttributeVocabulary = { ageBand: [], region: [], channel: [] };

/** Writes the one-hot inputs of the attributes into `out` at `at`. */
export function attributeFeatures(
  out: Float32Array,
  at: number,
  attributes: CustomerAttributes | null,
  vocabulary: AttributeVocabulary,
): void {
  out.fill(0, at, at + ATTRIBUTE_FEATURES);
  if (attributes === null) return;
  let from = at;
  for (const name of ATTRIBUTES) {
    const value = attributes[name];
    const slot = value === null ? -1 : vocabulary[name].indexOf(value);
    if (slot >= 0) out[from + slot] = 1;
    from += ATTRIBUTE_SLOTS[name];
  }
}

/**
 * A vocabulary with free slots given to the values that enough of these customers have, the most frequent first. What has a slot keeps
 * it, for the weights know it by its place.
 */
export function grownVocabulary(
  vocabulary: AttributeVocabulary,
  customers: Iterable<CustomerAttributes | null>,
): AttributeVocabulary {
  const counts = new Map(ATTRIBUTES.map((name) => [name, new Map<string, number>()]));
  for (const attributes of customers) {
    for (const name of ATTRIBUTES) {
      const value = attributes?.[name] ?? null;
      if (value !== null) counts.get(name)!.set(value, (counts.get(name)!.get(value) ?? 0) + 1);
    }
  }
  const grown = ATTRIBUTES.map((name) => {
    const known = vocabulary[name];
    const fresh = [...counts.get(name)!]
      .filter(([value, count]) => count >= LEAST_CUSTOMERS_OF_VALUE && !known.includes(value))
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .map(([value]) => value);
    return [name, [...known, ...fresh].slice(0, ATTRIBUTE_SLOTS[name])] as const;
  });
  return Object.fromEntries(grown) as Record<AttributeName, string[]>;
}

export function isEmpty(vocabulary: AttributeVocabulary): boolean {
  return ATTRIBUTES.every((name) => vocabulary[name].length === 0);
}
