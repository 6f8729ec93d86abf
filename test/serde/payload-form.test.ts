import { CLICK, ORDER } from '../../src/serde/contracts';
import { FRAME_BYTES } from '../../src/serde/framing';
import { payloadForm } from '../../src/serde/payload-form';
import { encodeFramed } from '../support/encode-framed';
import { seeded, testSeed } from '../support/seeded';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

test.each<[string, Buffer, string | null]>([
  ['a JSON object', Buffer.from('{"orderId":"o-1"}'), 'JSON'],
  ['JSON behind blanks', Buffer.from(' \n{"a":1}\n'), 'JSON'],
  ['cut JSON', Buffer.from('{"orderId":"o-'), null],
  ['a JSON text', Buffer.from('"o-1"'), null],
  ['nothing', Buffer.alloc(0), null],
  ['Protobuf, first message', hex('00 0a036f2d31 20c83e'), 'Protobuf'],
  ['Protobuf, message 1 of 0', hex('04 02 00 0a036f2d31'), 'Protobuf'],
  ['Protobuf with fixed64 and fixed32', hex('00 0a036f2d31 190000000000000000 2500000000'), 'Protobuf'],
  ['fields without a text', hex('00 08 01'), null],
  ['a text that is longer than the bytes', hex('00 0a096f2d31'), null],
  ['fields that are not in order', hex('00 1203622d31 0a036f2d31'), null],
  ['field number 0', hex('00 02036f2d31'), null],
  ['a wire type that does not exist', hex('00 0a036f2d31 0f'), null],
  ['a count beyond the bytes', hex('ffffffffff7f 0a036f2d31'), null],
])('%s', (_, bytes, form) => {
  expect(payloadForm(bytes)).toBe(form);
});

const framed = (contract: Parameters<typeof encodeFramed>[0], record: object) =>
  Buffer.from(encodeFramed(contract, record));

const random = seeded(testSeed());

test(`Avro of orders and clicks never looks like JSON, and next to never like Protobuf (seed ${random.seed})`, () => {
  const text = (most: number) =>
    Array.from({ length: 1 + random.below(most) }, () => random.pick([...'abcxyz0189-_'])).join('');
  const forms = Array.from({ length: 2_000 }, () => {
    const common = { eventId: text(12), customerId: text(12), eventTime: 1_500_000_000_000 + random.below(4e11) };
    const order = {
      orderId: text(12),
      status: random.pick(['placed', 'refunded']),
      amountMinor: random.below(100_000),
    };
    const orders = framed(ORDER, { ...common, ...order, currency: 'EUR', items: random.below(9) });
    const clicks = framed(CLICK, { ...common, target: text(20) });
    return [orders, clicks].map((bytes) => payloadForm(bytes.subarray(FRAME_BYTES)));
  }).flat();
  expect(forms.filter((form) => form === 'JSON')).toEqual([]);
  expect(forms.filter((form) => form === 'Protobuf').length).toBeLessThan(forms.length / 200);
});
