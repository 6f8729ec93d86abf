import type { Resolver } from 'avsc';
import type { DeadLetterReason, Decoded } from '../domain/dead-letter';
import { type Contract, parseSchema, type SchemaById } from './contracts';
import { asBuffer, FRAME_BYTES, JSON_BYTE, MAGIC_BYTE } from './framing';
import { JsonForm } from './json-form';
import { type WireCheck, wireCheck } from './wire-bounds';

/** How to read the records of one writer: same schema, a resolver, or why they can't be read. */
type Route =
  | { readonly resolver: Resolver | undefined; readonly withinBounds: WireCheck | undefined }
  | { readonly fault: string };

const failure = (reason: DeadLetterReason, detail: string) => ({ ok: false, reason, detail }) as const;

/** Bytes → record of one contract. The first byte distinguishes Avro from JSON. Never throws. */
export class RecordReader<T extends object> {
  /** By writer id. An unknown id is requested again each time, because it may be added to the schema registry later. */
  private readonly routes = new Map<number, Route>();
  private readonly json: JsonForm | undefined;

  /** `acceptsJson`: for flat contracts that producers write. Nested ones are Avro only. */
  constructor(
    private readonly contract: Contract,
    private readonly schemaById: SchemaById,
    acceptsJson: boolean,
  ) {
    this.json = acceptsJson ? new JsonForm(contract) : undefined;
  }

  read(bytes: Uint8Array | null): Decoded<T> {
    if (bytes === null || bytes.length === 0) {
      return failure(
        'undecodable',
        `The record has no value: a ${this.contract.name} can't be deleted, send a new one.`,
      );
    }
    if (bytes[0] === MAGIC_BYTE) return this.readAvro(asBuffer(bytes));
    if (bytes[0] === JSON_BYTE && this.json) return this.readJson(this.json, asBuffer(bytes));
    const first = (bytes[0] as number).toString(16).padStart(2, '0');
    const expected = this.json ? '00 (Avro with a schema id) or 7b (a JSON object)' : '00 (Avro with a schema id)';
    return failure(
      'undecodable',
      `The ${this.contract.name} begins with byte ${first}: it must begin with ${expected}.`,
    );
  }

  private readAvro(bytes: Buffer): Decoded<T> {
    const { name, type } = this.contract;
    if (bytes.length < FRAME_BYTES) {
      return failure('undecodable', `The ${name} has ${bytes.length} bytes: the frame alone takes ${FRAME_BYTES}.`);
    }
    const id = bytes.readUInt32BE(1);
    const route = this.route(id);
    if (route === undefined) {
      return failure('unknown-schema', `Schema id ${id} is not in the registry: add it to schemas/registry.json.`);
    }
    if ('fault' in route) return failure('undecodable', route.fault);
    if (route.withinBounds && !route.withinBounds(bytes, FRAME_BYTES)) {
      return failure(
        'undecodable',
        `The bytes under schema id ${id} end before the record does: is the id the writer's?`,
      );
    }
    try {
      const { value, offset } = type.decode(bytes, FRAME_BYTES, route.resolver);
      if (offset === bytes.length) return { ok: true, value: value as T };
      const end =
        offset < 0 ? 'end before the record does' : `go on for ${bytes.length - offset} bytes after the record`;
      return failure('undecodable', `The bytes under schema id ${id} ${end}: is the id that of the writer's schema?`);
    } catch (error) {
      return failure('undecodable', `The bytes are no ${name} under schema id ${id}: ${because(error)}.`);
    }
  }

  private route(id: number): Route | undefined {
    const cached = this.routes.get(id);
    if (cached) return cached;
    const text = this.schemaById(id);
    if (text === undefined) return undefined;
    const route = this.routeFor(id, text);
    this.routes.set(id, route);
    return route;
  }

  private routeFor(id: number, text: string): Route {
    try {
      const { type } = this.contract;
      const writer = parseSchema(text);
      const same = writer.fingerprint().equals(type.fingerprint());
      const resolver = same ? undefined : type.createResolver(writer, { ignoreNamespaces: true });
      return { resolver, withinBounds: wireCheck(writer) };
    } catch (error) {
      return {
        fault: `Records of schema id ${id} can't be read as ${this.contract.name}: ${because(error)}.`,
      };
    }
  }

  private readJson(form: JsonForm, bytes: Buffer): Decoded<T> {
    let json: Record<string, unknown>;
    try {
      // The first byte is '{', so the parsed value is an object.
      json = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
    } catch (error) {
      return failure('undecodable', `The ${this.contract.name} is no JSON: ${because(error)}.`);
    }
    const outcome = form.read(json);
    if ('fault' in outcome) return failure(outcome.fault.reason, outcome.fault.detail);
    return { ok: true, value: outcome.record as T };
  }
}

/** An error's message, cut: avsc prints whole schemas into some. */
function because(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.length <= 300 ? message : `${message.slice(0, 300)}…`;
}
