import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { passes } from '../../src/domain/audit/audit';
import { type Certificates, hasOpenssl, makeCertificates } from '../support/certificates';
import { startCommand } from '../support/cli';
import { environmentOf } from '../support/cli-process';
import { openDeployment } from '../support/deployment';
import { freePort, until } from '../support/process';
import { simulatedRecords } from '../support/recorded-stream';
import { describeWithOwnKafka, type Service, startKafka, startRedis } from '../support/services';

const PASSWORD = 'r1ght-Pa55word';
const WRONG = 'wr0ng-Pa55word';
const LOGIN_MODULE = 'org.apache.kafka.common.security';

/** openssl comes with Debian's base; without it TLS can't be tried. */
const withTls = hasOpenssl();
if (!withTls && process.env.CI === 'true') throw new Error('no openssl on this machine: TLS would go untested');

describeWithOwnKafka('a broker and a Redis with authentication', () => {
  let dir = '';
  let certificates: Certificates | null = null;
  let kafka: Service;
  let redis: Service;
  let ports: { sasl: number; tls: number; redisTls: number };

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'clv-tls-'));
    certificates = withTls ? makeCertificates(dir) : null;
    ports = { sasl: await freePort(), tls: await freePort(), redisTls: await freePort() };
    [kafka, redis] = await Promise.all([startSecureKafka(), startSecureRedis()]);
  }, 120_000);

  afterAll(async () => {
    await Promise.all([kafka?.stop(), redis?.stop()]);
    rmSync(dir, { recursive: true, force: true });
  });

  function startSecureKafka(): Promise<Service> {
    const logins = (listener: string) => ({
      [`listener.name.${listener}.plain.sasl.jaas.config`]: `${LOGIN_MODULE}.plain.PlainLoginModule required user_clv="${PASSWORD}";`,
      [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`]: `${LOGIN_MODULE}.scram.ScramLoginModule required;`,
      [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`]: `${LOGIN_MODULE}.scram.ScramLoginModule required;`,
    });
    const tls =
      certificates === null
        ? {}
        : { 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': certificates.keyStore, ...logins('tls') };
    return startKafka(
      { 'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512', ...logins('sasl'), ...tls },
      {
        listeners: [
          { name: 'SASL', protocol: 'SASL_PLAINTEXT', port: ports.sasl },
          ...(certificates === null ? [] : [{ name: 'TLS', protocol: 'SASL_SSL' as const, port: ports.tls }]),
        ],
        scramUsers: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map((kind) => `${kind}=[name=clv,password=${PASSWORD}]`),
      },
    );
  }

  /** The default user is off; `clv` may do what the program does, on its own keys. */
  function startSecureRedis(): Promise<Service> {
    const acl = ['--user', 'default', 'off', '--user', 'clv', 'on', `>${PASSWORD}`, '~t*', '&*', '+@all', '-@admin'];
    const tls =
      certificates === null
        ? []
        : [
            ...['--tls-port', `${ports.redisTls}`, '--tls-auth-clients', 'no', '--tls-ca-cert-file', certificates.ca],
            ...['--tls-cert-file', certificates.certificate, '--tls-key-file', certificates.key],
          ];
    return startRedis(['--appendonly', 'no', '--save', '', ...acl, ...tls]);
  }

  const login = (mechanism: string, password = PASSWORD) => ({
    KAFKA_BROKERS: `127.0.0.1:${ports.sasl}`,
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: 'clv',
    KAFKA_SASL_PASSWORD: password,
    REDIS_URL: `redis://${redis.address}`,
    REDIS_USERNAME: 'clv',
    REDIS_PASSWORD: PASSWORD,
  });
  const overTls = () => ({
    ...login('scram-sha-256'),
    KAFKA_BROKERS: `127.0.0.1:${ports.tls}`,
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA: certificates!.ca,
    REDIS_URL: `rediss://clv:${PASSWORD}@127.0.0.1:${ports.redisTls}`,
    REDIS_SSL_CA: certificates!.ca,
  });

  async function scoresAndPasses(settings: Record<string, string>): Promise<void> {
    const deployment = await openDeployment('kafka', { CLV_MAX_IDLE_MS: '100', ...settings });
    try {
      await deployment.write(simulatedRecords(deployment, 200, { customers: 20, seed: 2 }));
      await deployment.startScorer();
      await deployment.drained();
      expect((await deployment.audit()).every(passes)).toBe(true);
      expect(await deployment.updates()).toHaveLength(200);
      expect(deployment.notices.map(({ message }) => message).join()).not.toContain(PASSWORD);
    } finally {
      await deployment.close();
    }
  }

  test.each(['plain', 'scram-sha-512'])('SASL %s and a Redis ACL: events become updates', async (mechanism) => {
    await scoresAndPasses(login(mechanism));
  });

  (withTls ? it : it.skip)(`TLS to both, by an authority of one's own, and SASL over it`, async () => {
    await scoresAndPasses(overTls());
  });

  /** Runs a command until it has said enough, and hands out every byte it wrote. */
  async function outputOf(command: string, settings: Record<string, string>, enough: RegExp): Promise<string> {
    const running = startCommand([command], { ...settings, CLV_LOG_LEVEL: 'debug', CLV_HTTP_PORT: '0' });
    try {
      let ended = false;
      void running.finished.then(() => {
        ended = true;
      });
      await until(`${command} says ${enough}`, () => ended || enough.test(running.stderr() + running.stdout()));
    } finally {
      await running.stop();
    }
    const output = running.stdout() + running.stderr();
    expect(output).toMatch(enough);
    return output;
  }

  test('a wrong password is named as the fault and never printed, nor is a right one', async () => {
    const deployment = await openDeployment('kafka', login('plain'));
    try {
      const right = environmentOf(deployment.settings);
      const outputs = await Promise.all([
        outputOf(
          'setup',
          { ...right, KAFKA_SASL_PASSWORD: WRONG },
          /\(KAFKA_BROKERS\) refuses the login of clv: SASL PLAIN authentication failed.*Correct KAFKA_SASL/i,
        ),
        outputOf(
          'setup',
          { ...right, ...login('scram-sha-256', WRONG) },
          /\(KAFKA_BROKERS\) refuses the login of clv: SASL SCRAM.*authentication failed/i,
        ),
        outputOf(
          'score',
          { ...right, REDIS_PASSWORD: WRONG },
          /\(REDIS_URL\) refuses: WRONGPASS.*Correct REDIS_USERNAME/,
        ),
        outputOf(
          'score',
          { ...right, REDIS_URL: `redis://clv:${WRONG}@${redis.address}` },
          /\(REDIS_URL\) refuses: WRONGPASS/,
        ),
        outputOf('setup', { ...right, KAFKA_SASL_PASSWORD: '' }, /KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/),
      ]);
      const secrets = [PASSWORD, WRONG].flatMap((secret) => [
        secret,
        Buffer.from(secret).toString('base64').slice(0, 16),
        Buffer.from(secret).toString('hex'),
        [...Buffer.from(secret)].join(','),
      ]);
      for (const output of outputs) for (const secret of secrets) expect(output).not.toContain(secret);
    } finally {
      await deployment.close();
    }
  }, 120_000);

  (withTls ? it : it.skip)('a broker whose certificate nobody vouches for is not talked to', async () => {
    const { KAFKA_SSL_CA: _, ...trustsSystem } = overTls();
    const output = await outputOf(
      'setup',
      trustsSystem,
      /\(KAFKA_BROKERS\) shows a certificate that this machine does not trust.*Set KAFKA_SSL_CA/,
    );
    expect(output).not.toContain(PASSWORD);
  });

  test('a file of an authority that is not there is a fault of the settings', async () => {
    const missing = { ...login('plain'), KAFKA_SSL: 'true', KAFKA_SSL_CA: join(dir, 'nowhere.pem') };
    await outputOf('setup', missing, /KAFKA_SSL_CA=.*nowhere\.pem does not exist/);
  });
});
