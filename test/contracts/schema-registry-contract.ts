import { randomUUID } from 'node:crypto';
import { HttpSchemaRegistry } from '../../src/adapters/schema-registry/http-schema-registry';
import { HttpSubjects } from '../../src/adapters/schema-registry/http-subjects';
import { RegistryClient } from '../../src/adapters/schema-registry/registry-client';
import { systemClock } from '../../src/adapters/system/clock';
import { CLV_UPDATE, DEAD_LETTER, ORDER } from '../../src/serde/contracts';
import { parseWriter } from '../../src/serde/writer-schema';

/** What this program needs of a schema registry. `url` is set before the tests run. */
export function schemaRegistryContract(url: () => string): void {
  const client = () => new RegistryClient({ urls: [url()] });
  const fresh = (name: string) => `${name}-${randomUUID()}`;
  const register = async (subject: string, body: object): Promise<number> => {
    const { body: answer } = await client().send('POST', `/subjects/${subject}/versions`, body);
    return (answer as { id: number }).id;
  };
  const read = async (id: number) => {
    const registry = new HttpSchemaRegistry(client(), systemClock);
    expect(registry.isKnown(id)).toBe(false);
    await registry.request(id);
    expect(registry.isKnown(id)).toBe(true);
    return registry.schema(id);
  };

  test('an Avro schema by its id', async () => {
    const id = await register(fresh('orders-value'), { schema: ORDER.text });
    const schema = await read(id);
    expect(schema?.schemaType).toBe('AVRO');
    expect(parseWriter(schema!.text).name).toBe('com.clvstream.Order');
  });

  test('a JSON Schema by its id', async () => {
    const text = JSON.stringify({
      $schema: 'http://json-schema.org/draft-07/schema#',
      type: 'object',
      title: fresh('t'),
    });
    const id = await register(fresh('orders-value'), { schema: text, schemaType: 'JSON' });
    expect(await read(id)).toMatchObject({ schemaType: 'JSON' });
  });

  test('references to other schemas, and theirs', async () => {
    const [currency, money] = [fresh('currency'), fresh('money')];
    const namespace = 'com.shop';
    await register(currency, {
      schema: JSON.stringify({ type: 'enum', name: 'Currency', namespace, symbols: ['EUR'] }),
    });
    const toCurrency = { name: 'com.shop.Currency', subject: currency, version: 1 };
    const fields = [
      { name: 'amount', type: 'long' },
      { name: 'currency', type: 'com.shop.Currency' },
    ];
    const toMoney = { name: 'com.shop.Money', subject: money, version: 1 };
    await register(money, {
      schema: JSON.stringify({ type: 'record', name: 'Money', namespace, fields }),
      references: [toCurrency],
    });
    const order = {
      type: 'record',
      name: 'Sale',
      namespace,
      fields: [
        { name: 'paid', type: 'Money' },
        { name: 'due', type: ['null', 'com.shop.Money'] },
      ],
    };
    const id = await register(fresh('sales-value'), { schema: JSON.stringify(order), references: [toMoney] });
    const schema = await read(id);
    const writer = parseWriter(schema!.text);
    const datum = { paid: { amount: 3, currency: 'EUR' }, due: { 'com.shop.Money': { amount: 4, currency: 'EUR' } } };
    expect(JSON.parse(writer.toString(writer.fromBuffer(writer.toBuffer(datum))))).toEqual(datum);
  });

  test('an id that does not exist', async () => {
    expect(await read(2_000_000_011)).toBeUndefined();
  });

  test('registering twice gives one id, and a change of documentation none', async () => {
    const subjects = new HttpSubjects(client());
    const subject = fresh('clv-updates-value');
    expect(await subjects.registeredId(subject, CLV_UPDATE.text)).toBeNull();
    const first = await subjects.register(subject, CLV_UPDATE.text);
    expect(first).toEqual({ id: expect.any(Number) });
    expect(await subjects.register(subject, CLV_UPDATE.text)).toEqual(first);
    const { id } = first as { id: number };
    expect(await subjects.registeredId(subject, CLV_UPDATE.text)).toBe(id);
    const reworded = CLV_UPDATE.text.replace(/"doc": "[^"]*"/, '"doc": "other words"');
    expect(reworded).not.toBe(CLV_UPDATE.text);
    expect(await subjects.registeredId(subject, reworded)).toBe(id);
    expect(await subjects.registeredId(subject, DEAD_LETTER.text)).toBeNull();
    const registry = new HttpSchemaRegistry(client(), systemClock);
    await registry.request(id);
    expect(parseWriter(registry.schema(id)!.text).name).toBe('com.clvstream.ClvUpdate');
  });
}
