import { setTimeout as delay } from 'node:timers/promises';
import { type Admin, ConfigResourceTypes, type ITopicConfig } from 'kafkajs';
import { type TopicAdmin, type TopicFault, type TopicSpec, topicCountFaults } from '../../ports/log';
import { createKafka } from './client';
import { errorTypes } from './error-chain';
import type { KafkaLog, KafkaSettings } from './settings';
import { BY_LOG, MAX_AHEAD, STAMPED_BY, timestampFaults, unknownBound } from './timestamp-settings';

const MAX_BYTES = 'max.message.bytes';
/** The setting is an int32. */
const MOST_BYTES = 2 ** 31 - 1;
const LED_DEADLINE_MS = 30_000;
const LED_POLL_MS = 50;
const NOT_YET_TYPES: ReadonlySet<string> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
]);

const RETENTION = 'retention.ms';
const FOR_EVER = -1;

const cleanupPolicy = (spec: TopicSpec): string => (spec.compacted ? 'compact' : 'delete');

function toTopicConfig(spec: TopicSpec, replicationFactor: number): ITopicConfig {
  const settings: [string, number | string | undefined][] = [
    ['cleanup.policy', cleanupPolicy(spec)],
    ['min.compaction.lag.ms', spec.minCompactionLagMs],
    ['delete.retention.ms', spec.tombstonesKeptMs],
    [RETENTION, spec.retentionMs],
    ['max.message.bytes', spec.maxMessageBytes],
    [STAMPED_BY, spec.stampedByLog ? BY_LOG : undefined],
    [MAX_AHEAD, spec.maxAheadMs],
  ];
  return {
    topic: spec.name,
    numPartitions: spec.partitions,
    replicationFactor,
    configEntries: settings.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value: `${value}` }])),
  };
}

/**
 * Waits until every broker has the new topic. kafkajs' own wait handles "no leader yet", but not "no such topic", which a KRaft broker
 * returns first.
 */
async function untilLed(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  const deadlineMs = Date.now() + LED_DEADLINE_MS;
  for (;;) {
    try {
      // Requests offsets from each partition's leader: metadata may name a leader that has not taken over yet.
      for (const { name } of specs) await admin.fetchTopicOffsets(name);
      return;
    } catch (error) {
      if (!errorTypes(error).some((type) => NOT_YET_TYPES.has(type))) throw error;
    }
    if (Date.now() > deadlineMs) {
      throw new Error(`new topics have no leaders after ${LED_DEADLINE_MS} ms; check the brokers' logs`);
    }
    await delay(LED_POLL_MS);
  }
}

/** Settings of topics as the brokers apply them (the topic's own or the broker's default), by topic and name. */
async function topicConfigs(
  admin: Admin,
  topics: readonly string[],
  configNames: string[],
): Promise<Map<string, Map<string, string>>> {
  if (topics.length === 0) return new Map();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name, configNames })),
  });
  const valuesOf = (entries: (typeof resources)[number]['configEntries']) =>
    new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
  return new Map(resources.map(({ resourceName, configEntries }) => [resourceName, valuesOf(configEntries)]));
}

const isSizedByItself = ({ fits = [] }: TopicSpec): boolean => fits.length === 0;

/** Adds the required record size to each topic that must fit the records of others. The topic is created with it, or checked against it. */
async function withSizes(admin: Admin, specs: readonly TopicSpec[]): Promise<TopicSpec[]> {
  const sources = [...new Set(specs.flatMap(({ fits = [] }) => fits))];
  const configs = await topicConfigs(admin, sources, [MAX_BYTES]);
  return specs.map((spec) => {
    const { fits = [], fitsRoomBytes = 0, maxMessageBytes = 0 } = spec;
    if (isSizedByItself(spec)) return spec;
    const largest = Math.max(...fits.map((name) => Number(configs.get(name)?.get(MAX_BYTES))));
    return { ...spec, maxMessageBytes: Math.max(maxMessageBytes, Math.min(largest + fitsRoomBytes, MOST_BYTES)) };
  });
}

/** Topics on a Kafka cluster. Replication factor −1 means the brokers' default. */
export class KafkaTopicAdmin implements TopicAdmin {
  private admin: Admin | null = null;

  constructor(
    private readonly settings: KafkaSettings,
    private readonly log: KafkaLog,
    private readonly replicationFactor = -1,
  ) {}

  async ensureTopics(specs: readonly TopicSpec[]): Promise<{ created: string[]; faults: TopicFault[] }> {
    const admin = await this.connected();
    const existing = new Set(await admin.listTopics());
    const missing = specs.filter(({ name }) => !existing.has(name));
    // Inputs first: the record size that the brokers allow for them determines the size of the others.
    await this.create(admin, missing.filter(isSizedByItself));
    const sized = await withSizes(admin, specs);
    await this.create(
      admin,
      sized.filter((spec) => missing.some(({ name }) => name === spec.name) && !isSizedByItself(spec)),
    );
    // Checked even if just created: another process may have created them first, with other settings.
    return { created: missing.map(({ name }) => name), faults: await this.faults(admin, sized) };
  }

