/** The output has reached its bound; what was written so far stands. */
export class OutputFull extends Error {
  override readonly name = 'OutputFull';
}

/** The packed bytes are not what they claim to be; what was written so far stands. */
export class PackedFault extends Error {
  override readonly name = 'PackedFault';
}

/** Decompressed bytes that grow as they come, never beyond a bound: an allocation follows from what was written, not from a claim. */
export class BoundedOutput {
  private bytes: Buffer;
  private end = 0;

  constructor(
    private readonly mostBytes: number,
    expectedBytes: number,
  ) {
    this.bytes = Buffer.allocUnsafe(Math.max(64, Math.min(mostBytes, expectedBytes)));
  }

  get length(): number {
    return this.end;
  }

  /** A view of what was written; valid until the next write. */
  written(): Buffer {
    return this.bytes.subarray(0, this.end);
  }

  /** Throws {@link OutputFull} after writing what fits. */
  literal(source: Buffer, from: number, to: number): void {
    const fits = this.room(to - from);
    source.copy(this.bytes, this.end, from, from + fits);
    this.end += fits;
    if (fits < to - from) throw new OutputFull();
  }

  /** Repeats `count` bytes from `distance` back, which may overlap what it writes. Throws as {@link literal}. */
  repeat(distance: number, count: number): void {
    const fits = this.room(count);
    const from = this.end - distance;
    // What has been repeated can be repeated in turn, so that a distance of 1 takes few steps.
    for (let done = 0; done < fits; ) {
      const step = Math.min(fits - done, distance + done);
      this.bytes.copyWithin(this.end + done, from, from + step);
      done += step;
    }
    this.end += fits;
    if (fits < count) throw new OutputFull();
  }

  /** Makes room for `count` bytes, or for as many as the bound leaves. */
  private room(count: number): number {
    const fits = Math.min(count, this.mostBytes - this.end);
    if (this.end + fits > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.min(this.mostBytes, Math.max(2 * this.bytes.length, this.end + fits)));
      this.bytes.copy(grown, 0, 0, this.end);
      this.bytes = grown;
    }
    return fits;
  }
}
