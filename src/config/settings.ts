import { OTHER_VARIABLES, SETTINGS, type SettingName, type Settings } from './table';

/** All faults of the configuration in one error. The program ends with exit code 2. */
export class ConfigurationError extends Error {
  readonly code = 'CLV_CONFIGURATION';

  constructor(readonly faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    );
    this.name = 'ConfigurationError';
  }
}

/** What the program is about to do with the settings. */
export interface SettingsUse {
  /** Default true. False for a command that works on Kafka alone: REDIS_URL may then be unset. */
  readonly needsRedis?: boolean;
}

/**
 * Reads, validates and freezes the settings. The environment overrides the file, and the file the defaults. An unknown CLV_ variable is
 * a fault, because a misspelt one would be silently ignored. All faults are reported together. Secrets are never quoted.
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  file: Readonly<Record<string, unknown>> = {},
  use: SettingsUse = {},
): Settings {
  const faults: string[] = [];
  const known = new Set<string>([...Object.keys(SETTINGS), ...OTHER_VARIABLES]);
  for (const variable of Object.keys(environment)) {
    if (variable.startsWith('CLV_') && !known.has(variable)) faults.push(unknown(variable, 'environment'));
  }
  for (const key of Object.keys(file)) if (!known.has(key)) faults.push(unknown(key, 'configuration file'));

  const settings: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const given = environment[name] ?? (file[name] === undefined ? undefined : String(file[name]));
    const parsed = setting.schema.safeParse(given === undefined || given.trim() === '' ? setting.fallback : given);
    if (parsed.success) settings[name] = parsed.data;
    else
      faults.push(
        `${name}${'secret' in setting ? '' : `=${given}`}: expected ${parsed.error.issues[0]!.message}. ${setting.doc}`,
      );
  }
  if (faults.length === 0) faults.push(...contradictions(settings as Settings, use));
  if (faults.length > 0) throw new ConfigurationError(faults);
  return Object.freeze(settings) as Settings;
}

/** Reads one setting, for a command that needs no other. Throws ConfigurationError if its value is a fault. */
export function readSetting<N extends SettingName>(
  name: N,
  environment: Readonly<Record<string, string | undefined>>,
  file: Readonly<Record<string, unknown>> = {},
): Settings[N] {
  const given = environment[name] ?? (file[name] === undefined ? '' : String(file[name]));
  const { schema, fallback, doc } = SETTINGS[name];
  const parsed = schema.safeParse(given.trim() === '' ? fallback : given);
  if (parsed.success) return parsed.data as Settings[N];
  throw new ConfigurationError([`${name}=${given}: expected ${parsed.error.issues[0]!.message}. ${doc}`]);
}

function contradictions(settings: Settings, { needsRedis = true }: SettingsUse): string[] {
  const faults: string[] = [];
  const kafka = settings.KAFKA_BROKERS.length > 0;
  if (needsRedis && kafka && settings.REDIS_URL === null) {
    faults.push(
      'KAFKA_BROKERS is set and REDIS_URL is not: set both (Kafka and Redis), or neither (the embedded store).',
    );
  }
  if (!kafka && settings.REDIS_URL !== null) {
    faults.push(
      'REDIS_URL is set and KAFKA_BROKERS is not: set both (Kafka and Redis), or neither (the embedded store).',
    );
  }
  const sentinel = settings.REDIS_MODE === 'sentinel';
  if (sentinel !== (settings.REDIS_SENTINEL_MASTER !== null)) {
    faults.push(
      'REDIS_MODE=sentinel and REDIS_SENTINEL_MASTER belong together: set both, or neither. The name is in sentinel.conf, after "sentinel monitor".',
    );
  }
  if (settings.REDIS_MODE === 'single' && (settings.REDIS_URL ?? '').includes(',')) {
    faults.push('REDIS_MODE is single and REDIS_URL has several addresses: set one address, or REDIS_MODE=cluster.');
  }
  if (!kafka && settings.CLV_EMISSION === 'latest') {
    faults.push(
      'CLV_EMISSION=latest needs Kafka: the embedded store publishes with each commit. Use CLV_EMISSION=coalesce there, which is the closest.',
    );
  }
  if (!kafka && settings.CLV_TRAIN_SHARED) {
    faults.push(
      'CLV_TRAIN_SHARED=true needs Kafka: on the embedded store one trainer does all the work. Set KAFKA_BROKERS and REDIS_URL, or CLV_TRAIN_SHARED=false.',
    );
  }
  if (settings.KAFKA_SSL_CA !== null && !settings.KAFKA_SSL) {
    faults.push('KAFKA_SSL_CA is set and KAFKA_SSL is not true: the connection would go without TLS.');
  }
  if (settings.REDIS_SSL_CA !== null && !(settings.REDIS_URL ?? '').startsWith('rediss:')) {
    faults.push('REDIS_SSL_CA is set and REDIS_URL does not begin with rediss: the connection would go without TLS.');
  }
  if (settings.KAFKA_SASL_MECHANISM === 'none' && settings.KAFKA_SASL_PASSWORD !== null) {
    faults.push('KAFKA_SASL_PASSWORD is set and KAFKA_SASL_MECHANISM is none: set the mechanism for the login.');
  }
  const login = settings.KAFKA_SASL_MECHANISM !== 'none';
  if (login && (settings.KAFKA_SASL_USERNAME === null || settings.KAFKA_SASL_PASSWORD === null)) {
    faults.push('KAFKA_SASL_MECHANISM is set: set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD too.');
  }
  faults.push(...registryContradictions(settings));
  const local = ['127.0.0.1', '::1', 'localhost'].includes(settings.CLV_HTTP_HOST);
  if (!local && settings.CLV_HTTP_TOKEN === null && settings.CLV_HTTP_TOKENS_FILE === null) {
    faults.push(
      'CLV_HTTP_HOST is reachable from other machines: set CLV_HTTP_TOKEN, which callers send as a bearer token, or CLV_HTTP_TOKENS_FILE.',
    );
  }
  const topics = Object.keys(SETTINGS).filter((name) => name.startsWith('CLV_TOPIC_')) as SettingName[];
  const names = topics.map((name) => settings[name] as string);
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) !== i)
      faults.push(
        `${topics[i]} and ${topics[names.indexOf(name)]} are both ${name}: each topic needs a name of its own.`,
      );
  }
  return faults;
}