  async checkTopics(specs: readonly TopicSpec[]): Promise<{ missing: string[]; faults: TopicFault[] }> {
    const admin = await this.connected();
    const existing = new Set(await admin.listTopics());
    const present = specs.filter(({ name }) => existing.has(name));
    // Without all topics that a size follows from, it can't be judged yet.
    const isSizable = ({ fits = [] }: TopicSpec) => fits.every((name) => existing.has(name));
    const sized = [
      ...present.filter((spec) => !isSizable(spec)),
      ...(await withSizes(admin, present.filter(isSizable))),
    ];
    const missing = specs.filter(({ name }) => !existing.has(name)).map(({ name }) => name);
    return { missing, faults: sized.length === 0 ? [] : await this.faults(admin, sized) };
  }

  private async create(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
    if (specs.length === 0) return;
    const topicsOf = (wanted: readonly TopicSpec[]) =>
      wanted.map((spec) => toTopicConfig(spec, this.replicationFactor));
    try {
      await admin.createTopics({ topics: topicsOf(specs), waitForLeaders: false });
    } catch (error) {
      const hasBound = specs.some(({ maxAheadMs }) => maxAheadMs !== undefined);
      if (!hasBound || !errorTypes(error).includes('INVALID_CONFIG')) throw error;
      // An older broker refuses the topic for a setting that it does not know.
      const unbound = specs.map(({ maxAheadMs: _, ...spec }) => spec);
      await admin.createTopics({ topics: topicsOf(unbound), waitForLeaders: false });
    }
    await untilLed(admin, specs);
  }

  async partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const admin = await this.connected();
    const existing = new Set(await admin.listTopics());
    const present = topics.filter((topic) => existing.has(topic));
    if (present.length === 0) return new Map();
    const { topics: metadata } = await admin.fetchTopicMetadata({ topics: present });
    return new Map(metadata.map(({ name, partitions }) => [name, partitions.length]));
  }

  /** Minimum age of a record before compaction, in ms. null if the topic is not compacted. */
  async compactionLagMs(topic: string): Promise<number | null> {
    const admin = await this.connected();
    const configs = await topicConfigs(admin, [topic], ['cleanup.policy', 'min.compaction.lag.ms']);
    const entries = configs.get(topic) ?? new Map<string, string>();
    if (!(entries.get('cleanup.policy') ?? '').includes('compact')) return null;
    return Number(entries.get('min.compaction.lag.ms') ?? 0);
  }

  async close(): Promise<void> {
    const admin = this.admin;
    this.admin = null;
    await admin?.disconnect();
  }

  private async faults(admin: Admin, specs: readonly TopicSpec[]): Promise<TopicFault[]> {
    const names = specs.map(({ name }) => name);
    const counts = await this.partitionCounts(names);
    const configs = await topicConfigs(admin, names, ['cleanup.policy', MAX_BYTES, STAMPED_BY, MAX_AHEAD, RETENTION]);
    const unknown = unknownBound(specs, configs);
    const each = specs.flatMap((spec) => {
      const faults: TopicFault[] = [];
      const policy = configs.get(spec.name)?.get('cleanup.policy');
      const wanted = cleanupPolicy(spec);
      if (policy !== wanted) {
        const fault = `has cleanup.policy ${policy}, but ${wanted} is needed; alter it with kafka-configs, or name another topic if this one belongs to another deployment`;
        faults.push({ topic: spec.name, fault });
      }
      const largest = Number(configs.get(spec.name)?.get(MAX_BYTES));
      if (largest < (spec.maxMessageBytes ?? 0)) {
        // Dead letters are cut to their topic's limit. A model can't be made smaller.
        const bearable = spec.fits ? ({ isBearable: true } as const) : {};
        faults.push({ topic: spec.name, fault: this.tooSmall(spec, largest), ...bearable });
      }
      const kept = configs.get(spec.name)?.get(RETENTION);
      if (spec.retentionMs === FOR_EVER && kept !== undefined && Number(kept) !== FOR_EVER) {
        const command = this.alterCommand(spec.name, `${RETENTION}=${FOR_EVER}`);
        const fault = `deletes records after ${kept} ms. A dead letter is the only record of what was refused, and a partition that is folded again follows it; run ${command}`;
        faults.push({ topic: spec.name, fault, isBearable: true });
      }
      const config = configs.get(spec.name) ?? new Map<string, string>();
      faults.push(...timestampFaults(spec, config, (setting) => this.alterCommand(spec.name, setting)));
      return faults;
    });
    const all = [...topicCountFaults(specs, counts), ...each];
    return unknown === null ? all : [...all, unknown];
  }

  private alterCommand(topic: string, config: string): string {
    const change = `--entity-type topics --entity-name ${topic} --add-config ${config}`;
    return `kafka-configs.sh --bootstrap-server ${this.settings.brokers.join(',')} --alter ${change}`;
  }

  private tooSmall({ name, maxMessageBytes, fits }: TopicSpec, largest: number): string {
    const command = this.alterCommand(name, `${MAX_BYTES}=${maxMessageBytes}`);
    const why = fits ? ` so that it takes what the input topics hold (larger dead letters are cut)` : '';
    return `has ${MAX_BYTES} ${largest} where ${maxMessageBytes} is needed${why}; run ${command}`;
  }

  private async connected(): Promise<Admin> {
    if (this.admin === null) {
      const admin = createKafka(this.settings, this.log).admin();
      await admin.connect();
      this.admin = admin;
    }
    return this.admin;
  }
}
