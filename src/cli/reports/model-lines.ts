import type { ModelAnnouncement, PastModel } from '../../ports/model-registry';

/** One announcement that the models topic holds, or a stored version without one. */
export interface ModelEntry {
  /** ISO 8601. */
  readonly time: string;
  readonly version: string;
  /** An action of RELEASE_ACTIONS; `announced` by an earlier program; `stored` if it was never put into force. */
  readonly what: string;
  readonly by: string | null;
  readonly reason: string | null;
  readonly note: string;
  readonly inForce: boolean;
  /** Whether the deployment was pinned after this announcement. */
  readonly pinned: boolean;
}

/**
 * Oldest first. Versions come first whose announcement is gone: compaction keeps the last record of each version, but only the newest
 * announcement of all. `history`: oldest first, the last one is in force.
 */
export function modelEntries(
  history: readonly PastModel[],
  versions: ReadonlyMap<string, ModelAnnouncement>,
): ModelEntry[] {
  const announced = new Set(history.map(({ version }) => version));
  const stored = [...versions.values()].filter(({ version }) => !announced.has(version));
  const newest = history.at(-1);
  return [
    ...stored.map((announcement) => entry(announcement, 'stored', false)),
    ...history.map((announcement) => entry(announcement, 'announced', announcement === newest)),
  ];
}

function entry(
  { version, announcedAtMs, note, release }: Omit<ModelAnnouncement, 'artefact'>,
  what: string,
  inForce: boolean,
): ModelEntry {
  return {
    time: new Date(announcedAtMs).toISOString(),
    version,
    what: release?.action ?? what,
    by: release?.by || null,
    reason: release?.reason || null,
    note,
    inForce,
    pinned: release?.pinned ?? false,
  };
}

/** One line per entry, with * before the one in force, and a last line that says what is in force. */
export function modelLines(entries: readonly ModelEntry[], topic: string): string[] {
  const rows = entries.map(({ inForce, time, version, what, by, reason, note }) => [
    inForce ? '*' : ' ',
    `${time.slice(0, 19)}Z`,
    version,
    what,
    by ?? '–',
    [reason, note].filter((text) => text !== null && text !== '').join(' – '),
  ]);
  // The last column is not padded.
  const widths = rows[0]?.slice(0, -1).map((_, i) => Math.max(...rows.map((row) => row[i]!.length))) ?? [];
  const lines = rows.map((row) => printable(row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')).trimEnd());
  return [...lines, inForceLine(entries.at(-1), topic)];
}

function inForceLine(last: ModelEntry | undefined, topic: string): string {
  if (last?.inForce !== true)
    return `No model was announced on ${topic}. Scorers use the model that they started with.`;
  const pin = last.pinned ? ', and pinned: the trainer publishes nothing until clv-stream model unpin' : '';
  return `${last.version} is in force on ${topic}${pin}`;
}

/** Any program may write to the topic. Its control characters must not reach a terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}
