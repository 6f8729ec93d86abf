/** LZ4 frames in the simplest form: runs of one byte as matches, all other bytes as literals. A broker accepts them. */
const BLOCK_BYTES = 4 * 1024 * 1024;
/** Magic, independent blocks of 4 MiB without checksums, and the checksum of those two bytes. */
const HEAD = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);
/** The format requires literals for the last bytes of a block, and no match near its end. */
const TAIL = 16;

export function lz4Frame(plain: Buffer): Buffer {
  const parts: Buffer[] = [HEAD];
  for (let at = 0; at < plain.length; at += BLOCK_BYTES) {
    const bytes = block(plain.subarray(at, at + BLOCK_BYTES));
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes.length);
    parts.push(size, bytes);
  }
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

function block(plain: Buffer): Buffer {
  const parts: Buffer[] = [];
  let literalsFrom = 0;
  for (let at = 1; at < plain.length - TAIL; at++) {
    let run = 0;
    while (at + run < plain.length - TAIL && plain[at + run] === plain[at - 1]) run++;
    if (run < 32) continue;
    parts.push(sequence(plain.subarray(literalsFrom, at), run));
    at += run;
    literalsFrom = at;
  }
  return Buffer.concat([...parts, sequence(plain.subarray(literalsFrom), null)]);
}

function sequence(literals: Buffer, run: number | null): Buffer {
  const match = run === null ? 0 : run - 4;
  const token = Buffer.from([(Math.min(15, literals.length) << 4) | Math.min(15, match)]);
  const rest = run === null ? [] : [Buffer.from([1, 0]), more(match)];
  return Buffer.concat([token, more(literals.length), literals, ...rest]);
}

/** The part of a length beyond the 15 of its token. */
function more(length: number): Buffer {
  if (length < 15) return Buffer.alloc(0);
  const left = length - 15;
  return Buffer.concat([Buffer.alloc(Math.floor(left / 255), 255), Buffer.from([left % 255])]);
}
