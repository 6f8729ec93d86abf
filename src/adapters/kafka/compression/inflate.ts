import { createGunzip, gunzipSync } from 'node:zlib';
import { BoundedOutput, OutputFull, PackedFault } from './bounded-output';
import { lz4Into } from './lz4';
import { snappyInto } from './snappy';
import { unzstd } from './zstd';

/** Decompressed records of a batch: all of them, or the first part and the reason why the rest is missing. */
export interface Inflated {
  readonly bytes: Buffer;
  readonly fault: string | null;
}

/** Index: the lowest three bits of a batch's attributes. */
export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Codec = (typeof CODECS)[number];

/** First guess of the output's size in multiples of the input. The buffer grows if needed. */
const LIKELY_RATIO = 4;

/**
 * Decompresses at most `mostBytes`. Never throws, and allocates at most a small multiple of that, for any input. Keeps what came before the
 * bound or before a fault.
 */
export async function inflate(codec: Codec | undefined, packed: Buffer, mostBytes: number): Promise<Inflated> {
  switch (codec) {
    case 'none':
      return { bytes: packed, fault: null };
    case 'gzip':
      return gunzip(packed, mostBytes);
    case 'snappy':
      return into(snappyInto, packed, mostBytes);
    case 'lz4':
      return into(lz4Into, packed, mostBytes);
    case 'zstd':
      return zstd(packed, mostBytes);
    case undefined:
      return { bytes: Buffer.alloc(0), fault: 'the batch is compressed with a codec that this program does not know' };
  }
}

function beyond(mostBytes: number): string {
  return `the batch holds more than ${mostBytes} bytes once decompressed (CLV_MAX_DECOMPRESSED_BYTES)`;
}

function into(decode: (output: BoundedOutput, packed: Buffer) => void, packed: Buffer, mostBytes: number): Inflated {
  const output = new BoundedOutput(mostBytes, LIKELY_RATIO * packed.length);
  try {
    decode(output, packed);
    return { bytes: output.written(), fault: null };
  } catch (error) {
    return { bytes: output.written(), fault: faultOf(error, mostBytes) };
  }
}

async function zstd(packed: Buffer, mostBytes: number): Promise<Inflated> {
  try {
    const { bytes, isWhole } = await unzstd(packed, mostBytes);
    return { bytes, fault: isWhole ? null : beyond(mostBytes) };
  } catch (error) {
    return { bytes: Buffer.alloc(0), fault: faultOf(error, mostBytes) };
  }
}

function gunzip(packed: Buffer, mostBytes: number): Promise<Inflated> | Inflated {
  try {
    return { bytes: gunzipSync(packed, { maxOutputLength: mostBytes }), fault: null };
  } catch {
    return gunzipBeginning(packed, mostBytes);
  }
}

/** Decompresses up to the fault or the bound. The one-shot call above returns all or nothing. */
function gunzipBeginning(packed: Buffer, mostBytes: number): Promise<Inflated> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stream = createGunzip();
    const end = (fault: string | null) => {
      resolve({ bytes: Buffer.concat(chunks, Math.min(length, mostBytes)), fault });
      stream.destroy();
    };
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > mostBytes) end(beyond(mostBytes));
    });
    stream.on('error', (error) => end(`its gzip is damaged: ${error.message}`));
    stream.on('end', () => end(null));
    stream.end(packed);
  });
}

function faultOf(error: unknown, mostBytes: number): string {
  if (error instanceof OutputFull) return beyond(mostBytes);
  if (error instanceof PackedFault) return error.message;
  throw error;
}
