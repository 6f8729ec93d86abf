import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { SchemaRegistry } from '../../ports/schema-registry';
import { parseSchema, SCHEMA_DIRECTORY } from '../../serde/contracts';

const registryFile = z.object({
  schemas: z.record(z.string().regex(/^\d+$/, 'schema ids are whole numbers'), z.string().min(1)),
});

/** A schema registry in a folder: registry.json maps schema ids to .avsc files beside it. */
export class FileSchemaRegistry implements SchemaRegistry {
  private texts: ReadonlyMap<number, string> = new Map();

  constructor(private readonly directory: string = SCHEMA_DIRECTORY) {}

  async load(): Promise<void> {
    const path = join(this.directory, 'registry.json');
    const { schemas } = registryFile.parse(JSON.parse(await readFile(path, 'utf8')));
    const texts = new Map<number, string>();
    const faults: string[] = [];
    for (const [id, file] of Object.entries(schemas)) {
      try {
        const text = await readFile(join(this.directory, file), 'utf8');
        parseSchema(text);
        texts.set(Number(id), text);
      } catch (error) {
        faults.push(`schema ${id} (${file}): ${(error as Error).message}`);
      }
    }
    if (faults.length > 0) throw new Error(`${path} names schemas that can't be used: ${faults.join('; ')}`);
    this.texts = texts;
  }

  schema(id: number): string | undefined {
    return this.texts.get(id);
  }
}
