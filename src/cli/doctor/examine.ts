import { readClusterFacts } from '../../adapters/kafka/cluster-facts';
import { connectionFault, kafkaAccess } from '../../adapters/kafka/connection-fault';
import { readRedisFacts } from '../../adapters/redis/server-facts';
import { FileSchemaRegistry } from '../../adapters/system/file-schema-registry';
import { eventCodec, openSchemas } from '../compose/codecs';
import { firstModel } from '../compose/first-model';
import { kafkaSettings, redisSettings } from '../platform/kafka-platform';
import { openExistingPlatform, storeLine } from '../platform/open-platform';
import { type Platform, topicSpecs } from '../platform/platform';
import { openSchemaRegistry } from '../platform/schema-registry';
import type { ProcessContext } from '../process/process';
import { examineDisk } from './disk';
import { CHECKS, type Check, type Finding, fault, ok, warning } from './finding';
import { judgeClock } from './judge-clock';
import { judgeBrokers, judgeCopies, judgeTopics, judgeVersions } from './judge-kafka';
import { judgePartitioner, judgeRecords, type SampledRecord } from './judge-records';
import { judgeRedis } from './judge-redis';
import { readSample } from './sample';

type Context = Pick<ProcessContext, 'settings' | 'observer' | 'clock'>;

/** Reading the newest records takes longer only if something is away. */
const READ_DEADLINE_MS = 30_000;

/** Looks at everything that a deployment rests on. Changes nothing. A check that fails is a finding, and the others go on. */
export async function examine(context: Context): Promise<Finding[]> {
  const examination = new Examination(context);
  await examination.run();
  return [...examination.findings].sort((a, b) => CHECKS.indexOf(a.check) - CHECKS.indexOf(b.check));
}

class Examination {
  readonly findings: Finding[] = [];
  private redisAheadMs: readonly number[] = [];
  private recordsAheadMs: ReadonlyMap<string, number> = new Map();

  constructor(private readonly context: Context) {}

  async run(): Promise<void> {
    const { settings } = this.context;
    const onKafka = settings.KAFKA_BROKERS.length > 0;
    this.findings.push(ok('store', storeLine(settings)));
    const answers = !onKafka || (await this.attempt('brokers', () => this.brokers(), BROKERS_FIX));
    if (answers)
      await this.attempt('topics', () => this.platform(), 'correct the cause, and run clv-stream doctor again');
    if (onKafka) await this.attempt('redis', () => this.redis(), 'start Redis, or correct REDIS_URL and the login');
    await this.attempt('registry', () => this.registry(), 'correct SCHEMA_REGISTRY_URL or CLV_SCHEMA_DIR, or unset it');
    await this.attempt('model', async () => this.model(), 'set CLV_MODEL to an artefact of this version, or unset it');
    await this.attempt('disk', async () => [await examineDisk(settings.CLV_HOME)], 'look at the disk of CLV_HOME');
    const { redisAheadMs, recordsAheadMs } = this;
    this.findings.push(...judgeClock({ redisAheadMs, recordsAheadMs }));
  }

  /** Returns false if the check itself failed. */
  private async attempt(check: Check, examined: () => Promise<readonly Finding[]>, fix: string): Promise<boolean> {
    try {
      this.findings.push(...(await examined()));
      return true;
    } catch (error) {
      const known = error instanceof CheckFailed ? error.fix : fix;
      this.findings.push(fault(check, error instanceof Error ? error.message : String(error), known));
      return false;
    }
  }

  private async brokers(): Promise<Finding[]> {
    const { settings } = this.context;
    const names = topicSpecs(settings).map(({ name }) => name);
    const connect = kafkaSettings(settings);
    const facts = await readClusterFacts(connect, names, () => undefined).catch((error: unknown) => {
      const found = connectionFault(error, kafkaAccess(connect));
      throw found === null ? error : new CheckFailed(found.what, found.fix, { cause: error });
    });
    return [
      ...judgeBrokers(facts),
      ...judgeVersions(facts.brokers),
      ...judgeCopies(facts.topics, facts.brokers.length),
    ];
  }

