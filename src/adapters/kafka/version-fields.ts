import { RequestWriter, ResponseReader } from './protocol-bytes';

/** Whether a version of a request is flexible: its texts and arrays are compact, and tags follow each structure. */
export interface Form {
  readonly isFlexible: boolean;
}

/** Writes a request in either form. kafkajs writes the header; a flexible version has tags after it. */
export class VersionWriter {
  private readonly writer = new RequestWriter();

  constructor(private readonly form: Form) {
    this.end();
  }

  text(value: string): this {
    if (this.form.isFlexible) this.writer.text(value);
    else this.writer.plainText(value);
    return this;
  }

  absent(): this {
    if (this.form.isFlexible) this.writer.count(-1);
    else this.writer.int16(-1);
    return this;
  }

  textOrNull(value: string | null): this {
    return value === null ? this.absent() : this.text(value);
  }

  list<T>(items: readonly T[], write: (item: T) => void): this {
    if (this.form.isFlexible) this.writer.count(items.length);
    else this.writer.int32(items.length);
    items.forEach(write);
    return this;
  }

  records(batch: Buffer): this {
    if (this.form.isFlexible) this.writer.count(batch.length);
    else this.writer.int32(batch.length);
    this.writer.bytes(batch);
    return this;
  }

  flag(value: boolean): this {
    this.writer.flag(value);
    return this;
  }

  int16(value: number): this {
    this.writer.int16(value);
    return this;
  }

  int32(value: number): this {
    this.writer.int32(value);
    return this;
  }

  int64(value: number | bigint): this {
    this.writer.int64(value);
    return this;
  }

  /** Ends a structure, or the request. */
  end(): this {
    if (this.form.isFlexible) this.writer.tags();
    return this;
  }

  done(): Buffer {
    return this.end().writer.done();
  }
}

/** Reads an answer in either form. Throws RangeError if it is too short. */
export class VersionReader {
  readonly fields: ResponseReader;

  constructor(
    answer: Buffer,
    private readonly form: Form,
  ) {
    this.fields = new ResponseReader(answer);
    this.end();
  }

  text(): string {
    return this.textOrNull() ?? '';
  }

  textOrNull(): string | null {
    return this.form.isFlexible ? this.fields.text() : this.fields.plainTextOrNull();
  }

  list<T>(read: () => T): T[] {
    return this.form.isFlexible ? this.fields.array(read) : this.fields.plainArray(read);
  }

  /** Ends a structure, or the answer. */
  end(): void {
    if (this.form.isFlexible) this.fields.tags();
  }
}
