import type { Settings } from '../../config/table';
import type { Clock } from '../../ports/clock';
import type { Observer } from '../../ports/observer';
import type { SchemaById } from '../../serde/contracts';
import { awaitPartitions } from '../platform/await-partitions';
import type { Platform } from '../platform/platform';
import type { ProcessContext } from '../process/process';
import { openSchemas } from './codecs';
import { awaitOutputIds, type OutputIds } from './output-ids';

/** What one process needs to work on a deployment: its platform, and what every service on it uses. */
export interface Deployment {
  readonly platform: Platform;
  readonly settings: Settings;
  readonly partitions: number;
  readonly schemas: SchemaById;
  /** For a process that writes updates. Default: this program's own ids. */
  readonly outputIds?: OutputIds;
  readonly observer: Observer;
  readonly clock: Clock;
}

/**
 * Waits until the topics exist, for a trainer also those between trainers; a service waits without end. For a scorer, waits until the output schemas are in the schema
 * registry, if there is one. The caller closes the platform.
 */
export async function openDeployment(
  platform: Platform,
  context: ProcessContext,
  use: { readonly trains?: boolean; readonly scores?: boolean; readonly lasts?: boolean } = {},
): Promise<Deployment> {
  const { settings, observer, clock } = context;
  const schemas = await openSchemas(platform);
  const partitions = await awaitPartitions(platform, context, use);
  const outputIds = use.scores ? await awaitOutputIds(platform, settings, context) : {};
  return { platform, settings, partitions, schemas, outputIds, observer, clock };
}
