import { openTable } from '../../adapters/files/open-table';
import { INPUT_ROLES, SECONDS_PER_DAY } from '../../domain/event';
import { ProfilesAtFirstEvent } from '../../domain/state/profile-events';
import { counted, countOf } from '../../domain/wording';
import { GIVES_UP_AFTER_MS, Patience } from '../../ports/patience';
import { FileError } from '../../ports/table-file';
import { noneMet, readAttributes } from '../../services/files/customer-attributes';
import { reportLines } from '../../services/files/file-report';
import { runBackfill } from '../../services/simulator/backfill';
import { type BackfillPlan, planBackfill } from '../../services/simulator/backfill-plan';
import { EventRecords } from '../../services/simulator/event-records';
import { findLiveStart } from '../../services/simulator/live-start';
import { eventCodec, openSchemas } from '../compose/codecs';
import { feedSettings } from '../compose/feed';
import { openEvents, shareRead } from '../files/open-events';
import { refuseDisorder } from '../files/time-order';
import type { FileArguments } from '../options/file-options';
import { awaitPartitions } from '../platform/await-partitions';
import { openPlatform } from '../platform/open-platform';
import type { Platform } from '../platform/platform';
import { EXIT, type ProcessContext } from '../process/process';
import { ProgressLine } from '../reports/progress-line';
import { type BackfilledFile, findEntries } from './files';
import { type LiveSince, liveSince, told } from './live-since';

export interface BackfillOptions extends FileArguments {
  readonly events: readonly string[];
  readonly attributes?: string;
  readonly rate: number;
  readonly until?: number;
  readonly force?: true;
}

/** After a kill, readers of the topics wait at most so long for the last append. The next run ends the wait at once. */
const APPEND_WITHIN_MS = 20_000;
const CUSTOMERS = INPUT_ROLES.indexOf('customers');

const instant = (ms: number) => new Date(ms).toISOString();

/** Writes event files beside live traffic, each row once. Resolves to the exit code. */
export async function backfill(options: BackfillOptions, context: ProcessContext): Promise<number> {
  const { settings, observer, clock, signal } = context;
  const platform = await openPlatform(settings, observer, clock);
  try {
    const partitions = await awaitPartitions(platform, context);
    const { CLV_CURRENCY: currency, CLV_MAX_FUTURE_SECONDS: maxFutureS } = settings;
    const latenessMs = settings.CLV_LATENESS_SECONDS * 1000;
    const openWriter = () => platform.fencedWriter('backfill', APPEND_WITHIN_MS);
    // Whatever a killed run has left open is settled then, and a run beside this one can write nothing more.
    await openWriter();
    const ledger = platform.backfills();
    const entries = await ledger.entries();
    const found = await findEntries(options.events, entries, options, currency);
    if (found.every(({ entry }) => entry.isComplete)) return nothingLeft(found);

    const own = found.map(({ entry }) => entry);
    const ports = { reader: platform.reader(), decoder: eventCodec(settings, partitions, await openSchemas(platform)) };
    const request = {
      topics: platform.topics,
      partitions,
      latenessMs,
      untilMs: options.until ?? null,
      nowMs: clock.nowMs(),
    };
    const liveSinceMs = await liveSince(request, { own, others: entries }, ports);
    const profiles = await profilesOf(options, () =>
      findLiveStart(CUSTOMERS, { name: platform.topics.inputs[CUSTOMERS]!, partitions, latenessMs }, ports),
    );
    const limits = { currency, nowMs: clock.nowMs(), maxFutureMs: maxFutureS * 1000, liveSinceMs };
    const events = await openEvents(options.events, options, limits);
    const records = new EventRecords(
      clock,
      feedSettings(settings, platform.topics, partitions, { everyDays: 0, shards: 1 }),
    );
    const line = new ProgressLine(process.stderr, clock);
    const tables = events.files.map(({ table }) => table);
    const files = events.inTime;
    const plan = await planBackfill(
      files,
      own.map(({ rows }) => rows),
      (event) => records.place(event),
      latenessMs / 1000,
      () => line.show({ share: shareRead(tables), text: 'reading the history' }),
    );
    line.clear();
    for (const file of events.files) for (const text of reportLines(file.report())) console.log(text);
    events.requireUsable(options.force === true, (text) => console.error(text));
    refuseDisorder(
      plan.disordered,
      plan.rows.reduce((sum, each) => sum + each, 0),
      events,
    );
    for (const text of planLines(plan, found, liveSinceMs, platform)) console.log(text);
    if (own.every(({ rows }) => rows === 0))
      for (const text of lateLines(liveSinceMs, clock.nowMs())) console.log(text);

    const from = own.map((entry) => ({ ...entry, liveSinceMs }));
    const report = await runBackfill(
      { plan, from, eventsPerSecond: options.rate, ...(profiles && { profiles }) },
      {
        ...{ files, records, ledger, openWriter, clock },
        patience: new Patience(clock, GIVES_UP_AFTER_MS, (error) => platform.logFault(error).text),
        onProgress: (done) =>
          line.show({
            share: done / Math.max(1, plan.events),
            text: `${counted(done)} of ${countOf(plan.events, 'event')}`,
          }),
        onTrouble: (message) => observer.notice('warn', message),
      },
      signal,
    );
    line.clear();
    console.log(`${countOf(report.events, 'event')} and ${countOf(report.profiles, 'profile')} written`);
    if (!report.isComplete) {
      console.error('stopped before the end: the same command goes on where this one was');
      return EXIT.failed;
    }
    for (const text of NEXT) console.log(text);
    if (profiles?.customers.met === 0) {
      console.error(noneMet(options.attributes!, profiles.customers.total));
      return EXIT.failed;
    }
    return EXIT.ok;
  } finally {
    await platform.close();
  }
}

