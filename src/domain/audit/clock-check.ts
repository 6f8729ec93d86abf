import { TICK_TOPIC } from '../event';
import type { ClvUpdate } from '../update';
import type { AuditedInputs } from './audited-inputs';

/**
 * Checks a clock update against its tick. Returns the names of the contradicted fields, or null if retention has removed the tick. The
 * tick's shard is not checked: scorers of earlier versions also re-scored the quiet customers of the batch that the tick ended.
 */
export function clockFaults(
  update: Pick<ClvUpdate, 'source' | 'asOfS'>,
  lastTickOffset: number,
  inputs: AuditedInputs,
): string[] | null {
  const { offset } = update.source;
  const faults: string[] = [];
  // A tick re-scores each customer once.
  if (offset <= lastTickOffset) faults.push('source.offset');
  if (offset < inputs.range(TICK_TOPIC).start) return faults.length > 0 ? faults : null;
  const tick = inputs.tick(offset);
  if (tick === undefined) return ['source.offset'];
  if (tick.asOfS !== update.asOfS) faults.push('asOf');
  return faults;
}
