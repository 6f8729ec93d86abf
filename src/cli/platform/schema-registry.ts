import { HttpSchemaRegistry } from '../../adapters/schema-registry/http-schema-registry';
import { HttpSubjects } from '../../adapters/schema-registry/http-subjects';
import { type RegistryAccess, RegistryClient } from '../../adapters/schema-registry/registry-client';
import { SchemaWait } from '../../adapters/schema-registry/schema-wait';
import { WaitingReader } from '../../adapters/schema-registry/waiting-reader';
import { WaitingSource } from '../../adapters/schema-registry/waiting-source';
import type { Settings } from '../../config/table';
import { TICK_TOPIC } from '../../domain/event';
import type { Clock } from '../../ports/clock';
import { CLV_UPDATE, DEAD_LETTER, DEAD_LETTER_V1, TICK } from '../../serde/contracts';
import { namedFile } from './named-file';
import type { Platform, PlatformOptions, Topics } from './platform';

/** The platform with the schema registry of SCHEMA_REGISTRY_URL: whatever reads records waits until their schemas are known. */
export function withSchemaRegistry(
  platform: Platform,
  { settings, topics, observer, clock }: PlatformOptions,
): Platform {
  const client = new RegistryClient(registryAccess(settings));
  const registry = new HttpSchemaRegistry(client, clock);
  const waiting = { ownIds: ownIds(topics), giveUpAfterS: settings.CLV_SCHEMA_WAIT_SECONDS };
  const wait = new SchemaWait(registry, waiting, clock, observer);
  return {
    ...platform,
    schemas: registry,
    subjects: new HttpSubjects(client),
    reader: () => new WaitingReader(platform.reader(), wait),
    source: (group) => new WaitingSource(platform.source(group), topics.inputs, wait),
  };
}

/** The topics whose records name a writer's schema. Those that this program writes have ids that need no registry. */
function ownIds({ inputs, updates, deadLetters }: Topics): Map<string, ReadonlySet<number>> {
  const none = new Set<number>();
  return new Map<string, ReadonlySet<number>>([
    ...inputs.map((topic, index): [string, ReadonlySet<number>] => [
      topic,
      index === TICK_TOPIC ? new Set([TICK.id]) : none,
    ]),
    [updates, new Set([CLV_UPDATE.id])],
    [deadLetters, new Set([DEAD_LETTER.id, DEAD_LETTER_V1.id])],
  ]);
}

/** The schema registry alone, for a command that only asks whether it answers. */
export function openSchemaRegistry(settings: Settings, clock: Clock): HttpSchemaRegistry {
  return new HttpSchemaRegistry(new RegistryClient(registryAccess(settings)), clock);
}

function registryAccess(settings: Settings): RegistryAccess {
  const { SCHEMA_REGISTRY_URL: urls, SCHEMA_REGISTRY_SSL_CA: ca, SCHEMA_REGISTRY_TOKEN: token } = settings;
  const { SCHEMA_REGISTRY_USERNAME: username, SCHEMA_REGISTRY_PASSWORD: password } = settings;
  return {
    urls,
    ...(ca === null ? {} : { ca: namedFile('SCHEMA_REGISTRY_SSL_CA', ca).toString() }),
    ...(token === null ? {} : { login: { type: 'bearer', token } }),
    ...(username === null ? {} : { login: { type: 'basic', username, password: password ?? '' } }),
  };
}
