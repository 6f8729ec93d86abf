import { CLICK, DEAD_LETTER, DEAD_LETTER_V1, ORDER, ownSchemas, type SchemaById } from '../../src/serde/contracts';
import { OwnRecordReader } from '../../src/serde/own-record-reader';
import { encodeFramed } from '../support/encode-framed';

const letter = {
  reason: 'undecodable',
  detail: 'd',
  topic: 'orders',
  partition: 0,
  offset: 7,
  timestamp: 1,
  key: null,
  value: Buffer.from('x'),
  originalBytes: 9,
  originalSha256: null,
  lastOffset: null,
};
const under = (id: number, bytes: Uint8Array): Uint8Array => {
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(id, 1);
  return copy;
};
const reader = (schemas: SchemaById) =>
  new OwnRecordReader<typeof letter>([DEAD_LETTER, DEAD_LETTER_V1], schemas, false);
const avro = (text: string) => ({ schemaType: 'AVRO', text });

test('own ids are own contracts, whatever the schema registry holds under them', () => {
  const shop = reader(() => avro(ORDER.text));
  expect(shop.read(encodeFramed(DEAD_LETTER, letter))).toMatchObject({ ok: true, value: letter });
  const { originalBytes: _, originalSha256: __, lastOffset: ___, ...first } = letter;
  expect(shop.read(encodeFramed(DEAD_LETTER_V1, first))).toMatchObject({
    ok: true,
    value: { ...first, lastOffset: null },
  });
});

test('ids that the schema registry gave to the contract', () => {
  const schemas: SchemaById = (id) => (id === 100_042 ? avro(DEAD_LETTER.text) : undefined);
  expect(reader(schemas).read(under(100_042, encodeFramed(DEAD_LETTER, letter)))).toMatchObject({ ok: true });
  expect(reader(schemas).read(under(100_043, encodeFramed(DEAD_LETTER, letter)))).toMatchObject({
    ok: false,
    reason: 'unknown-schema',
  });
});

test('such an id that is the own id of another version', () => {
  const schemas: SchemaById = (id) => (id === DEAD_LETTER_V1.id ? avro(DEAD_LETTER.text) : ownSchemas(id));
  const value = under(DEAD_LETTER_V1.id, encodeFramed(DEAD_LETTER, letter));
  expect(reader(schemas).read(value)).toMatchObject({ ok: true, value: letter });
});

test('a record of another contract stays a fault', () => {
  const click = encodeFramed(CLICK, { eventId: 'e', customerId: 'c', eventTime: 0, target: null });
  expect(reader(ownSchemas).read(click)).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/the record is a Click/),
  });
});
