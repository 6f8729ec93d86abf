/** The output has reached its bound. What was written before is valid. */
export class OutputFull extends Error {
  override readonly name = 'OutputFull';
}

/** The compressed bytes are damaged. What was written before is valid. */
export class PackedFault extends Error {
  override readonly name = 'PackedFault';
}

/** Decompressed bytes up to a bound. The buffer grows with the bytes written, never with the size that the input claims. */
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

  /** A view of the bytes written. Valid until the next write. */
  written(): Buffer {
    return this.bytes.subarray(0, this.end);
  }

  /** Writes what fits, then throws {@link OutputFull} if that was not all. */
  literal(source: Buffer, from: number, to: number): void {
    const fits = this.room(to - from);
    source.copy(this.bytes, this.end, from, from + fits);
    this.end += fits;
    if (fits < to - from) throw new OutputFull();
  }

  /** Repeats `count` bytes from `distance` back. The two ranges may overlap. Throws as {@link literal}. */
  repeat(distance: number, count: number): void {
    const fits = this.room(count);
    const from = this.end - distance;
    // Each round can copy what earlier rounds wrote, so a distance of 1 takes few rounds.
    for (let done = 0; done < fits; ) {
      const step = Math.min(fits - done, distance + done);
      this.bytes.copyWithin(this.end + done, from, from + step);
      done += step;
    }
    this.end += fits;
    if (fits < count) throw new OutputFull();
  }

  /** Makes room for `count` bytes, or for as many as the bound allows. */
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
