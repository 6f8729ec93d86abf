import { SchemaRegistryAway, type SchemaSubjects } from '../../ports/schema-registry';
import { isSameOnTheWire } from '../../serde/writer-schema';
import { errorCode, type RegistryAnswer, type RegistryClient } from './registry-client';

const NOT_FOUND = [40_401, 40_402, 40_403];

/** Subjects of a Confluent-compatible schema registry. */
export class HttpSubjects implements SchemaSubjects {
  constructor(private readonly client: RegistryClient) {}

  async registeredId(subject: string, text: string): Promise<number | null> {
    const path = `/subjects/${encodeURIComponent(subject)}`;
    const found = await this.client.send('POST', path, { schema: text });
    if (!isNotFound(found)) return idOf(found, path);
    // The registry compares documentation, too. A release that has only changed that needs no new id.
    const latest = await this.client.send('GET', `${path}/versions/latest`);
    if (isNotFound(latest)) return null;
    const id = idOf(latest, path);
    const { schema } = latest.body as { schema?: unknown };
    return typeof schema === 'string' && isSameOnTheWire(schema, text) ? id : null;
  }

  async register(subject: string, text: string): Promise<{ id: number } | { fault: string }> {
    const known = await this.registeredId(subject, text);
    if (known !== null) return { id: known };
    const encoded = encodeURIComponent(subject);
    const rule = await this.client.send('POST', `/compatibility/subjects/${encoded}/versions/latest?verbose=true`, {
      schema: text,
    });
    if (!isNotFound(rule) && (rule.body as { is_compatible?: unknown }).is_compatible === false) {
      return { fault: `the subject's compatibility rule refuses it: ${shown(rule.body)}` };
    }
    const path = `/subjects/${encoded}/versions`;
    const answer = await this.client.send('POST', path, { schema: text });
    if (answer.status >= 400) return { fault: `it is refused: ${shown(answer.body)}` };
    return { id: idOf(answer, path) };
  }
}

function isNotFound({ body }: RegistryAnswer): boolean {
  return NOT_FOUND.includes(errorCode(body) ?? 0);
}

function idOf({ status, body }: RegistryAnswer, path: string): number {
  const id = typeof body === 'object' && body !== null && 'id' in body ? body.id : undefined;
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < 2 ** 32) return id;
  throw new SchemaRegistryAway(`the schema registry answered ${path} with ${status}, without an id: ${shown(body)}`);
}

function shown(body: unknown): string {
  return JSON.stringify(body).slice(0, 500);
}
