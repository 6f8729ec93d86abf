import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { RegisteredSchema, SchemaRegistry } from '../../ports/schema-registry';
import { SCHEMA_DIRECTORY } from '../../serde/contracts';
import { parseWriter } from '../../serde/writer-schema';

const registryFile = z.object({
  schemas: z.record(z.string().regex(/^\d+$/, 'schema ids are whole numbers'), z.string().min(1)),
});

/** A schema registry in a folder: registry.json maps schema ids to the files beside it, each with an Avro schema or a JSON Schema. */
export class FileSchemaRegistry implements SchemaRegistry {
  private schemas: ReadonlyMap<number, RegisteredSchema> = new Map();

  constructor(private readonly directory: string = SCHEMA_DIRECTORY) {}

  async load(): Promise<void> {
    const path = join(this.directory, 'registry.json');
    const { schemas } = registryFile.parse(JSON.parse(await readFile(path, 'utf8')));
    const found = new Map<number, RegisteredSchema>();
    const faults: string[] = [];
    for (const [id, file] of Object.entries(schemas)) {
      try {
        const text = await readFile(join(this.directory, file), 'utf8');
        const schemaType = isJsonSchema(JSON.parse(text)) ? 'JSON' : 'AVRO';
        if (schemaType === 'AVRO') parseWriter(text);
        found.set(Number(id), { schemaType, text });
      } catch (error) {
        faults.push(`schema ${id} (${file}): ${(error as Error).message}`);
      }
    }
    if (faults.length > 0) throw new Error(`${path} names schemas that can't be used: ${faults.join('; ')}`);
    this.schemas = found;
  }

  schema(id: number): RegisteredSchema | undefined {
    return this.schemas.get(id);
  }

  isKnown(): boolean {
    return true;
  }

  async request(): Promise<void> {}
}

/** A record in Avro has the type "record"; an object in JSON Schema has the type "object", or keywords of its own. */
function isJsonSchema(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return false;
  return '$schema' in schema || 'properties' in schema || ('type' in schema && schema.type === 'object');
}
