import { createHash } from 'node:crypto';
import type { Decoded } from '../domain/dead-letter';
import { MODEL_ANNOUNCEMENT, ownSchemas, type SchemaById } from './contracts';
import { asBuffer, FramedWriter } from './framing';
import { OwnRecordReader } from './own-record-reader';

/** The same shape as the announcement of the model registry's port. */
export interface AnnouncedModel {
  /** Digest of the artefact. */
  readonly version: string;
  readonly artefact: Uint8Array;
  /** ms since the epoch. */
  readonly announcedAtMs: number;
  readonly note: string;
}

/** As in schemas/model-announcement.avsc. */
interface ModelAnnouncementRecord {
  readonly version: string;
  readonly announcedAt: number;
  readonly note: string;
  readonly artefact: Buffer;
  readonly sha256: string;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Model announcements ↔ framed Avro. Decoding checks the artefact's digest. */
export class ModelAnnouncementCodec {
  private readonly writer = new FramedWriter(MODEL_ANNOUNCEMENT);
  private readonly reader: OwnRecordReader<ModelAnnouncementRecord>;

  constructor(schemaById: SchemaById = ownSchemas) {
    this.reader = new OwnRecordReader([MODEL_ANNOUNCEMENT], schemaById, false);
  }

  encode(model: AnnouncedModel): Uint8Array {
    const record: ModelAnnouncementRecord = {
      version: model.version,
      announcedAt: model.announcedAtMs,
      note: model.note,
      artefact: asBuffer(model.artefact),
      sha256: sha256(model.artefact),
    };
    return this.writer.encode(record);
  }

  decode(value: Uint8Array | null): Decoded<AnnouncedModel> {
    const read = this.reader.read(value);
    if (!read.ok) return read;
    const { version, announcedAt, note, artefact } = read.value;
    if (sha256(artefact) !== read.value.sha256) {
      const detail = `The artefact of model ${version} does not match its sha256: publish it again.`;
      return { ok: false, reason: 'invalid-value', detail };
    }
    return { ok: true, value: { version, announcedAtMs: announcedAt, note, artefact } };
  }
}
