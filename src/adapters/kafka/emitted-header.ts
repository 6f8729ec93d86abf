import type { OffsetVector } from '../../domain/event';

/**
 * Header of every record that a transaction publishes: the offsets that the same transaction commits for the input topics.
 *
 *   clv-emitted = group, '#', ids of the input topics in short, space, offsets of the input topics in their order, separated by commas
 *
 * If a reader sees a record, its whole transaction was committed. So the header is E, the emitted offsets, as of that transaction. This
 * holds for a merged update too, and for topics that the record did not come from. The group names the owner of the offsets.
 */
export const EMITTED_HEADER = 'clv-emitted';

const VECTOR = /^\d{1,16}(,\d{1,16})*$/;

export function encodeEmitted(groupId: string, logs: string | undefined, emitted: OffsetVector): string {
  return `${nameOf(groupId, logs)} ${emitted.join(',')}`;
}

/**
 * Null for a header of another group, or of another program. 'other-logs': a header of this group that is older than the deletion or
 * addition of an input topic. Its offsets belong to other logs.
 */
export function decodeEmitted(
  groupId: string,
  logs: string | undefined,
  text: string,
): OffsetVector | 'other-logs' | null {
  const at = text.lastIndexOf(' ');
  const name = text.slice(0, Math.max(at, 0));
  const vector = text.slice(at + 1);
  if (!VECTOR.test(vector)) return null;
  if (name !== nameOf(groupId, logs)) return name === groupId || name.startsWith(`${groupId}#`) ? 'other-logs' : null;
  const emitted = vector.split(',').map(Number);
  return emitted.every(Number.isSafeInteger) ? emitted : null;
}

function nameOf(groupId: string, logs: string | undefined): string {
  return logs === undefined ? groupId : `${groupId}#${logs}`;
}
