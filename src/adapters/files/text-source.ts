import { createReadStream } from 'node:fs';
import { type Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FileError } from '../../ports/table-file';
import { unreadable } from './regular-file';

/** Where the text of a file is, and how it is packed. */
export interface TextSource {
  readonly path: string;
  readonly gzipped: boolean;
  /** A label of the Encoding Standard, such as utf-8 or windows-1252. */
  readonly encoding: string;
}

/** The encoding that a byte order mark declares, or null without one. */
export function markedEncoding(head: Uint8Array): string | null {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  return null;
}

/** The stages that turn a file into text: the last one gives strings. Faults of the content reject with the file's name. */
export function textStages({ path, gzipped, encoding }: TextSource): [Readable, ...Transform[]] {
  const bytes = createReadStream(path);
  const decoder = decoding(path, encoding);
  return gzipped ? [bytes, createGunzip(), decoder] : [bytes, decoder];
}

/** An error of a stage, with the file's name and the fix. */
export function sourceError(path: string, error: unknown): Error {
  if (error instanceof FileError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') {
    return new FileError(`${path} ends in the middle of its gzip data (unexpected end of file): copy it again.`);
  }
  if (code?.startsWith('Z_')) return new FileError(`${path} is damaged: its gzip data can't be read (${message}).`);
  return unreadable(path, error);
}

/** Bytes → text. Bytes that are no text of the encoding are a fault: replaced, they would make two customers one. */
function decoding(path: string, encoding: string): Transform {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const lines = new LinesOfBytes(encoding);
  const decoded = (bytes: Uint8Array | undefined, done: (error: Error | null, text?: string) => void) => {
    try {
      done(null, decoder.decode(bytes, { stream: bytes !== undefined }));
      if (bytes) lines.pass(bytes);
    } catch {
      const fix = encoding === 'utf-8' ? 'give --encoding, for instance windows-1252' : 'give another --encoding';
      const line = lines.firstFaulty(bytes ?? new Uint8Array());
      const where = line === null ? '' : `, the first on line ${line}`;
      done(new FileError(`${path} has bytes that are not ${encoding}${where}: ${fix}, or write it as UTF-8.`));
    }
  };
  return new Transform({
    decodeStrings: false,
    encoding: 'utf8',
    transform: (bytes: Uint8Array, _, done) => decoded(bytes, done),
    flush: (done) => decoded(undefined, done),
  });
}

const LINE_END = 10;

/** Finds the line of a fault. */
class LinesOfBytes {
  private before = 0;
  /** Bytes passed since the last line end, as far as they are in one piece. */
  private begun: Uint8Array = new Uint8Array();

  constructor(private readonly encoding: string) {}

  /** Bytes without a fault. */
  pass(bytes: Uint8Array): void {
    for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) this.before++;
    this.begun = bytes.subarray(bytes.lastIndexOf(LINE_END) + 1);
  }

  /** Number of the first line that can't be decoded, from 1. Null where a line's end is no single byte. */
  firstFaulty(bytes: Uint8Array): number | null {
    if (this.encoding.startsWith('utf-16')) return null;
    const left = Buffer.concat([this.begun, bytes]);
    for (let line = this.before + 1, from = 0; from < left.length; line++) {
      const end = left.indexOf(LINE_END, from);
      const until = end < 0 ? left.length : end;
      try {
        new TextDecoder(this.encoding, { fatal: true }).decode(left.subarray(from, until));
      } catch {
        return line;
      }
      from = until + 1;
    }
    return null;
  }
}
