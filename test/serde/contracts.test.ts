import { CONTRACTS, ORDER, ownSchemas } from '../../src/serde/contracts';

/** Every field of a schema, nested records included, as [path, doc]. */
function fieldDocs(schema: unknown, path: string): [string, unknown][] {
  if (Array.isArray(schema)) return schema.flatMap((branch) => fieldDocs(branch, path));
  if (typeof schema !== 'object' || schema === null) return [];
  const node = schema as { fields?: { name: string; doc?: unknown; type: unknown }[]; type?: unknown; items?: unknown };
  const own = (node.fields ?? []).flatMap((field): [string, unknown][] => [
    [`${path}.${field.name}`, field.doc],
    ...fieldDocs(field.type, `${path}.${field.name}`),
  ]);
  const nested = typeof node.type === 'object' ? fieldDocs(node.type, path) : [];
  return [...own, ...nested, ...fieldDocs(node.items, path)];
}

const docs = CONTRACTS.flatMap((contract) => fieldDocs(JSON.parse(contract.text), contract.name));

describe('contracts', () => {
  test.each(docs)('%s is documented with its unit', (_path, doc) => {
    expect(doc).toMatch(/\S.*Unit: \S+/);
  });

  test('nested fields are looked at too', () => {
    expect(docs.map(([path]) => path)).toContain('ClvUpdate.folded.count');
  });

  test('ids run from 1 to 11, the names are the product’s', () => {
    expect(CONTRACTS.map(({ id, name }) => `${id} ${name}`)).toEqual([
      '1 Order',
      '2 Click',
      '3 Browse',
      '4 Tick',
      '5 ClvUpdate',
      '6 ModelAnnouncement',
      '7 DeadLetter',
      '8 Review',
      '9 Customer',
      '10 DeadLetter',
      '11 ClvUpdate',
    ]);
  });

  test('every contract is in one namespace and describes itself', () => {
    for (const contract of CONTRACTS) {
      expect(JSON.parse(contract.text)).toMatchObject({ namespace: 'com.clvstream', doc: expect.stringMatching(/\S/) });
    }
  });

  test('a nullable field has a default, so that records evolve', () => {
    const nullable = CONTRACTS.flatMap(({ fields }) => fields).filter(({ type }) => Array.isArray(type));
    expect(nullable.length).toBeGreaterThan(0);
    for (const field of nullable) expect(field).toHaveProperty('default', null);
  });

  test('own schemas are found by id, others are not', () => {
    expect(ownSchemas(1)).toEqual({ schemaType: 'AVRO', text: ORDER.text });
    expect(ownSchemas(CONTRACTS.length + 1)).toBeUndefined();
  });
});