const NEXT = [
  'The history is written. Scorers fold it now, and live events that came meanwhile behind it. The trainer goes through it day by day and comes to today.',
  'See the end of it: the lag of the consumer group is 0, and clv_label_held_seconds of the trainer is 0. Then: clv-stream audit',
];

function nothingLeft(files: readonly BackfilledFile[]): number {
  for (const { path, entry } of files) {
    console.log(`${path}: was back-filled already, as ${entry.name}, ${countOf(entry.events, 'event')}: nothing to do`);
  }
  return EXIT.ok;
}

/** A record of attributes replaces the one before it, so an old one behind a live one would win. */
async function profilesOf(
  { attributes }: BackfillOptions,
  live: () => ReturnType<typeof findLiveStart>,
): Promise<ProfilesAtFirstEvent | null> {
  if (attributes === undefined) return null;
  const { found } = await live();
  if (found !== 'none') {
    throw new FileError(
      `The topic of customers has live records, and those of ${attributes} would replace them: leave --attributes out.`,
    );
  }
  return new ProfilesAtFirstEvent(await readAttributes(await openTable(attributes)));
}

function planLines(
  { events, fromS, untilS, disordered }: BackfillPlan,
  files: readonly BackfilledFile[],
  liveSinceMs: LiveSince,
  { topics }: Platform,
): string[] {
  const lines = [`live traffic began: ${told(liveSinceMs)}`];
  for (const { path, entry } of files) {
    if (entry.rows > 0)
      lines.push(`${path}: ${countOf(entry.events, 'event')} written, up to row ${counted(entry.rows)}`);
  }
  if (disordered.count > 0)
    lines.push(`${countOf(disordered.count, 'row')} out of order: the trainer takes them for late`);
  const span = fromS === null || untilS === null ? '' : ` from ${instant(fromS * 1000)} to ${instant(untilS * 1000)}`;
  lines.push(
    `to write: ${countOf(events, 'event')}${span}, into ${topics.inputs.slice(0, 3).join(', ')} and ${topics.inputs[4]}`,
  );
  return lines;
}

/** The trainer comes to live time with the second day of live traffic, and time never goes back. */
function lateLines(liveSinceMs: LiveSince, nowMs: number): string[] {
  const day = (ms: number) => Math.floor(ms / 1000 / SECONDS_PER_DAY);
  const firstMs = Math.min(...Object.values(liveSinceMs));
  if (!Number.isFinite(firstMs) || day(firstMs) >= day(nowMs)) return [];
  return [
    'Live traffic has gone on over a midnight (UTC), so the trainer is at live time already. States and scores come out right, but it learns no labels',
    'from this history. For a model of it, once it is written: clv-stream fit --from-topics --out shop, then clv-stream model publish shop/model.clvm',
  ];
}
