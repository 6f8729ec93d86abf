import { INPUT_ROLES, TOPIC_OF_KIND } from '../../domain/event';
import type { OutgoingEvent } from '../../serde/event-encoder';
import type { FileRules } from './file-rules';
import type { RowFault } from './passed-over';

/** Why live traffic has the event of a row already; null if it has not. Only a back-fill's rules say since when there is some. */
export function liveFault([event]: readonly OutgoingEvent[], { liveSinceMs }: FileRules): RowFault | null {
  if (event === undefined) return null;
  const role = INPUT_ROLES[TOPIC_OF_KIND[event.kind]]!;
  const sinceMs = liveSinceMs?.[role];
  if (sinceMs === undefined || event.timeS * 1000 < sinceMs) return null;
  const instant = (ms: number) => new Date(ms).toISOString();
  return {
    what: `ts is ${instant(event.timeS * 1000)}`,
    why: `live traffic of ${role} has them, since ${instant(sinceMs)}`,
  };
}
