import type { BrokerLinks, Link } from './broker-links';
import { ResponseReader } from './protocol-bytes';
import { VersionWriter } from './version-fields';

/** Version 3 is the first with features (Kafka 2.4). kafkajs has versions up to 2. */
const API_VERSIONS = { apiKey: 18, apiVersion: 3, apiName: 'ApiVersions' };
const FINALIZED = 2;
const FEATURE = 'transaction.version';
const LEVEL = 2;

/** Produce 12, TxnOffsetCommit 5 and EndTxn 5. */
const REQUESTS = [
  { apiKey: 0, apiVersion: 12 },
  { apiKey: 28, apiVersion: 5 },
  { apiKey: 26, apiVersion: 5 },
];

/** Whether the cluster speaks transactions v2 (KIP-890): it has finalised the feature, and the broker has the requests. */
export async function takesTransactionsV2(links: BrokerLinks, broker: Link): Promise<boolean> {
  if (!REQUESTS.every((kind) => links.offers(broker, kind))) return false;
  return (await finalizedLevel(links, broker, FEATURE)) >= LEVEL;
}

/**
 * The level of a feature that the cluster has finalised: all of its brokers support it. 0 if it has none.
 *   request  = client's name, client's version
 *   response = error: int16, [api key: int16, least: int16, most: int16], throttle: int32, tag 2: [name, most: int16, least: int16].
 *              Its header has no tags, so that any client can read it.
 */
async function finalizedLevel(links: BrokerLinks, to: Link, feature: string): Promise<number> {
  if (!links.offers(to, API_VERSIONS)) return 0;
  const payload = new VersionWriter({ isFlexible: true }).text('clv-stream').text('1').done();
  const levels = await links.ask(to, API_VERSIONS, payload, decodeLevels);
  return levels.get(feature) ?? 0;
}

export function decodeLevels(answer: Buffer): Map<string, number> {
  const reader = new ResponseReader(answer);
  reader.int16();
  reader.array(() => {
    for (let field = 0; field < 3; field++) reader.int16();
    reader.tags();
  });
  reader.int32();
  const levels = new Map<string, number>();
  const finalized = reader.tags().get(FINALIZED);
  if (finalized === undefined) return levels;
  const features = new ResponseReader(finalized);
  features.array(() => {
    const name = features.text() ?? '';
    levels.set(name, features.int16());
    features.int16();
    features.tags();
  });
  return levels;
}
