import { ModelAnnouncementCodec } from '../../src/serde/model-announcement-codec';

const codec = new ModelAnnouncementCodec();
const model = {
  version: 'a1b2',
  artefact: Buffer.from(Array.from({ length: 5_000 }, (_, i) => i % 251)),
  announcedAtMs: 1_700_000_000_123,
  note: 'Paired loss 0.411 against 0.425 on 1,200 origins.',
};

test('decode(encode(model)) is the model', () => {
  expect(codec.decode(codec.encode(model))).toEqual({ ok: true, value: model });
});

test('an artefact with one bit changed is refused', () => {
  const bytes = Buffer.from(codec.encode(model));
  const at = bytes.indexOf(model.artefact.subarray(0, 50)) + 20;
  bytes[at] = (bytes[at] as number) ^ 1;
  expect(codec.decode(bytes)).toMatchObject({
    ok: false,
    reason: 'invalid-value',
    detail: expect.stringContaining('a1b2'),
  });
});

test('a tombstone and foreign bytes give a reason', () => {
  expect(codec.decode(null)).toMatchObject({ ok: false, reason: 'undecodable' });
  expect(codec.decode(Buffer.from('{"version":"x"}'))).toMatchObject({ ok: false, reason: 'undecodable' });
});
