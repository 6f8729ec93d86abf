import { Command, Option } from 'commander';
import { DEAD_LETTER_REASONS, type DeadLetterReason } from '../../domain/dead-letter';
import { CUSTOMERS_TOPIC } from '../../domain/event';
import type { LogWriter } from '../../ports/log';
import { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { schemaIdOf } from '../../serde/foreign-schema';
import {
  heldProfiles,
  type LetterFilter,
  planReplay,
  positionOf,
  type ReplayPlan,
  readLetters,
  replayedBefore,
  type StoredLetter,
} from '../../services/dead-letters/dead-letters';
import { eventCodec, openSchemas } from '../compose/codecs';
import { awaitPartitions } from '../platform/await-partitions';
import { openPlatform } from '../platform/open-platform';
import type { Platform } from '../platform/platform';
import { type ProcessContext, runProcess } from '../process/process';

interface Arguments {
  readonly reason?: DeadLetterReason;
  readonly topic?: string;
  readonly json?: true;
  readonly write?: true;
}

const APPEND_CHUNK = 500;
const REPLAY_WRITER = 'dead-letter-replay';

export function deadLettersCommand(): Command {
  const filtered = (name: string) =>
    new Command(name)
      .addOption(new Option('--reason <reason>', 'only letters of this reason').choices([...DEAD_LETTER_REASONS]))
      .option('--topic <name>', 'only letters of records from this topic')
      .option('--json', 'one line of JSON per letter');
  return new Command('dead-letters')
    .description('list records that could not become an update, and write them to their topic again')
    .addCommand(
      filtered('list')
        .description('list each dead letter that the log holds, with its reason and whether it was written again')
        .action((options: Arguments) => withLetters('dead-letters list', options, list)),
    )
    .addCommand(
      filtered('replay')
        .description('write the original bytes to their topic again; without --write only shows what it would write')
        .option('--write', 'write the records')
        .action((options: Arguments) => withLetters('dead-letters replay', options, replay)),
    )
    .addHelpText(
      'after',
      `
A replay writes key, value and timestamp unchanged to the original topic, into the partition that the customer hashes to today. It adds the
header clv-dead-letter: PARTITION@OFFSET of the letter. While the input topic holds such a record, its letter is not written again. A
second replay with --write ends the first one, and sees what the first has written.

These letters are not written:
  - those that would become dead letters again: correct the cause first (a schema, a setting)
  - those that were cut (originalBytes is set): their bytes are incomplete
  - those of reason duplicate, because their events were folded; --reason duplicate writes them`,
    );
}

interface Letters {
  /** Null without --write. */
  readonly writer: LogWriter | null;
  readonly context: ProcessContext;
  readonly options: Arguments;
  readonly letters: readonly StoredLetter[];
  /** Position of a letter → position of the record that was written again from it. */
  readonly replayed: ReadonlyMap<string, string>;
  readonly plan: (letter: StoredLetter) => ReplayPlan;
}

function withLetters(name: string, options: Arguments, body: (letters: Letters) => Promise<void>): Promise<void> {
  return runProcess({ name, withoutRedis: true }, async (context) => {
    const { settings, observer, clock } = context;
    const platform = await openPlatform(settings, observer, clock);
    try {
      const partitions = await awaitPartitions(platform, context);
      // Opened before anything is read. This fences another replay: its open transaction is settled, and what it has written is seen.
      const writer = options.write ? await platform.fencedWriter(REPLAY_WRITER) : null;
      const schemas = await openSchemas(platform);
      const { topics } = platform;
      const reader = platform.reader();
      const filter: LetterFilter = {
        ...(options.reason === undefined ? {} : { reason: options.reason }),
        ...(options.topic === undefined ? {} : { topic: options.topic }),
      };
      const letters: StoredLetter[] = [];
      const keep = (stored: StoredLetter) => void letters.push(stored);
      await readLetters(reader, new DeadLetterCodec(schemas), { topic: topics.deadLetters, partitions, filter }, keep);
      await requestSchemas(platform, letters);
      const from = topics.inputs.filter((topic) => letters.some(({ letter }) => letter.topic === topic));
      const replayed = await replayedBefore(reader, from, partitions);
      const events = eventCodec({ ...settings, CLV_PARTITIONER: 'arrival' }, partitions, schemas);
      const customers = topics.inputs[CUSTOMERS_TOPIC]!;
      const hash = settings.CLV_PARTITIONER;
      const profiles = from.includes(customers) ? await heldProfiles(reader, customers, partitions, hash) : new Map();
      const maxFutureMs = settings.CLV_MAX_FUTURE_SECONDS * 1000;
      const rules = { topics, partitions, hash, events, profiles, maxFutureMs, nowMs: clock.nowMs() };
      await body({ writer, context, options, letters, replayed, plan: (letter) => planReplay(letter, rules) });
      return undefined;
    } finally {
      await platform.close();
    }
  });
}

/** The reader has waited for the schemas of the letters, not for those of the records inside them. */
async function requestSchemas({ schemas }: Platform, letters: readonly StoredLetter[]): Promise<void> {
  const ids = new Set(letters.map(({ letter }) => schemaIdOf(letter.value)));
  for (const id of ids) if (id !== null && !schemas.isKnown(id)) await schemas.request(id);
}

async function list({ letters, options, replayed }: Letters): Promise<void> {
  for (const stored of letters) {
    const { letter, at } = stored;
    const writtenAgain = replayed.get(positionOf(at)) ?? null;
    const { reason, topic, partition, offset, detail, timestampMs } = letter;
    const { originalBytes = null, originalSha256 = null, lastOffset = null } = letter;
    if (options.json) {
      const bytes = (value: Uint8Array | null) => value && Buffer.from(value).toString('base64');
      const timestamp = new Date(timestampMs).toISOString();
      const content = { key: bytes(letter.key), value: bytes(letter.value) };
      const line = {
        letter: positionOf(at),
        reason,
        topic,
        partition,
        offset,
        timestamp,
        detail,
        writtenAgain,
        originalBytes,
        originalSha256,
        lastOffset,
        ...content,
      };
      console.log(JSON.stringify(line));
    } else {
      const after = writtenAgain === null ? '' : ` (written again: ${writtenAgain})`;
      const last = lastOffset === null ? '' : `–${lastOffset}`;
      const cut =
        originalBytes === null ? '' : ` (incomplete: ${originalBytes} bytes, SHA-256 ${originalSha256 ?? '–'})`;
      console.log(`${positionOf(at)}  ${reason}  ${topic} ${partition}@${offset}${last}${cut}${after}: ${detail}`);
    }
  }
  if (!options.json) console.log(`${letters.length} dead letters`);
}

async function replay({ writer, context, letters, options, replayed, plan }: Letters): Promise<void> {
  const counts = { written: 0, before: 0, left: 0 };
  const due: Extract<ReplayPlan, { ok: true }>['record'][] = [];
  for (const stored of letters) {
    const { letter, at } = stored;
    const before = replayed.get(positionOf(at));
    const planned = before === undefined && !isSettled(letter.reason, options) ? plan(stored) : null;
    const where = `${positionOf(at)}  ${letter.reason}  ${letter.topic} ${letter.partition}@${letter.offset}`;
    if (planned?.ok) {
      due.push(planned.record);
      tell(options, where, `to partition ${planned.record.partition}`);
    } else {
      if (before === undefined) counts.left += 1;
      else counts.before += 1;
      const why = before === undefined ? (planned?.why ?? 'its event was folded before') : `written before: ${before}`;
      tell(options, where, `left: ${why}`);
    }
  }
  if (writer !== null) {
    for (let i = 0; i < due.length && !context.signal.aborted; i += APPEND_CHUNK) {
      const chunk = due.slice(i, i + APPEND_CHUNK);
      await writer.append(chunk);
      counts.written += chunk.length;
    }
  }
  const { written, before, left } = counts;
  if (options.json) console.log(JSON.stringify({ due: due.length, written, before, left }));
  else if (options.write) console.log(`${written} written, ${before} were written before, ${left} left`);
  else
    console.log(
      `${due.length} would be written, ${before} were written before, ${left} left; add --write to write them`,
    );
}

/** The event of a duplicate was folded already, so it is written again only if --reason names it. */
function isSettled(reason: DeadLetterReason, options: Arguments): boolean {
  return reason === 'duplicate' && options.reason !== 'duplicate';
}

function tell(options: Arguments, letter: string, what: string): void {
  console.log(options.json ? JSON.stringify({ letter, what }) : `${letter}: ${what}`);
}