function registryContradictions(settings: Settings): string[] {
  const { SCHEMA_REGISTRY_URL: urls, SCHEMA_REGISTRY_SSL_CA: ca, SCHEMA_REGISTRY_TOKEN: token } = settings;
  const { SCHEMA_REGISTRY_USERNAME: username, SCHEMA_REGISTRY_PASSWORD: password } = settings;
  const faults: string[] = [];
  if (urls.length > 0 && settings.CLV_SCHEMA_DIR !== null) {
    faults.push(
      'SCHEMA_REGISTRY_URL and CLV_SCHEMA_DIR are both set: set one, because an id can only have one schema.',
    );
  }
  if (ca !== null && !urls.some((url) => url.startsWith('https:'))) {
    faults.push(
      'SCHEMA_REGISTRY_SSL_CA is set and SCHEMA_REGISTRY_URL does not begin with https: the connection would go without TLS.',
    );
  }
  if (urls.length === 0 && (token !== null || username !== null)) {
    faults.push('A login to the schema registry is set and SCHEMA_REGISTRY_URL is not: set the address, too.');
  }
  if (token !== null && username !== null) {
    faults.push(
      'SCHEMA_REGISTRY_TOKEN and SCHEMA_REGISTRY_USERNAME are both set: set the one that the schema registry expects.',
    );
  }
  if ((username === null) !== (password === null)) {
    faults.push('SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD belong together: set both, or neither.');
  }
  return faults;
}

function unknown(name: string, where: string): string {
  const nearest = Object.keys(SETTINGS)
    .map((candidate) => ({ candidate, distance: editDistance(candidate, name) }))
    .sort((a, b) => a.distance - b.distance)[0]!;
  const hint = nearest.distance <= 4 ? ` Did you mean ${nearest.candidate}?` : ' See docs/configuration.md.';
  return `${name} in the ${where} is not a setting of this program.${hint}`;
}

/** Levenshtein distance, for the hint. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The reference of all settings, as Markdown. docs/configuration.md has exactly this text. */
export function settingsReference(): string {
  const groups = [...new Set(Object.values(SETTINGS).map((setting) => setting.group))];
  const titles = {
    connections: 'Connections',
    topics: 'Topics and records',
    scorer: 'Scorer',
    trainer: 'Trainer',
    web: 'HTTP',
    program: 'Program',
  };
  const sections = groups.map((group) => {
    const rows = Object.entries(SETTINGS)
      .filter(([, setting]) => setting.group === group)
      .map(([name, { fallback, doc }]) => `| \`${name}\` | ${fallback === '' ? '–' : `\`${fallback}\``} | ${doc} |`);
    return `## ${titles[group]}\n\n| setting | default | meaning |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Configuration\n\nFor whoever sets up a deployment. After reading a section you know each setting, its default and its unit.\n\nSettings are environment variables, or the same names as keys of a JSON file that \`CLV_CONFIG\` names. The environment wins. All settings are\nchecked at the start: all faults in one message, exit code 2. An unknown \`CLV_\` variable is a fault.\n\n${sections.join('\n')}`;
}
