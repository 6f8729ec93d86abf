import { BrokerRefusal, errorName } from '../../../src/adapters/kafka/broker-errors';
import { BrokerLinks } from '../../../src/adapters/kafka/broker-links';
import type { ProduceAnswer } from '../../../src/adapters/kafka/produce-request';

const PRODUCE = 0;

/** As kafkajs' own: its class is not exported with its name. */
export function connectionError(): Error {
  return Object.assign(new Error('Connection error: read ECONNRESET'), { name: 'KafkaJSConnectionError' });
}

/** The code of an error's name. */
function codeOf(name: string): number {
  for (let code = 1; code < 200; code++) if (errorName(code) === name) return code;
  throw new Error(`no code of ${name}`);
}

/**
 * The broker takes the next produce requests, but their answers are others. 'lose-answer' is none; anything else is the refusal of a
 * partition, or of all of them. Returns how many were sent so far.
 */
export function onProduce(faults: readonly string[], partition: number | null = null): () => number {
  const { ask } = BrokerLinks.prototype;
  const left = [...faults];
  let asked = 0;
  jest.spyOn(BrokerLinks.prototype, 'ask').mockImplementation(async function (
    this: BrokerLinks,
    to,
    kind,
    payload,
    decode,
  ) {
    if (kind.apiKey !== PRODUCE) return ask.call(this, to, kind, payload, decode) as never;
    asked++;
    const fault = left.shift();
    const answer = (await ask.call(this, to, kind, payload, decode)) as unknown as ProduceAnswer[];
    if (fault === 'lose-answer') throw connectionError();
    if (fault === undefined) return answer as never;
    const errorCode = codeOf(fault);
    return answer.map((one) =>
      partition === null || one.partition === partition ? { ...one, errorCode } : one,
    ) as never;
  });
  return () => asked;
}

/** The next requests with this name are refused and not sent. Returns how many there were so far, with those that were sent. */
export function onRequest(apiName: string, faults: readonly string[]): () => number {
  const { ask } = BrokerLinks.prototype;
  const left = [...faults];
  let asked = 0;
  jest.spyOn(BrokerLinks.prototype, 'ask').mockImplementation(async function (
    this: BrokerLinks,
    to,
    kind,
    payload,
    decode,
  ) {
    const isMeant = kind.apiName === apiName;
    if (isMeant) asked++;
    const fault = isMeant ? left.shift() : undefined;
    if (fault === 'lose-answer') throw connectionError();
    if (fault !== undefined) throw new BrokerRefusal(apiName, codeOf(fault));
    return ask.call(this, to, kind, payload, decode) as never;
  });
  return () => asked;
}
