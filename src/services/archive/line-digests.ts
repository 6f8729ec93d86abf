import { crc32c } from '../../serde/crc32c';
import { StateArchiveError } from './archive-lines';

/*
 * Digests of an export's lines. Each line ends with a field "crc": the CRC-32C, eight hex digits, of the digest before it (none for the
 * first line) and the line without this field. So a damaged, moved, missing or doubled line is detected at its place.
 */
const ENDING = /,"crc":"([0-9a-f]{8})"\}$/;

/** Adds digests to lines. Lines must be passed in the order of the file. */
export class LineSigner {
  private before = '';

  /** `text`: a JSON object with at least one field. */
  sign(text: string): string {
    this.before = digestOf(this.before, text);
    return `${text.slice(0, -1)},"crc":"${this.before}"}`;
  }
}

/** Checks lines in the order of the file. An export of version 1 has no digests, so its lines are accepted unchecked. */
export class LineVerifier {
  private before = '';
  private isSigned: boolean | null = null;

  /** True if the lines so far had digests. */
  get signed(): boolean {
    return this.isSigned === true;
  }

  /** The line without its digest. Throws {@link StateArchiveError} with the line's number, and its customer if it names one. */
  verify(line: string, number: number): string {
    const given = ENDING.exec(line);
    this.isSigned ??= given !== null;
    if (!this.isSigned) {
      if (given === null) return line;
      throw new StateArchiveError(`line ${number}${customerOf(line)} has a digest, and the first line has none`);
    }
    if (given === null) throw new StateArchiveError(`line ${number}${customerOf(line)} has no digest: it is damaged`);
    const text = `${line.slice(0, given.index)}}`;
    this.before = digestOf(this.before, text);
    if (given[1] === this.before) return text;
    throw new StateArchiveError(
      `line ${number}${customerOf(line)} is damaged, or the one before it is missing: its digest is ${given[1]}, its content has ${this.before}. Take another export`,
    );
  }
}

function digestOf(before: string, text: string): string {
  return crc32c(new TextEncoder().encode(before + text))
    .toString(16)
    .padStart(8, '0');
}

/** The customer id in a damaged line, for the message. */
function customerOf(line: string): string {
  const named = /"customer":"((?:[^"\\]|\\.)*)"/.exec(line);
  return named === null ? '' : ` (customer ${named[1]})`;
}
