/** What a shop may store about a customer besides events. */
export const ATTRIBUTES = ['ageBand', 'region', 'channel'] as const;
export type AttributeName = (typeof ATTRIBUTES)[number];
/** Free text as the producer writes it; null if unknown. */
export type CustomerAttributes = Readonly<Record<AttributeName, string | null>>;

/** The attributes in force, and the record that set them. `attributes` is null if that record deleted them. */
export interface Profile {
  readonly attributes: CustomerAttributes | null;
  /** Offset in the customers topic. The record with the higher offset wins. */
  readonly offset: number;
}

/**
 * The values of each attribute that have their own input, at most {@link ATTRIBUTE_SLOTS}. Part of the artefact. Other values and missing
 * ones have no input. A customer without any listed value scores as if there were no attributes.
 */
export type AttributeVocabulary = Readonly<Record<AttributeName, readonly string[]>>;

export const ATTRIBUTE_SLOTS: Readonly<Record<AttributeName, number>> = { ageBand: 8, region: 16, channel: 8 };
/** Number of head inputs: one-hot by attribute and slot. */
export const ATTRIBUTE_FEATURES = ATTRIBUTES.reduce((sum, name) => sum + ATTRIBUTE_SLOTS[name], 0);
/** Maximum length of a value, in characters. */
export const MOST_ATTRIBUTE_LENGTH = 64;
/** A value of fewer customers than this gets no input: too few to learn from. */
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
 * Gives free slots to the values that enough of these customers have, most frequent first. A value keeps its slot, because the weights
 * refer to it by position.
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
