import type { Decoded } from '../domain/dead-letter';
import type { ClvUpdate } from '../domain/update';
import { CLV_UPDATE, CLV_UPDATE_V1, type Contract, ownSchemas, type SchemaById } from './contracts';
import { FramedWriter } from './framing';
import { OwnRecordReader } from './own-record-reader';
import { type ClvUpdateRecord, fromUpdateRecord, redundancyFaults, toUpdateRecord } from './update-record';
import { UpdateWriter } from './update-writer';

/** A field of an update is not a finite number: its model or its state is damaged. */
export class UpdateFieldError extends Error {
  readonly code = 'update-field';
  override readonly name = 'UpdateFieldError';

  constructor(field: string, value: number) {
    super(
      `${field} of the update is ${value}, not a finite number: check the model that is in force (clv-stream model)`,
    );
  }
}

/** Fields that hold a number, or null in its place. */
const NUMBERS = CLV_UPDATE.fields
  .filter(({ type }) => holdsNumber(type))
  .map(({ name }) => name as keyof ClvUpdateRecord);

/** `type`: as in the .avsc file. */
function holdsNumber(type: unknown): boolean {
  if (Array.isArray(type)) return type.some(holdsNumber);
  if (typeof type === 'object' && type !== null) return holdsNumber((type as { type: unknown }).type);
  return type === 'int' || type === 'long' || type === 'float' || type === 'double';
}

/**
 * CLV updates ↔ framed Avro. Encoding is on the hot path: one update per event. An update that names no cuts is written with the first
 * version of the schema.
 */
export class UpdateCodec {
  private readonly newest: WrittenForm;
  private readonly first: WrittenForm;
  private readonly reader: OwnRecordReader<ClvUpdateRecord>;

  /** `id`: the schema id that all updates are written with, as the schema registry gave it. Default: this program's own. */
  constructor(schemaById: SchemaById = ownSchemas, id?: number) {
    this.newest = writtenForm(id === undefined ? CLV_UPDATE : { ...CLV_UPDATE, id }, true);
    this.first = id === undefined ? writtenForm(CLV_UPDATE_V1, false) : this.newest;
    this.reader = new OwnRecordReader([CLV_UPDATE, CLV_UPDATE_V1], schemaById, false);
  }

  /** Throws {@link UpdateFieldError}: a number that is not finite is never published. */
  encode(update: ClvUpdate): Uint8Array {
    const form = update.tierCuts === '' ? this.first : this.newest;
    return form.direct.write(update) ?? encodeChecked(update, form.avro);
  }

  decode(value: Uint8Array | null): Decoded<ClvUpdate> {
    const read = this.reader.read(value);
    return read.ok ? { ok: true, value: fromUpdateRecord(read.value) } : read;
  }

  /** Decodes, and reports fields that contradict other fields of the same record: a date against its days, an unknown topic. */
  decodeStrictly(value: Uint8Array | null): Decoded<{ readonly update: ClvUpdate; readonly faults: string[] }> {
    const read = this.reader.read(value);
    if (!read.ok) return read;
    const update = fromUpdateRecord(read.value);
    return { ok: true, value: { update, faults: redundancyFaults(read.value, toUpdateRecord(update)) } };
  }
}

/** Two writers of the same bytes. */
interface WrittenForm {
  readonly direct: UpdateWriter;
  /** For what the direct one does not write, and for its errors. */
  readonly avro: FramedWriter;
}

function writtenForm(contract: Contract, hasTiers: boolean): WrittenForm {
  return { direct: new UpdateWriter(contract.id, hasTiers), avro: new FramedWriter(contract) };
}

function encodeChecked(update: ClvUpdate, writer: FramedWriter): Uint8Array {
  const record = toUpdateRecord(update);
  for (const field of NUMBERS) {
    const value = record[field];
    if (typeof value === 'number' && !Number.isFinite(value)) throw new UpdateFieldError(field, value);
  }
  return writer.encode(record);
}
