import type { OutboxRecord } from '../../ports/state-store';
import type { InputItem } from './input-queue';

/** Text for the records of a batch: the first and the last offset per topic. */
export function describeItems(items: readonly InputItem[], topics: readonly string[]): string {
  const spans = topics.flatMap((name, topic) => {
    const offsets = items.filter((item) => item.topic === topic).map(({ offset }) => offset);
    return offsets.length === 0 ? [] : [`${name} ${offsets[0]}–${offsets.at(-1)}`];
  });
  return spans.join(', ');
}

/** Text for the records of a publication. It names the largest, which a broker is most likely to refuse. */
export function describeRecords(records: readonly OutboxRecord[], topics: readonly string[]): string {
  const sizeOf = ({ key, value }: OutboxRecord) => value.length + (key?.length ?? 0);
  const largest = [...records].sort((a, b) => sizeOf(b) - sizeOf(a))[0];
  if (largest === undefined) return 'offsets only';
  const covered = largest.covers.flatMap((offset, topic) => (offset < 0 ? [] : [`${topics[topic]} ${offset}`]));
  const { kind, key } = largest;
  const of = key === null ? '' : `, key ${new TextDecoder().decode(key).slice(0, 100)}`;
  return `${records.length} records; the largest is the ${kind} of ${covered.join(', ')}${of}: ${sizeOf(largest)} bytes`;
}
