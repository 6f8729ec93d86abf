import type { Cluster } from 'kafkajs';

/** Requests that kafkajs does not have, sent over its connections. */

type Broker = Awaited<ReturnType<Cluster['findBroker']>>;

export interface RequestKind {
  readonly apiKey: number;
  readonly apiVersion: number;
  /** For kafkajs' log. */
  readonly apiName: string;
}

/** What kafkajs' broker has beside its public type (2.2.4). */
interface BrokerInside {
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number } | undefined>>;
  readonly connectionPool: {
    /** Connects the connection that requests of this kind go over, if it is not connected. */
    getConnectionByRequest(exchange: { request: { apiKey: number } }): Promise<unknown>;
    send<T>(exchange: {
      request: {
        apiKey: number;
        apiVersion: number;
        apiName: string;
        encode: () => Promise<{ buf: Buffer; buffer: Buffer }>;
      };
      response: { decode: (payload: Buffer) => Promise<T>; parse: (decoded: T) => Promise<T> };
    }): Promise<T>;
  };
}

/**
 * By connection pool, the newest wait for a connection. Two requests that find one connection closed would each open a socket, and kafkajs
 * forgets the first: it stays open for ever and keeps the process alive.
 */
const turns = new WeakMap<object, Promise<unknown>>();

/**
 * Sends one request and decodes its answer; null where the broker does not have the version. kafkajs writes header 1 and reads header 0.
 * A flexible version has tags behind both: `payload` begins with them, and `decode` starts in front of them.
 */
export async function askBroker<T extends object>(
  broker: Broker,
  { apiKey, apiVersion, apiName }: RequestKind,
  payload: Buffer,
  decode: (payload: Buffer) => T,
): Promise<T | null> {
  await broker.connect();
  const { versions, connectionPool } = broker as unknown as BrokerInside;
  const offered = versions[apiKey];
  if (offered === undefined || apiVersion < offered.minVersion || apiVersion > offered.maxVersion) return null;
  await connected(connectionPool, apiKey);
  return connectionPool.send({
    request: { apiKey, apiVersion, apiName, encode: async () => ({ buf: payload, buffer: payload }) },
    response: { decode: async (answer) => decode(answer), parse: async (decoded) => decoded },
  });
}

function connected(pool: BrokerInside['connectionPool'], apiKey: number): Promise<unknown> {
  const before = turns.get(pool) ?? Promise.resolve();
  const turn = before.catch(() => undefined).then(() => pool.getConnectionByRequest({ request: { apiKey } }));
  turns.set(pool, turn);
  return turn;
}

/** Writes fields of Kafka's protocol; strings and arrays in the compact form, unless the name says otherwise. */
export class ByteWriter {
  private readonly parts: Buffer[] = [];

  bytes(value: Buffer): this {
    this.parts.push(value);
    return this;
  }

  /** No tagged fields. */
  tags(): this {
    return this.varint(0);
  }

  /** Length of the array that follows. */
  count(length: number): this {
    return this.varint(length + 1);
  }

  text(value: string): this {
    const bytes = Buffer.from(value);
    return this.varint(bytes.length + 1).bytes(bytes);
  }

  flag(value: boolean): this {
    return this.bytes(Buffer.from([value ? 1 : 0]));
  }

  int32(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return this.bytes(bytes);
  }

  /** The string of versions that are not flexible. */
  plainText(value: string): this {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(2);
    length.writeInt16BE(bytes.length);
    return this.bytes(length).bytes(bytes);
  }

  done(): Buffer {
    return Buffer.concat(this.parts);
  }

  private varint(value: number): this {
    const bytes: number[] = [];
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
    return this.bytes(Buffer.from([...bytes, rest]));
  }
}

/** Reads what {@link ByteWriter} writes. Throws RangeError where the bytes end too early. */
export class ByteReader {
  private at = 0;

  constructor(private readonly buffer: Buffer) {}

  bytes(length: number): Buffer {
    const end = this.at + length;
    if (length < 0 || end > this.buffer.length) throw new RangeError('the answer of a broker ends too early');
    const bytes = this.buffer.subarray(this.at, end);
    this.at = end;
    return bytes;
  }

  int8(): number {
    return this.bytes(1).readInt8();
  }

  int16(): number {
    return this.bytes(2).readInt16BE();
  }

  int32(): number {
    return this.bytes(4).readInt32BE();
  }

  int64(): number {
    return Number(this.bytes(8).readBigInt64BE());
  }

  text(): string | null {
    const length = this.varint() - 1;
    return length < 0 ? null : this.bytes(length).toString();
  }

  plainText(): string {
    return this.bytes(this.int16()).toString();
  }

  array<T>(read: () => T): T[] {
    return this.times(this.varint() - 1, read);
  }

  plainArray<T>(read: () => T): T[] {
    return this.times(this.int32(), read);
  }

  /** Passes over tagged fields. */
  tags(): void {
    for (let left = this.varint(); left > 0; left--) {
      this.varint();
      this.bytes(this.varint());
    }
  }

  private times<T>(count: number, read: () => T): T[] {
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(read());
    return items;
  }

  private varint(): number {
    let value = 0;
    for (let shift = 0; shift < 32; shift += 7) {
      const byte = this.bytes(1)[0]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new RangeError('a number in the answer of a broker has more than five bytes');
  }
}
