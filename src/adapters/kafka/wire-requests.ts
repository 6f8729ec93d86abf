import type { Cluster } from 'kafkajs';

/** Requests that kafkajs does not have, sent over its connections. */

type Broker = Awaited<ReturnType<Cluster['findBroker']>>;

export interface RequestKind {
  readonly apiKey: number;
  readonly apiVersion: number;
  /** For kafkajs' log. */
  readonly apiName: string;
}

/** Members of kafkajs' broker that are missing from its public type (2.2.4). */
interface BrokerInside {
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number } | undefined>>;
  readonly connectionPool: {
    /** Opens the connection that requests of this kind use, if it is closed. */
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
 * The newest wait for a connection, by connection pool. If two requests find a connection closed, each opens a socket. kafkajs loses the
 * first one: it stays open for ever and keeps the process alive.
 */
const turns = new WeakMap<object, Promise<unknown>>();

/**
 * Sends one request and decodes its answer. Returns null if the broker does not support the version. kafkajs writes header 1 and reads
 * header 0. A flexible version has tags after both: `payload` begins with them, and `decode` starts before them.
 */
export async function askBroker<T extends object>(
  broker: Broker,
  kind: RequestKind,
  payload: Buffer,
  decode: (payload: Buffer) => T,
): Promise<T | null> {
  await broker.connect();
  if (!offers(broker, kind)) return null;
  const { apiKey, apiVersion, apiName } = kind;
  const { connectionPool } = broker as unknown as BrokerInside;
  await connected(connectionPool, apiKey);
  return connectionPool.send({
    request: { apiKey, apiVersion, apiName, encode: async () => ({ buf: payload, buffer: payload }) },
    response: { decode: async (answer) => decode(answer), parse: async (decoded) => decoded },
  });
}

/** Whether the broker has the version of a request. It must be connected, or have been. */
export function offers(broker: Broker, { apiKey, apiVersion }: Pick<RequestKind, 'apiKey' | 'apiVersion'>): boolean {
  const offered = (broker as unknown as BrokerInside).versions[apiKey];
  return offered !== undefined && apiVersion >= offered.minVersion && apiVersion <= offered.maxVersion;
}

function connected(pool: BrokerInside['connectionPool'], apiKey: number): Promise<unknown> {
  const before = turns.get(pool) ?? Promise.resolve();
  const turn = before.catch(() => undefined).then(() => pool.getConnectionByRequest({ request: { apiKey } }));
  turns.set(pool, turn);
  return turn;
}
