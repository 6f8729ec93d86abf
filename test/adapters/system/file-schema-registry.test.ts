import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSchemaRegistry } from '../../../src/adapters/system/file-schema-registry';
import { CONTRACTS } from '../../../src/serde/contracts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'schemas-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('the shipped schema registry holds this program’s contracts under their ids, and no other', async () => {
  const registry = new FileSchemaRegistry();
  expect(registry.schema(1)).toBeUndefined();
  await registry.load();
  for (const { id, text } of CONTRACTS) expect(registry.schema(id)).toEqual({ schemaType: 'AVRO', text });
  expect(registry.schema(CONTRACTS.length + 1)).toBeUndefined();
});

test('a producer’s own version is one more line', async () => {
  await writeFile(join(directory, 'order-shop.avsc'), '{"type":"record","name":"Order","fields":[]}');
  await writeFile(join(directory, 'registry.json'), '{"schemas":{"100042":"order-shop.avsc"}}');
  const registry = new FileSchemaRegistry(directory);
  await registry.load();
  expect(registry.schema(100_042)).toMatchObject({ schemaType: 'AVRO', text: expect.stringContaining('"Order"') });
});

test('all faults come in one message', async () => {
  await writeFile(join(directory, 'broken.avsc'), '{"type":"recorder"}');
  await writeFile(join(directory, 'registry.json'), '{"schemas":{"8":"absent.avsc","9":"broken.avsc"}}');
  await expect(new FileSchemaRegistry(directory).load()).rejects.toThrow(
    /schema 8 \(absent.avsc\).*schema 9 \(broken.avsc\)/,
  );
});

test('an id that is no number is refused', async () => {
  await writeFile(join(directory, 'registry.json'), '{"schemas":{"order":"order.avsc"}}');
  await expect(new FileSchemaRegistry(directory).load()).rejects.toThrow(/whole numbers/);
});
