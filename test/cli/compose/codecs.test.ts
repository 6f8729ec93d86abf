import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { passes } from '../../../src/domain/audit/audit';
import { murmur2Partition } from '../../../src/domain/math/hash';
import { BROWSE, CLICK, ORDER } from '../../../src/serde/contracts';
import { EventEncoder } from '../../../src/serde/event-encoder';
import { openDeployment } from '../../support/deployment';
import { encodeFramed } from '../../support/encode-framed';

const NOW = Date.UTC(2026, 10, 20, 10);
const CUSTOMER = 'ann';
const order = {
  status: 'placed',
  orderId: 'o-1',
  customerId: CUSTOMER,
  eventTime: NOW,
  amountMinor: 4_250,
  currency: 'EUR',
  items: 2,
  eventId: null,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'schemas-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a folder with the shop's ids only, some of them this program's own: nothing else changes", async () => {
  writeFileSync(join(folder, 'order.avsc'), ORDER.text);
  writeFileSync(join(folder, 'click.json'), '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}');
  // 4, 5, 7 and 10 are the own ids of ticks, updates and dead letters.
  const schemas = {
    2: 'order.avsc',
    4: 'order.avsc',
    5: 'click.json',
    7: 'order.avsc',
    10: 'order.avsc',
    100042: 'order.avsc',
  };
  writeFileSync(join(folder, 'registry.json'), JSON.stringify({ schemas }));
  const deployment = await openDeployment('embedded', { CLV_SCHEMA_DIR: folder, CLV_MAX_IDLE_MS: '50' });
  try {
    const [orders, clicks, browses, ticks] = deployment.platform.topics.inputs;
    const partition = murmur2Partition(Buffer.from(CUSTOMER), 3);
    const under = (id: number, bytes: Uint8Array) => {
      const copy = Buffer.from(bytes);
      copy.writeUInt32BE(id, 1);
      return copy;
    };
    const click = { eventId: 'c-1', customerId: CUSTOMER, eventTime: NOW, target: null };
    const values: [string, Uint8Array][] = [
      [orders, under(2, encodeFramed(ORDER, { ...order, orderId: 'o-2' }))],
      [orders, under(100_042, encodeFramed(ORDER, { ...order, orderId: 'o-3' }))],
      [orders, encodeFramed(ORDER, { ...order, orderId: 'own' })],
      [clicks, Buffer.concat([Buffer.from([0, 0, 0, 0, 5]), Buffer.from(JSON.stringify(click))])],
      // 2 is the shop's order now.
      [clicks, encodeFramed(CLICK, { ...click, eventId: 'c-2' })],
      [
        browses,
        encodeFramed(BROWSE, { eventId: 'b', customerId: CUSTOMER, eventTime: NOW, dwellSeconds: 3, page: null }),
      ],
      [ticks, new EventEncoder('EUR').encodeTick({ asOfS: NOW / 1000 + 86_400, shard: 0, shards: 1 })],
    ];
    const timestampMs = NOW + 86_400_000;
    await deployment.write(values.map(([topic, value]) => ({ topic, partition, key: null, value, timestampMs })));
    await deployment.startScorer();
    await deployment.drained();
    expect((await deployment.deadLetters()).map(({ topic, reason }) => [topic, reason])).toEqual([
      [clicks, 'undecodable'],
    ]);
    expect(await deployment.updates()).not.toHaveLength(0);
    expect((await deployment.states()).size).toBe(1);
    expect((await deployment.audit()).every(passes)).toBe(true);
  } finally {
    await deployment.close();
  }
});
