import { errorChain, errorText } from './error-chain';
import type { KafkaSettings } from './settings';

/** What the sentences name. */
export interface KafkaAccess {
  /** KAFKA_BROKERS, host:port each. */
  readonly brokers: readonly string[];
  readonly tls: boolean;
  /** null without a login. */
  readonly username: string | null;
}

export function kafkaAccess({ brokers, ssl, sasl }: Pick<KafkaSettings, 'brokers' | 'ssl' | 'sasl'>): KafkaAccess {
  return { brokers, tls: ssl !== undefined && ssl !== false, username: sasl?.username ?? null };
}

/** What keeps this process from working with Kafka, for people. */
export interface ConnectionFault {
  /** A sentence with the address and the setting, without a full stop. */
  readonly what: string;
  /** The next step, as the beginning of a sentence, without a full stop. */
  readonly fix: string;
  /** A login, a right or a certificate: waiting does not mend it. */
  readonly lasts: boolean;
}

const CONNECT_S = 3;

/** By code: why there is no connection, and what may be wrong if the address is right. */
const NO_CONNECTION: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ENOTFOUND: 'no host has this name',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  ETIMEDOUT: 'it takes no connection; a firewall may be in between',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to this network',
  EADDRNOTAVAIL: 'there is no way to this address',
};

const UNTRUSTED: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
]);

/** By the type of the broker's refusal: what the right is for. */
const RIGHTS: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: 'a topic',
  GROUP_AUTHORIZATION_FAILED: 'the consumer group CLV_APP',
  CLUSTER_AUTHORIZATION_FAILED: 'the cluster',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'a transactional id',
};

/** null if the error does not come from the connection to Kafka, a login or a right. */
export function connectionFault(error: unknown, access: KafkaAccess): ConnectionFault | null {
  const chain = errorChain(error);
  if (!chain.some(({ name }) => name.startsWith('KafkaJS'))) return null;
  // The cause is more exact than what kafkajs wraps around it.
  for (const at of chain.reverse()) {
    const fault = refusedLogin(at, access) ?? missingRight(at, access) ?? noConnection(at, access);
    if (fault !== null) return fault;
  }
  return null;
}

/** The error as one sentence: where Kafka should be, what is wrong, what to do. Any other error by its own message. */
export function kafkaFaultText(error: unknown, access: KafkaAccess): string {
  const fault = connectionFault(error, access);
  return fault === null ? errorText(error) : sentences(fault);
}

export const sentences = ({ what, fix, lasts }: ConnectionFault): string =>
  `${what}. ${fix}${lasts ? '' : '; clv-stream doctor looks at all of it'}`;

/** No answer at all yet, neither a yes nor a no. */
export function silence(access: KafkaAccess): ConnectionFault {
  return away('no answer yet', null, access);
}

function refusedLogin(at: Error, { brokers, username }: KafkaAccess): ConnectionFault | null {
  const type = typeOf(at);
  const isLogin = at.name === 'KafkaJSSASLAuthenticationError' || /^(UNSUPPORTED_)?SASL_|^ILLEGAL_SASL/.test(type);
  if (!isLogin) return null;
  const who = username === null ? 'a connection without a login' : `the login of ${username}`;
  return {
    what: `${here(brokers)} refuses ${who}: ${at.message}`,
    fix: `Correct KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD`,
    lasts: true,
  };
}

function missingRight(at: Error, { brokers, username }: KafkaAccess): ConnectionFault | null {
  const type = typeOf(at);
  if (!type.endsWith('AUTHORIZATION_FAILED')) return null;
  const topic = 'topic' in at && typeof at.topic === 'string' ? `the topic ${at.topic}` : null;
  const where = topic ?? RIGHTS[type] ?? 'a resource';
  const who = username === null ? 'users without a login' : username;
  return {
    what: `${here(brokers)} denies ${who} a right on ${where} (${type})`,
    fix: 'Grant it with kafka-acls.sh: docs/runbook.md lists the rights of each command',
    lasts: true,
  };
}

