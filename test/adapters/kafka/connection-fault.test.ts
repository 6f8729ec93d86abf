import { createServer } from 'node:net';
import { createKafka } from '../../../src/adapters/kafka/client';
import { connectionFault, kafkaAccess, kafkaFaultText } from '../../../src/adapters/kafka/connection-fault';

const plain = { brokers: ['kafka:9092'], tls: false, username: null };
const secure = { brokers: ['kafka:9093', 'kafka2:9093'], tls: true, username: 'clv' };

/** As kafkajs makes them: name and fields, wrapped once by its retries. */
function kafkajs(name: string, message: string, fields: object = {}): Error {
  const cause = Object.assign(new Error(message), { name, ...fields });
  return Object.assign(new Error(message, { cause }), { name: 'KafkaJSNumberOfRetriesExceeded' });
}
const unreachable = (code: string, broker = 'kafka:9092') =>
  kafkajs('KafkaJSConnectionError', `Connection error: ${code}`, { code, broker });
const refusal = (type: string, fields: object = {}) => kafkajs('KafkaJSProtocolError', type, { type, ...fields });

describe('what a failed connection to Kafka says', () => {
  test.each([
    ['ECONNREFUSED', 'the connection is refused'],
    ['ENOTFOUND', 'no host has this name'],
    ['EAI_AGAIN', 'the name of the host cannot be looked up'],
    ['ETIMEDOUT', 'it takes no connection; a firewall may be in between'],
    ['EHOSTUNREACH', 'there is no way to this host'],
    ['ECONNRESET', 'it closes the connection; this port may expect TLS (KAFKA_SSL=true) or a login (KAFKA_SASL_…)'],
  ])('%s: address, setting, reason and next step', (code, reason) => {
    expect(connectionFault(unreachable(code), plain)).toEqual({
      what: `Kafka at kafka:9092 (KAFKA_BROKERS) does not answer: ${reason}`,
      fix: 'Start Kafka, or correct KAFKA_BROKERS',
      lasts: false,
    });
  });

  test('a broker that the cluster names, and that is not of KAFKA_BROKERS', () => {
    const text = kafkaFaultText(unreachable('ENOTFOUND', 'broker-1:9092'), plain);
    expect(text).toContain('Kafka at kafka:9092 (KAFKA_BROKERS) sends clients to broker-1:9092, and nothing answers');
    expect(text).toContain('advertised.listeners');
    const local = { ...plain, brokers: ['localhost:9092'] };
    expect(kafkaFaultText(unreachable('ECONNREFUSED', '127.0.0.1:9092'), local)).toContain('(KAFKA_BROKERS) does not');
    expect(kafkaFaultText(unreachable('ECONNREFUSED', '127.0.0.1:9093'), local)).toContain(
      'sends clients to 127.0.0.1',
    );
  });

  test.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', 'a certificate that this machine does not trust', 'Set KAFKA_SSL_CA'],
    ['CERT_HAS_EXPIRED', 'a certificate that has expired', 'Renew it'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'of another host than kafka:9092', 'Use a host name of the certificate'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak TLS at this port', 'KAFKA_SSL=false'],
    ['EPROTO', 'does not speak TLS at this port', 'KAFKA_SSL=false'],
  ])('TLS, %s: waiting does not help', (code, what, fix) => {
    const fault = connectionFault(unreachable(code), secure);
    expect(fault).toMatchObject({
      what: expect.stringContaining(what),
      fix: expect.stringContaining(fix),
      lasts: true,
    });
    expect(fault!.what).toContain('Kafka at kafka:9093, kafka2:9093 (KAFKA_BROKERS)');
  });

  test.each([
    [kafkajs('KafkaJSSASLAuthenticationError', 'SASL PLAIN authentication failed: no such user')],
    [refusal('UNSUPPORTED_SASL_MECHANISM')],
    [refusal('ILLEGAL_SASL_STATE')],
  ])('a login that is refused: %s', (error) => {
    const text = kafkaFaultText(error, secure);
    expect(text).toContain('(KAFKA_BROKERS) refuses the login of clv: ');
    expect(text).toContain('Correct KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD');
    expect(connectionFault(error, secure)!.lasts).toBe(true);
  });

  test.each([
    ['TOPIC_AUTHORIZATION_FAILED', 'a topic'],
    ['GROUP_AUTHORIZATION_FAILED', 'the consumer group CLV_APP'],
    ['CLUSTER_AUTHORIZATION_FAILED', 'the cluster'],
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'a transactional id'],
  ])('%s: who lacks which right', (type, resource) => {
    expect(connectionFault(refusal(type), secure)).toMatchObject({
      what: `Kafka at kafka:9093, kafka2:9093 (KAFKA_BROKERS) denies clv a right on ${resource} (${type})`,
      fix: expect.stringMatching(/kafka-acls\.sh.*docs\/runbook\.md/),
    });
  });

  test('several topics in one answer: the topic that lacks the right is named', () => {
    const each = refusal('TOPIC_AUTHORIZATION_FAILED', { topic: 'clv-updates' });
    const aggregate = Object.assign(new Error('Topic errors'), { name: 'KafkaJSAggregateError', errors: [each] });
    expect(kafkaFaultText(aggregate, secure)).toContain('denies clv a right on the topic clv-updates');
  });

  test('requests without an answer, and connections that are closed', () => {
    const silent = kafkajs('KafkaJSRequestTimeoutError', 'Request Metadata timed out', { broker: 'kafka:9092' });
    expect(kafkaFaultText(silent, plain)).toContain('does not answer: it does not answer requests in time');
    const slow = kafkajs('KafkaJSConnectionError', 'Connection timeout', { broker: 'kafka:9092' });
    expect(kafkaFaultText(slow, plain)).toContain('it takes no connection within 3 s');
    const closed = kafkajs('KafkaJSConnectionClosedError', 'Closed connection', { broker: 'kafka:9093' });
    expect(kafkaFaultText(closed, secure)).toContain('this port may expect no TLS (KAFKA_SSL=false).');
  });

  test('any other error stays as it is', () => {
    expect(kafkaFaultText(new Error('a.csv does not exist'), plain)).toBe('a.csv does not exist');
    expect(kafkaFaultText('text', plain)).toBe('text');
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(connectionFault(refused, plain)).toBeNull();
    expect(kafkaFaultText(refusal('UNKNOWN_TOPIC_OR_PARTITION'), plain)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    const loop = kafkajs('KafkaJSError', 'round');
    (loop.cause as Error).cause = loop;
    expect(connectionFault(loop, plain)).toBeNull();
  });
});

describe('with sockets', () => {
  async function faultAt(broker: string) {
    const settings = { brokers: [broker], clientId: 'test' };
    const admin = createKafka(settings, () => undefined, { retries: 0 }).admin();
    const error = await admin.connect().then(
      () => null,
      (fault: unknown) => fault,
    );
    await admin.disconnect();
    return connectionFault(error, kafkaAccess(settings))?.what;
  }

  test.each([['127.0.0.1:1'], ['localhost:1']])('nobody listens at %s', async (broker) => {
    expect(await faultAt(broker)).toBe(`Kafka at ${broker} (KAFKA_BROKERS) does not answer: the connection is refused`);
  });

  test('a name that does not exist', async () => {
    expect(await faultAt('nowhere.invalid:9092')).toMatch(/nowhere.invalid:9092 .*(no host has this name|looked up)/);
  });

  test('a server that closes every connection', async () => {
    const server = createServer((socket) => socket.on('data', () => socket.end()).on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      expect(await faultAt(`127.0.0.1:${port}`)).toContain('it closes the connection; this port may expect TLS');
    } finally {
      server.close();
    }
  });
});
