import type { Clock } from '../../ports/clock';
import type { LogRecord } from '../../ports/log';
import type { Observer } from '../../ports/observer';
import { type SchemaRegistry, SchemaRegistryAway } from '../../ports/schema-registry';
import { schemaIdOf } from '../../serde/foreign-schema';

export interface WaitSettings {
  /** Topics whose records may name a writer's schema, with the ids that are read without the schema registry. */
  readonly ownIds: ReadonlyMap<string, ReadonlySet<number>>;
  /** Seconds after which a command gives up, and a service reports an error. */
  readonly giveUpAfterS: number;
}

const FIRST_PAUSE_MS = 200;
/** So long, at most, does a record wait after the schema registry is back. */
const LONGEST_PAUSE_MS = 10_000;

/** Makes sure that writers' schemas are known before their records are decoded. A record waits for a schema registry that is away. */
export class SchemaWait {
  private isAway = false;

  constructor(
    private readonly registry: SchemaRegistry,
    private readonly settings: WaitSettings,
    private readonly clock: Clock,
    private readonly observer: Observer,
  ) {}

  /** Ids whose schemas must be requested before these records of a topic are decoded. Nearly always none. */
  unknownIds(topic: string, records: readonly LogRecord[]): number[] {
    const own = this.settings.ownIds.get(topic);
    if (own === undefined) return [];
    const unknown = new Set<number>();
    for (const { value } of records) {
      const id = schemaIdOf(value);
      if (id !== null && !own.has(id) && !this.registry.isKnown(id)) unknown.add(id);
    }
    return [...unknown];
  }

  /**
   * Resolves when the registry has answered for all ids, or when the signal aborts. While the registry is away, it tries again with
   * back-off: for ever if there is a signal, else until `giveUpAfterS`. Then it rejects with the registry's fault.
   */
  async until(ids: readonly number[], where: string, signal?: AbortSignal): Promise<void> {
    const startS = this.clock.elapsedS();
    let pauseMs = FIRST_PAUSE_MS;
    let isReported = false;
    while (signal?.aborted !== true) {
      const fault = await this.attempt(ids);
      if (fault === null) return;
      const waitedS = this.clock.elapsedS() - startS;
      if (waitedS >= this.settings.giveUpAfterS) {
        if (signal === undefined) throw new SchemaRegistryAway(this.text(ids, where, fault, waitedS));
        if (!isReported) this.observer.notice('error', this.text(ids, where, fault, waitedS));
        isReported = true;
      }
      await this.clock.sleep(pauseMs, signal);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  /** The fault if the registry is away. */
  private async attempt(ids: readonly number[]): Promise<string | null> {
    try {
      await Promise.all(ids.map((id) => this.registry.request(id)));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.report(false, message);
      return message;
    }
    this.report(true, 'it has answered');
    return null;
  }

  private report(up: boolean, reason: string): void {
    if (up && !this.isAway) return;
    this.isAway = !up;
    this.observer.observe({ kind: 'dependency', name: 'schema-registry', up, reason });
  }

  private text(ids: readonly number[], where: string, fault: string, waitedS: number): string {
    return `${where} has waited ${Math.round(waitedS)} s for the schema ${ids.length === 1 ? 'id' : 'ids'} ${ids.join(', ')}: ${fault}. Nothing is lost. Bring the schema registry back, or correct SCHEMA_REGISTRY_URL`;
  }
}