function noConnection(at: Error, access: KafkaAccess): ConnectionFault | null {
  const code = 'code' in at ? String(at.code) : '';
  const address = addressOf(at);
  const reason = NO_CONNECTION[code];
  if (reason !== undefined) return away(reason, address, access);
  const named = address ?? access.brokers.join(', ');
  const certificate = (what: string, fix: string) => ({
    what: `${here(access.brokers)} shows a certificate ${what}`,
    fix,
    lasts: true,
  });
  if (UNTRUSTED.has(code)) {
    return certificate(
      `that this machine does not trust (${code})`,
      'Set KAFKA_SSL_CA to the file of its certificate authority',
    );
  }
  if (code === 'CERT_HAS_EXPIRED') return certificate('that has expired', 'Renew it, or correct the clock here');
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return certificate(
      `of another host than ${named}`,
      'Use a host name of the certificate in KAFKA_BROKERS and in advertised.listeners',
    );
  }
  if (/^ERR_SSL_|^EPROTO/.test(code)) {
    return {
      what: `${here(access.brokers)} does not speak TLS at this port (${code})`,
      fix: 'Set KAFKA_BROKERS to its TLS port, or KAFKA_SSL=false',
      lasts: true,
    };
  }
  if (isClosed(at, code)) return away(closing(access), address, access);
  if (at.name === 'KafkaJSConnectionError' && at.message === 'Connection timeout') {
    return away(`it takes no connection within ${CONNECT_S} s; a firewall may be in between`, address, access);
  }
  if (at.name === 'KafkaJSRequestTimeoutError' || typeOf(at) === 'REQUEST_TIMED_OUT') {
    return away('it does not answer requests in time', address, access);
  }
  if (at.name === 'KafkaJSConnectionError' || at.name === 'KafkaJSNoBrokerAvailableError') {
    return away(at.message, address, access);
  }
  return null;
}

function isClosed(at: Error, code: string): boolean {
  if (code === 'ECONNRESET' || code === 'EPIPE' || at.name === 'KafkaJSConnectionClosedError') return true;
  return at.name === 'KafkaJSConnectionError' && at.message === 'Connection closed by the server';
}

/** A broker closes connections that begin otherwise than it expects, and does not say why. */
function closing({ tls, username }: KafkaAccess): string {
  const expects = [tls ? 'no TLS (KAFKA_SSL=false)' : 'TLS (KAFKA_SSL=true)'];
  if (username === null) expects.push('a login (KAFKA_SASL_…)');
  return `it closes the connection; this port may expect ${expects.join(' or ')}`;
}

function away(reason: string, address: string | null, { brokers }: KafkaAccess): ConnectionFault {
  if (address === null || brokers.some((broker) => isSame(broker, address))) {
    return {
      what: `${here(brokers)} does not answer: ${reason}`,
      fix: `Start Kafka, or correct KAFKA_BROKERS`,
      lasts: false,
    };
  }
  return {
    what: `${here(brokers)} sends clients to ${address}, and nothing answers there: ${reason}`,
    fix: `Start that broker, or set its advertised.listeners to an address that this machine reaches`,
    lasts: false,
  };
}

const here = (brokers: readonly string[]): string => `Kafka at ${brokers.join(', ')} (KAFKA_BROKERS)`;

const typeOf = (at: Error): string => ('type' in at ? String(at.type) : '');

/** localhost and 127.0.0.1 are one machine. */
const isSame = (one: string, other: string): boolean =>
  one.replace(LOOPBACK, 'localhost:') === other.replace(LOOPBACK, 'localhost:');

const LOOPBACK = /^(?:127\.[\d.]+|\[?::1\]?):(?=\d+$)/;

function addressOf(at: Error): string | null {
  return 'broker' in at && typeof at.broker === 'string' ? at.broker : null;
}
