import { TICK_TOPIC } from '../event';
import type { ClvUpdate } from '../update';
import type { AuditedInputs } from './audited-inputs';

/**
 * What a clock update's tick says of it: fields that the tick does not bear out. Null where retention has taken the tick. Which shard a
 * tick covers is not held against it: a scorer also re-scores the quiet customers of the batch that the tick ended.
 */
export function clockFaults(
  update: Pick<ClvUpdate, 'source' | 'asOfS'>,
  lastTickOffset: number,
  inputs: AuditedInputs,
): string[] | null {
  const { offset } = update.source;
  const faults: string[] = [];
  // A tick re-scores a customer once.
  if (offset <= lastTickOffset) faults.push('source.offset');
  if (offset < inputs.range(TICK_TOPIC).start) return faults.length > 0 ? faults : null;
  const tick = inputs.tick(offset);
  if (tick === undefined) return ['source.offset'];
  if (tick.asOfS !== update.asOfS) faults.push('asOf');
  return faults;
}