  private async platform(): Promise<Finding[]> {
    const { settings, observer, clock } = this.context;
    const platform = await openExistingPlatform(settings, observer, clock);
    if (platform === null) {
      const fix = 'set KAFKA_BROKERS and REDIS_URL to work on Kafka, or run clv-stream setup here';
      return [warning('topics', `there is no embedded store in ${settings.CLV_HOME}`, fix)];
    }
    try {
      const specs = topicSpecs(settings);
      const { missing, faults } = await platform.admin().checkTopics(specs);
      const setup = settings.CLV_TRAIN_SHARED ? 'clv-stream setup with CLV_TRAIN_SHARED=true' : 'clv-stream setup';
      const { inputs } = platform.topics;
      const topics = judgeTopics({ missing, faults }, specs.length, setup);
      if (inputs.some((name) => missing.includes(name))) return topics;
      return [...topics, ...(await this.records(platform))];
    } finally {
      await platform.close();
    }
  }

  /** The newest records: where they lie, whether they can be used, and how they are stamped. */
  private async records(platform: Platform): Promise<Finding[]> {
    const { settings, clock } = this.context;
    const { inputs } = platform.topics;
    const counts = await platform.admin().partitionCounts(inputs);
    const partitions = Math.min(...counts.values());
    const late = new AbortController();
    const reading = readSample(platform.reader(), platform.topics, partitions).finally(() => late.abort());
    const sample = await Promise.race([reading, clock.sleep(READ_DEADLINE_MS, late.signal).then(() => null)]);
    if (sample === null && !late.signal.aborted) {
      reading.catch(() => undefined);
      return [
        warning('records', 'the newest records could not be read within 30 s', 'look at the brokers, and try again'),
      ];
    }
    const sampled = sample ?? (await reading);
    const nowMs = clock.nowMs();
    const newest = (records: readonly SampledRecord[]) => Math.max(...records.map(({ record }) => record.timestampMs));
    this.recordsAheadMs = new Map([...sampled].map(([topic, records]) => [topic, newest(records) - nowMs]));
    // Where a record lies is judged apart from what it holds.
    const anywhere = { ...settings, CLV_PARTITIONER: 'arrival' } as const;
    const codec = eventCodec(anywhere, partitions, await openSchemas(platform));
    return [
      ...judgePartitioner(sampled, partitions, settings.CLV_PARTITIONER),
      ...judgeRecords(sampled, (topic, { partition, record }) => {
        if (record.unreadable) return { reason: 'batch-unreadable', detail: record.unreadable.detail };
        const { value, timestampMs, key } = record;
        const decoded = codec.decodeEvent(inputs.indexOf(topic), partition, value, timestampMs, key);
        return decoded.ok ? null : decoded;
      }),
    ];
  }

  private async redis(): Promise<Finding[]> {
    const { settings, clock } = this.context;
    if (settings.REDIS_URL === null) {
      const fix = 'set REDIS_URL, for instance to redis://localhost:6379';
      return [fault('redis', 'REDIS_URL is not set, and score, serve and state need it', fix)];
    }
    const connect = redisSettings(settings);
    const facts = await readRedisFacts(connect, () => clock.nowMs());
    this.redisAheadMs = facts.nodes.map(({ clockAheadMs }) => clockAheadMs);
    return judgeRedis(facts);
  }

  private async registry(): Promise<Finding[]> {
    const { settings, clock } = this.context;
    if (settings.SCHEMA_REGISTRY_URL.length > 0) {
      // Any id will do: that it does not exist is an answer, too.
      await openSchemaRegistry(settings, clock).request(1);
      return [ok('registry', `the schema registry answers: ${settings.SCHEMA_REGISTRY_URL.join(', ')}`)];
    }
    await new FileSchemaRegistry(settings.CLV_SCHEMA_DIR ?? undefined).load();
    return [ok('registry', `schemas can be read: ${settings.CLV_SCHEMA_DIR ?? "the program's own"}`)];
  }

  private model(): Finding[] {
    const { settings } = this.context;
    const from = settings.CLV_MODEL ?? 'the weights shipped with the program';
    return [ok('model', `a new deployment starts from ${firstModel(settings).version} (${from})`)];
  }
}

/** A check that failed for a known reason. */
class CheckFailed extends Error {
  constructor(
    finding: string,
    readonly fix: string,
    options: ErrorOptions,
  ) {
    super(finding, options);
  }
}

const BROKERS_FIX = 'start Kafka, or correct KAFKA_BROKERS, KAFKA_SSL and the login (KAFKA_SASL_…)';
