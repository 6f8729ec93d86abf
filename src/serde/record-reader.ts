import type { DeadLetterReason, Decoded } from '../domain/dead-letter';
import { withArticle } from '../domain/wording';
import { Misfit } from './avro-resolution';
import type { Contract, SchemaById } from './contracts';
import { asBuffer, FRAME_BYTES, JSON_BYTE, MAGIC_BYTE } from './framing';
import { JsonForm } from './json-form';
import { type PayloadForm, payloadForm } from './payload-form';
import { type AvroRoute, because, type WriterRoute, writerRoute } from './writer-route';

const failure = (reason: DeadLetterReason, detail: string) => ({ ok: false, reason, detail }) as const;

/** Bytes → record of one contract. The first byte distinguishes framed records from plain JSON. Never throws. */
export class RecordReader<T extends object> {
  /** By writer id. An unknown id is requested again each time, because it may be added to the schema registry later. */
  private readonly routes = new Map<number, WriterRoute>();
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
    const { name } = this.contract;
    if (bytes === null || bytes.length === 0) {
      return failure('undecodable', `The record has no value: ${withArticle(name)} can't be deleted, send a new one.`);
    }
    if (bytes[0] === MAGIC_BYTE) return this.readFramed(asBuffer(bytes));
    if (bytes[0] === JSON_BYTE && this.json) return this.readJson(this.json, asBuffer(bytes));
    const first = (bytes[0] as number).toString(16).padStart(2, '0');
    const expected = this.json ? '00 (Avro with a schema id) or 7b (a JSON object)' : '00 (Avro with a schema id)';
    return failure('undecodable', `The ${name} begins with byte ${first}: it must begin with ${expected}.`);
  }

  private readFramed(bytes: Buffer): Decoded<T> {
    const { name } = this.contract;
    if (bytes.length < FRAME_BYTES) {
      return failure('undecodable', `The ${name} has ${bytes.length} bytes: the frame alone takes ${FRAME_BYTES}.`);
    }
    const id = bytes.readUInt32BE(1);
    const route = this.route(id);
    if (route === undefined) {
      if (payloadForm(bytes.subarray(FRAME_BYTES)) === 'JSON') {
        return failure('unknown-schema', `${framed('JSON', id)}: ${FORM_FIX.JSON}.`);
      }
      return failure('unknown-schema', `Schema id ${id} is not in the schema registry: register the writer's schema.`);
    }
    if (route.form === 'avro') return this.readAvro(bytes, id, route);
    if (route.form === 'json' && this.json) return this.readJson(this.json, bytes.subarray(FRAME_BYTES));
    const why = route.form === 'none' ? route.why : 'the schema is JSON, and this topic holds Avro';
    return failure('undecodable', `Records of schema id ${id} can't be read as ${name}: ${why}.`);
  }

  private route(id: number): WriterRoute | undefined {
    const cached = this.routes.get(id);
    if (cached) return cached;
    const schema = this.schemaById(id);
    if (schema === undefined) return undefined;
    const route = writerRoute(this.contract, schema);
    this.routes.set(id, route);
    return route;
  }

  private readAvro(bytes: Buffer, id: number, route: AvroRoute): Decoded<T> {
    const read = this.decodeAvro(bytes, id, route);
    if (read.ok || read.reason !== 'undecodable') return read;
    // Only now: bytes that are no Avro by this id may be something else by the id of another registry.
    const form = payloadForm(bytes.subarray(FRAME_BYTES));
    if (form === null) return read;
    return failure('undecodable', `${framed(form, id)}, and that schema is Avro: ${FORM_FIX[form]}.`);
  }

  private decodeAvro(bytes: Buffer, id: number, { writer, convert, withinBounds }: AvroRoute): Decoded<T> {
    if (withinBounds && !withinBounds(bytes, FRAME_BYTES)) {
      return failure(
        'undecodable',
        `The bytes under schema id ${id} end before the record does: is the id the writer's?`,
      );
    }
    try {
      const { value, offset } = writer.decode(bytes, FRAME_BYTES);
      if (offset === bytes.length) return { ok: true, value: (convert ? convert(value) : value) as T };
      const end =
        offset < 0 ? 'end before the record does' : `go on for ${bytes.length - offset} bytes after the record`;
      return failure('undecodable', `The bytes under schema id ${id} ${end}: is the id that of the writer's schema?`);
    } catch (error) {
      if (error instanceof Misfit) return misfit(error, id);
      return failure('undecodable', `The bytes are no ${this.contract.name} under schema id ${id}: ${because(error)}.`);
    }
  }

  private readJson(form: JsonForm, bytes: Buffer): Decoded<T> {
    let json: unknown;
    try {
      json = JSON.parse(bytes.toString('utf8'));
    } catch (error) {
      return failure('undecodable', `The ${this.contract.name} is no JSON: ${because(error)}.`);
    }
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      return failure('undecodable', `The ${this.contract.name} is no JSON object: send one with a field per property.`);
    }
    const outcome = form.read(json as Record<string, unknown>);
    if ('fault' in outcome) return failure(outcome.fault.reason, outcome.fault.detail);
    return { ok: true, value: outcome.record as T };
  }
}

const framed = (form: PayloadForm, id: number): string =>
  `What stands behind the frame with schema id ${id} looks like ${form}`;

/** The id is of the producer's schema registry. Without that, it means one of this program's own schemas, or nothing. */
const FORM_FIX: Readonly<Record<PayloadForm, string>> = {
  JSON: "set SCHEMA_REGISTRY_URL to the producer's schema registry, or send plain JSON without the five bytes of the frame",
  Protobuf: 'send Avro or JSON, Protobuf is not read',
};

/** A record that fits the writer's schema, and not the contract. */
function misfit({ message, nullField }: Misfit, id: number): Decoded<never> {
  const reason = nullField === 'customerId' ? 'missing-customer-id' : 'undecodable';
  return failure(reason, `${message} (schema id ${id}).`);
}
