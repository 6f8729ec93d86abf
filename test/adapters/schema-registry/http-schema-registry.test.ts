import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpSchemaRegistry } from '../../../src/adapters/schema-registry/http-schema-registry';
import { HttpSubjects } from '../../../src/adapters/schema-registry/http-subjects';
import { type RegistryAccess, RegistryClient } from '../../../src/adapters/schema-registry/registry-client';
import { CLICK, ORDER } from '../../../src/serde/contracts';
import { schemaRegistryContract } from '../../contracts/schema-registry-contract';
import { hasApicurio, startApicurio } from '../../support/apicurio';
import { hasOpenssl, makeCertificates } from '../../support/certificates';
import type { Service } from '../../support/services';
import { StandInRegistry } from '../../support/stand-in-registry';

describe('the stand-in', () => {
  let url: string;
  const standIn = new StandInRegistry({ firstId: 1 });
  beforeAll(async () => {
    url = await standIn.start();
  });
  afterAll(() => standIn.stop());
  schemaRegistryContract(() => url);
});

if (hasApicurio()) {
  describe('Apicurio Registry', () => {
    let url: string;
    let service: Service;
    beforeAll(async () => {
      ({ url, service } = await startApicurio());
    }, 180_000);
    afterAll(() => service.stop());
    schemaRegistryContract(() => url);
  });
}

describe('a registry over HTTP', () => {
  let standIn: StandInRegistry;
  let url: string;
  let elapsedS = 0;
  const clock = { elapsedS: () => elapsedS };
  const registryOf = (access: Partial<RegistryAccess> = {}) =>
    new HttpSchemaRegistry(new RegistryClient({ urls: [url], ...access }), clock);
  beforeEach(async () => {
    elapsedS = 0;
    standIn = new StandInRegistry({ firstId: 4_294_967_000 });
    url = await standIn.start();
  });
  afterEach(() => standIn.stop());

  test('a schema is requested once, however many ask and however long ago', async () => {
    const id = standIn.add('orders-value', { schema: ORDER.text });
    const registry = registryOf();
    await Promise.all([registry.request(id), registry.request(id)]);
    elapsedS = 1e9;
    await registry.request(id);
    expect(registry.schema(id)).toEqual({ schemaType: 'AVRO', text: ORDER.text });
    expect(standIn.requests).toHaveLength(1);
  });

  test('a schema whose references are gone is absent: waiting would not bring it', async () => {
    const gone = [{ name: 'x.Gone', subject: 'gone', version: 1 }];
    const id = standIn.add('orders-value', { schema: '{"type":"array","items":"x.Gone"}', references: gone });
    const registry = registryOf();
    await registry.request(id);
    expect(registry.isKnown(id)).toBe(true);
    expect(registry.schema(id)).toBeUndefined();
  });

  test.each([
    [4_294_967_295, 404, true],
    [17, 404, false],
    [17, 40_403, true],
    [17, 50_001, false],
  ])('id %d, answered 404 with code %d: absent is %p', async (id, code, isAbsent) => {
    const body = { error_code: code, message: 'HTTP 404 Not Found' };
    const client = { send: async () => ({ status: 404, body }) } as unknown as RegistryClient;
    const registry = new HttpSchemaRegistry(client, clock);
    if (isAbsent) await registry.request(id);
    else await expect(registry.request(id)).rejects.toThrow(/answered \/schemas\/ids\/17 with 404/);
    expect(registry.isKnown(id)).toBe(isAbsent);
  });

  test('an absent id is requested again after half a minute', async () => {
    const registry = registryOf();
    await registry.request(77);
    await registry.request(77);
    expect(standIn.requests).toHaveLength(1);
    standIn.add('orders-value', { schema: ORDER.text }, 77);
    elapsedS = 31;
    expect(registry.isKnown(77)).toBe(false);
    await registry.request(77);
    expect(registry.schema(77)).toBeDefined();
  });

  test.each<[string, number | 'silent', RegExp]>([
    ['an error', 500, /no JSON/],
    ["a proxy's 404", 404, /is SCHEMA_REGISTRY_URL the address/],
    ['no answer', 'silent', /no answer within 100 ms/],
  ])('%s says nothing about the id', async (_name, outage, message) => {
    standIn.outage = outage;
    const registry = registryOf({ timeoutMs: 100 });
    await expect(registry.request(7)).rejects.toMatchObject({
      code: 'schema-registry-away',
      message: expect.stringMatching(message),
    });
    expect(registry.isKnown(7)).toBe(false);
    standIn.outage = null;
    await registry.request(7);
    expect(registry.isKnown(7)).toBe(true);
  });

  test('the next of several addresses answers, and stays the first to be asked', async () => {
    const registry = registryOf({ urls: ['http://127.0.0.1:9', url] });
    await registry.request(1);
    await registry.request(2);
    expect(standIn.requests).toHaveLength(2);
  });

  test('a subject whose rule refuses the schema', async () => {
    standIn.add('s', { schema: ORDER.text });
    standIn.refuses = /Click/;
    const subjects = new HttpSubjects(new RegistryClient({ urls: [url] }));
    expect(await subjects.register('s', CLICK.text)).toEqual({
      fault: expect.stringMatching(/compatibility rule.*the rule/),
    });
    expect(await subjects.registeredId('s', CLICK.text)).toBeNull();
  });

  test.each<[string, RegistryAccess['login'], string]>([
    [
      'basic',
      { type: 'basic', username: 'ann', password: 'sécret' },
      `Basic ${Buffer.from('ann:sécret').toString('base64')}`,
    ],
    ['bearer', { type: 'bearer', token: 'abc' }, 'Bearer abc'],
  ])('%s authentication', async (_name, login, authorization) => {
    const guarded = new StandInRegistry({ authorization });
    const urls = [await guarded.start()];
    try {
      await registryOf({ urls, login: login! }).request(1);
      await expect(registryOf({ urls }).request(1)).rejects.toThrow(
        /login is refused \(401\): set SCHEMA_REGISTRY_USERNAME/,
      );
    } finally {
      await guarded.stop();
    }
  });

  (hasOpenssl() ? test : test.skip)('TLS with an authority of its own', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'registry-tls-'));
    const { ca, certificate, key } = makeCertificates(dir);
    const secure = new StandInRegistry({ tls: { key: readFileSync(key), cert: readFileSync(certificate) } });
    const urls = [await secure.start()];
    try {
      await registryOf({ urls, ca: readFileSync(ca, 'utf8') }).request(1);
      await expect(registryOf({ urls }).request(1)).rejects.toThrow(/certificate/);
    } finally {
      await secure.stop();
      rmSync(dir, { recursive: true });
    }
  });
});
