import type { SourceHandlers } from '../../src/ports/partition-source';
import { ORDER } from '../../src/serde/contracts';
import { DeadLetterCodec } from '../../src/serde/dead-letter-codec';
import { UpdateCodec } from '../../src/serde/update-codec';
import { ScorerService, type ScorerSettings } from '../../src/services/scorer/scorer-service';
import { encodeFramed } from './encode-framed';
import { ScorerWorld, SETTINGS, START_MS, settled } from './scorer-world';

/** A scorer on ports in memory, before it starts. */
export function openScorer(
  change: Partial<ScorerSettings> = {},
  prepare: (world: ScorerWorld) => void = () => undefined,
) {
  const world = new ScorerWorld();
  prepare(world);
  const service = new ScorerService(world.scorerPorts, { ...SETTINGS, ...change }, world.model);
  return { world, service };
}

/** A scorer that has started and is connected to the log. */
export async function startedScorer(change: Partial<ScorerSettings> = {}, prepare?: (world: ScorerWorld) => void) {
  const { world, service } = openScorer(change, prepare);
  await service.start();
  const log = world.handlers as SourceHandlers;
  log.connected(true, 'joined');
  const assign = async (...partitions: number[]) => {
    for (const partition of partitions) log.assigned(partition);
    await settled();
  };
  /** Delivers one order of the customer. */
  const order = async (partition: number, offset: number) => {
    log.records(partition, 0, [record(offset, anOrder(offset))], offset + 1, offset + 1);
    await settled();
  };
  return { world, service, log, assign, order };
}

/** A record of an input topic, as the log delivers it. */
export const record = (offset: number, value: Uint8Array | null) => ({
  offset,
  timestampMs: START_MS,
  key: null,
  value,
});

/** An order of customer ann, framed. */
export function anOrder(n: number): Uint8Array {
  const order = { status: 'placed', orderId: `o${n}`, customerId: 'ann', eventTime: START_MS - 1_000 + n, items: 1 };
  return encodeFramed(ORDER, { ...order, amountMinor: 1_000, currency: 'EUR', eventId: null });
}

/** The published updates, in order. */
export function updatesOf({ published }: ScorerWorld) {
  const codec = new UpdateCodec();
  return published.flat().flatMap(({ kind, value }) => {
    const decoded = kind === 'update' ? codec.decode(value) : null;
    return decoded?.ok ? [decoded.value] : [];
  });
}

/** The published dead letters, in order. */
export function lettersOf({ published }: ScorerWorld) {
  const codec = new DeadLetterCodec();
  return published.flat().flatMap(({ kind, value }) => {
    const decoded = kind === 'dead-letter' ? codec.decode(value) : null;
    return decoded?.ok ? [decoded.value] : [];
  });
}
