import type { PartitionLabels } from '../../domain/labels/labels';
import { closedIntervals } from '../../domain/labels/origins';
import type { FactOf } from '../../ports/observer';

/** The labels of at least one partition in figures. */
export function labelFacts(partitions: readonly PartitionLabels[]): FactOf<'labels'> {
  let closed = 0;
  for (const labels of partitions)
    for (const origin of labels.origins()) closed += closedIntervals(origin, labels.clockS);
  return {
    kind: 'labels',
    openOrigins: partitions.reduce((sum, labels) => sum + labels.openOrigins, 0),
    closedIntervals: closed,
    reservoir: partitions.reduce((sum, labels) => sum + labels.reservoirCount, 0),
    tooLate: partitions.reduce((sum, labels) => sum + labels.count().tooLate, 0),
    watermarkS: Math.min(...partitions.map((labels) => labels.clockS)),
    heldS: Math.max(...partitions.map((labels) => labels.times.heldS)),
  };
}
