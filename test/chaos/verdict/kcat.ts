import { spawn, spawnSync } from 'node:child_process';

/** A record as kcat prints it. */
export interface RawRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  /** The first {@link KEPT_BYTES} of the value: a bomb's rest is nothing that a verdict needs. */
  readonly value: Buffer | null;
  readonly valueBytes: number;
}

export const hasKcat = (): boolean => spawnSync('kcat', ['-V']).status === 0;

/** More than any record that becomes an update, or any dead letter's own fields. */
export const KEPT_BYTES = 2 * 1024 * 1024;

/** One line of numbers, then key and value as they are. */
const FORMAT = '%o %T %K %S\\n%k%s\\n';

/**
 * Reads one partition to its end by kcat, which shares nothing with the program: read committed, whatever the codec. Throws with kcat's
 * own words if it fails.
 */
export function readPartition(
  brokers: string,
  topic: string,
  partition: number,
  take: (record: RawRecord) => void,
  from: number | 'beginning' = 'beginning',
): Promise<void> {
  const settings = [
    'isolation.level=read_committed',
    'check.crcs=true',
    'receive.message.max.bytes=2000000000',
    'fetch.message.max.bytes=16000000',
    'auto.offset.reset=smallest',
    'fetch.wait.max.ms=50',
  ].flatMap((setting) => ['-X', setting]);
  const args = ['-C', '-q', '-e', '-b', brokers, '-t', topic, '-p', `${partition}`, '-o', `${from}`, '-f', FORMAT];
  const child = spawn('kcat', [...args, ...settings], { stdio: ['ignore', 'pipe', 'pipe'] });
  const frames = new FrameReader(take);
  let trouble = '';
  child.stderr.on('data', (text: Buffer) => {
    trouble = (trouble + text.toString()).slice(-2_000);
  });
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      try {
        frames.add(chunk);
      } catch (error) {
        child.kill('SIGKILL');
        reject(error);
      }
    });
    child.once('error', (error) => reject(new Error(`kcat did not start (scripts/ci-services installs it): ${error}`)));
    child.once('close', (code) => {
      if (code === 0 && frames.isWhole) resolve();
      else reject(new Error(`kcat on ${topic} ${partition} ended with ${code}: ${trouble}`));
    });
  });
}

/** Cuts kcat's output into records, whatever pieces it comes in. */
export class FrameReader {
  private head = '';
  private current: { offset: number; timestampMs: number; key: Pending; value: Pending } | null = null;

  constructor(private readonly take: (record: RawRecord) => void) {}

  /** Nothing of an unfinished record is left. */
  get isWhole(): boolean {
    return this.current === null && this.head === '';
  }

  add(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.current === null) at = this.addHead(chunk, at);
      else at = this.addBody(chunk, at);
    }
  }

  private addHead(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(0x0a, at);
    this.head += chunk.toString('latin1', at, end < 0 ? chunk.length : end);
    if (end < 0) return chunk.length;
    const numbers = this.head.split(' ').map(Number);
    if (numbers.length !== 4 || !numbers.every(Number.isInteger)) throw new Error(`kcat printed "${this.head}"`);
    const [offset, timestampMs, keyBytes, valueBytes] = numbers as [number, number, number, number];
    this.current = { offset, timestampMs, key: new Pending(keyBytes), value: new Pending(valueBytes) };
    this.head = '';
    return end + 1;
  }

  private addBody(chunk: Buffer, at: number): number {
    const current = this.current!;
    let next = current.key.add(chunk, at);
    next = current.value.add(chunk, next);
    if (!current.key.isFull || !current.value.isFull || next >= chunk.length) return next;
    this.current = null;
    const { offset, timestampMs, key, value } = current;
    this.take({ offset, timestampMs, key: key.taken(), value: value.taken(), valueBytes: Math.max(0, value.bytes) });
    return next + 1;
  }
}

/** Bytes that are still to come; a negative number stands for null. */
class Pending {
  private readonly pieces: Buffer[] = [];
  private left: number;

  constructor(readonly bytes: number) {
    this.left = Math.max(0, bytes);
  }

  get isFull(): boolean {
    return this.left === 0;
  }

  add(chunk: Buffer, at: number): number {
    const count = Math.min(this.left, chunk.length - at);
    const keptSoFar = Math.max(0, this.bytes) - this.left;
    if (count > 0 && keptSoFar < KEPT_BYTES) {
      this.pieces.push(Buffer.from(chunk.subarray(at, at + Math.min(count, KEPT_BYTES - keptSoFar))));
    }
    this.left -= count;
    return at + count;
  }

  taken(): Buffer | null {
    return this.bytes < 0 ? null : Buffer.concat(this.pieces);
  }
}
