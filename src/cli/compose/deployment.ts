import type { Settings } from '../../config/table';
import type { Clock } from '../../ports/clock';
import type { Observer } from '../../ports/observer';
import type { SchemaById } from '../../serde/contracts';
import { awaitPartitions, type Platform } from '../platform/platform';
import type { ProcessContext } from '../process/process';
import { openSchemas } from './codecs';

/** What one process needs to work on a deployment: its platform, and what every service on it uses. */
export interface Deployment {
  readonly platform: Platform;
  readonly settings: Settings;
  readonly partitions: number;
  readonly schemas: SchemaById;
  readonly observer: Observer;
  readonly clock: Clock;
}

/** Waits until the topics exist, for a trainer also those between trainers. The caller closes the platform. */
export async function openDeployment(
  platform: Platform,
  context: ProcessContext,
  use: { readonly trains?: boolean } = {},
): Promise<Deployment> {
  const { settings, observer, clock, signal } = context;
  const schemas = await openSchemas(settings);
  const partitions = await awaitPartitions(platform, observer, clock, signal, use);
  return { platform, settings, partitions, schemas, observer, clock };
}
