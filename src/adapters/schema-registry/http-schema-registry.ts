import type { Clock } from '../../ports/clock';
import { type RegisteredSchema, type SchemaRegistry, SchemaRegistryAway } from '../../ports/schema-registry';
import { inlineReferences } from './references';
import { errorCode, type RegistryClient } from './registry-client';

/** For so long an id counts as absent. Then it is requested again, because it may have been registered. */
const ABSENT_FOR_S = 30;
/** A schema that refers to more others, or deeper, is refused. */
const MOST_REFERENCES = 100;

/** Of a subject, of a version, and of a schema id. */
const NOT_FOUND: readonly number[] = [40_401, 40_402, 40_403];
/** To many registries ids are signed: they know no address for a larger one, and answer with a plain 404. */
const MOST_SIGNED_ID = 2 ** 31 - 1;
/** Absent ids that are remembered. A faulty producer may send a new one with each record. */
const MOST_ABSENT = 10_000;

interface Reference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

interface StoredSchema {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly Reference[];
}

/** A Confluent-compatible schema registry over HTTP. A schema never changes under its id, so it is requested once. */
export class HttpSchemaRegistry implements SchemaRegistry {
  private readonly schemas = new Map<number, RegisteredSchema>();
  private readonly absentUntilS = new Map<number, number>();
  private readonly requests = new Map<number, Promise<void>>();

  constructor(
    private readonly client: RegistryClient,
    private readonly clock: Pick<Clock, 'elapsedS'>,
  ) {}

  /** Nothing: a schema is requested when its first record comes. */
  async load(): Promise<void> {}

  schema(id: number): RegisteredSchema | undefined {
    return this.schemas.get(id);
  }

  isKnown(id: number): boolean {
    return this.schemas.has(id) || (this.absentUntilS.get(id) ?? Number.NEGATIVE_INFINITY) > this.clock.elapsedS();
  }

  request(id: number): Promise<void> {
    if (this.isKnown(id)) return Promise.resolve();
    let request = this.requests.get(id);
    if (request === undefined) {
      request = this.fetch(id).finally(() => this.requests.delete(id));
      this.requests.set(id, request);
    }
    return request;
  }

  private async fetch(id: number): Promise<void> {
    const schema = await this.found(id);
    if (schema === null) {
      if (this.absentUntilS.size >= MOST_ABSENT) this.absentUntilS.clear();
      this.absentUntilS.set(id, this.clock.elapsedS() + ABSENT_FOR_S);
      return;
    }
    this.schemas.set(id, schema);
    this.absentUntilS.delete(id);
  }

  /** null if there is no schema of this id that could be read: waiting would not help. Rejects while the schema registry is away. */
  private async found(id: number): Promise<RegisteredSchema | null> {
    const path = `/schemas/ids/${id}`;
    const { status, body } = await this.client.send('GET', path);
    const stored = storedSchema(body);
    if (status === 404 && id > MOST_SIGNED_ID) return null;
    try {
      if (stored === undefined) throw unexpected(path, status, body);
      return await this.complete(stored);
    } catch (error) {
      if (error instanceof NoSuchSchema) return null;
      throw error;
    }
  }

  private async complete(stored: StoredSchema): Promise<RegisteredSchema> {
    const { schema, schemaType = 'AVRO', references = [] } = stored;
    if (schemaType !== 'AVRO' || references.length === 0) return { schemaType, text: schema };
    const named = new Map<string, string>();
    await this.collect(references, named);
    try {
      return { schemaType, text: inlineReferences(schema, named) };
    } catch (error) {
      throw new NoSuchSchema(`its references can't be resolved: ${(error as Error).message}`);
    }
  }

  private async collect(references: readonly Reference[], named: Map<string, string>): Promise<void> {
    for (const { name, subject, version } of references) {
      if (named.has(name)) continue;
      if (named.size >= MOST_REFERENCES) throw new NoSuchSchema(`a schema has more than ${MOST_REFERENCES} references`);
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
      const { status, body } = await this.client.send('GET', path);
      const stored = storedSchema(body);
      if (stored === undefined) throw unexpected(path, status, body);
      named.set(name, stored.schema);
      await this.collect(stored.references ?? [], named);
    }
  }
}

function storedSchema(body: unknown): StoredSchema | undefined {
  const hasText = typeof body === 'object' && body !== null && 'schema' in body && typeof body.schema === 'string';
  return hasText ? (body as StoredSchema) : undefined;
}

/** The schema registry says that there is no such schema, or what it has can't be read. */
class NoSuchSchema extends Error {}

function unexpected(path: string, status: number, body: unknown): Error {
  const answer = `the schema registry answered ${path} with ${status}: ${JSON.stringify(body).slice(0, 200)}`;
  // Codes of its own are a word about the schema. A plain 404 may be another program, or a wrong address.
  return NOT_FOUND.includes(errorCode(body) ?? 0) ? new NoSuchSchema(answer) : new SchemaRegistryAway(answer);
}
