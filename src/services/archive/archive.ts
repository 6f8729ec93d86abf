import type { StateArchive } from '../../ports/state-archive';
import type { PartitionMeta, StateReader } from '../../ports/state-store';
import { NEWEST_FORMAT } from '../../serde/format-level';
import { decodeState, encodeState } from '../../serde/state-blob';
import {
  type ArchiveHeader,
  type ArchiveLine,
  decodeArchiveLine,
  encodeArchiveLine,
  hasDigests,
  StateArchiveError,
} from './archive-lines';
import { LineSigner, LineVerifier } from './line-digests';

export type Progress = (done: { readonly partition: number; readonly customers: number }) => void;

const PUT_CHUNK = 500;
const PROGRESS_EVERY = 1_000;

/**
 * The lines of an export. Throws {@link StateArchiveError} if a partition changes meanwhile, or if it has unpublished commits: an
 * import of its state without them would leave a gap in clv-updates.
 */
export async function* exportState(
  archive: StateArchive,
  reader: StateReader,
  header: ArchiveHeader,
  onProgress: Progress,
): AsyncGenerator<string> {
  const signer = new LineSigner();
  const signed = (line: ArchiveLine) => signer.sign(encodeArchiveLine(line));
  yield signed({ type: 'header', ...header });
  let total = 0;
  for (let partition = 0; partition < header.partitions; partition++) {
    const head = await archive.head(partition);
    if (head !== null && !head.drained) {
      throw new StateArchiveError(
        `partition ${partition} has commits that are not published yet: stop the scorers in order (SIGTERM drains), then export again`,
      );
    }
    yield signed({ type: 'partition', partition, meta: head?.meta ?? null });
    let customers = 0;
    for await (const { customerId, state } of reader.scan(partition)) {
      yield signed({ type: 'customer', customerId, state });
      customers += 1;
      if (customers % PROGRESS_EVERY === 0) onProgress({ partition, customers: total + customers });
    }
    const after = await archive.head(partition);
    if (after?.meta.commitIds.at(-1) !== head?.meta.commitIds.at(-1)) {
      throw new StateArchiveError(
        `partition ${partition} changed while it was read: stop the scorers, then export again`,
      );
    }
    total += customers;
    onProgress({ partition, customers: total });
    yield signed({ type: 'partition-end', partition, customers });
  }
  yield signed({ type: 'end', customers: total });
}

/** A checked export. */
export interface CheckedArchive extends ArchiveHeader {
  readonly customers: number;
  /** False for an export of version 1: damage to a state in it may go undetected. */
  readonly hasDigests: boolean;
}

/** Reads an export to its end without storing anything. Throws {@link StateArchiveError} at the first error. */
export async function checkArchive(lines: AsyncIterable<string>): Promise<CheckedArchive> {
  let header: Extract<ArchiveLine, { type: 'header' }> | null = null;
  let open: number | null = null;
  let next = 0;
  let customers = 0;
  let total = 0;
  let ended = false;
  for await (const { line, number } of numbered(lines)) {
    const wrong = (what: string) => new StateArchiveError(`line ${number}: ${what}`);
    if (ended) throw wrong('there are lines after the end');
    if ((line.type === 'header') !== (header === null)) throw wrong('a header must come first, and once');
    switch (line.type) {
      case 'header':
        header = line;
        break;
      case 'partition':
        if (open !== null || line.partition !== next) throw wrong(`partition ${next} is expected here`);
        open = line.partition;
        customers = 0;
        break;
      case 'customer':
        if (open === null) throw wrong('a customer outside a partition');
        checkState(line, number);
        customers += 1;
        break;
      case 'partition-end':
        if (open !== line.partition || customers !== line.customers) throw wrong(`${customers} customers were read`);
        total += customers;
        open = null;
        next += 1;
        break;
      case 'end':
        if (next !== header!.partitions || total !== line.customers) throw wrong('a part of the export is missing');
        ended = true;
    }
  }
  if (header === null || !ended) throw new StateArchiveError('the export is cut off: its last line is missing');
  const { partitions, topics, exportedAt } = header;
  return { partitions, topics, exportedAt, customers: total, hasDigests: hasDigests(header.version!) };
}

/**
 * Replaces the current state by an export: a roll-back. The log is folded again from the export's folded offsets on. Updates that
 * were published since are not published again. Throws if a scorer claims a partition meanwhile. `lines` must have passed
 * {@link checkArchive}.
 */
export async function importState(
  archive: StateArchive,
  lines: AsyncIterable<string>,
  onProgress: Progress,
): Promise<number> {
  let partition = 0;
  let epoch = 0;
  let format = NEWEST_FORMAT;
  let meta: PartitionMeta | null = null;
  let customers = 0;
  let waiting: { customerId: string; state: Uint8Array }[] = [];
  const settled = (done: boolean) => {
    if (done) return;
    throw new StateArchiveError(
      `a scorer claimed partition ${partition} during the import, and the partition has no state now: stop the scorers, then import again`,
    );
  };
  const put = async () => {
    if (waiting.length > 0) settled(await archive.put(partition, epoch, waiting));
    customers += waiting.length;
    waiting = [];
    onProgress({ partition, customers });
  };
  for await (const { line } of numbered(lines)) {
    if (line.type === 'partition') {
      partition = line.partition;
      meta = line.meta;
      ({ epoch, format } = await archive.begin(partition));
    } else if (line.type === 'customer') {
      // Written at the partition's format level, not at the export's: an earlier version of the program may run on it.
      waiting.push({ customerId: line.customerId, state: encodeState(decodeState(line.state), format) });
      if (waiting.length === PUT_CHUNK) await put();
    } else if (line.type === 'partition-end') {
      await put();
      if (meta !== null) settled(await archive.finish(partition, epoch, meta));
    }
  }
  return customers;
}

async function* numbered(lines: AsyncIterable<string>): AsyncGenerator<{ line: ArchiveLine; number: number }> {
  const verifier = new LineVerifier();
  let number = 0;
  for await (const text of lines) {
    number += 1;
    const line = decodeArchiveLine(verifier.verify(text, number), number);
    if (line.type === 'header' && hasDigests(line.version!) !== verifier.signed) {
      throw new StateArchiveError(
        `line ${number}: version ${line.version} does not match the digests: exports have them from version 2 on`,
      );
    }
    yield { line, number };
  }
}

function checkState({ customerId, state }: Extract<ArchiveLine, { type: 'customer' }>, number: number): void {
  try {
    decodeState(state);
  } catch (error) {
    const what = `the state of customer ${customerId} can't be read: ${(error as Error).message}`;
    throw new StateArchiveError(`line ${number}: ${what}`);
  }
}
