import type { Settings } from '../config/table';
import { murmur2Partition } from '../domain/hash';
import { Scorer } from '../domain/scorer';
import type { Clock } from '../ports/clock';
import type { RescoreCustomer } from '../ports/customer-queries';
import type { Observer } from '../ports/observer';
import type { SchemaById } from '../serde/contracts';
import { partitionOf } from '../serde/event-rules';
import { UpdateCodec } from '../serde/update-codec';
import { type Api, startApi } from '../services/api/api';
import { rescoreFromState } from '../services/api/rescore';
import { moneyOf, type Platform } from './platform';
import { firstModel, openArtefact } from './scoring';

/** The api's parts on a platform: its view of the updates, and scores as of now. */
export interface Serving {
  readonly api: Api;
  readonly rescore: RescoreCustomer;
  close(): Promise<void>;
}

export function openServing(
  platform: Platform,
  settings: Settings,
  partitions: number,
  schemas: SchemaById,
  observer: Observer,
  clock: Clock,
): Serving {
  const codec = new UpdateCodec(schemas);
  const registry = platform.registry();
  const api = startApi({
    reader: platform.reader(),
    topic: platform.topics.updates,
    partitions,
    decodeUpdate: (value) => {
      const decoded = codec.decode(value);
      return decoded.ok ? decoded.value : null;
    },
    clock,
    observer,
    models: registry,
  });
  const stopping = new AbortController();
  const { minorPerMajor } = moneyOf(settings);
  let scorer = new Scorer(firstModel(settings), minorPerMajor);
  const watching = platform.registry().watch(({ version, artefact }) => {
    const opened = openArtefact(artefact);
    if (opened.ok) scorer = new Scorer(opened.model, minorPerMajor);
    else observer.modelRefused(version, opened.reason);
  }, stopping.signal);
  return {
    api,
    rescore: rescoreFromState(platform.stateReader(), () => scorer, homeOf(settings, partitions), moneyOf(settings)),
    close: async () => {
      stopping.abort();
      await api.close();
      await watching.catch(() => undefined);
    },
  };
}

/** Where a customer's state lies; with CLV_PARTITIONER=arrival the producers are taken to hash as Kafka's own clients do. */
function homeOf(settings: Settings, partitions: number): (customerId: string) => number {
  return (customerId) => {
    const partition = partitionOf(customerId, partitions, settings.CLV_PARTITIONER);
    return partition >= 0 ? partition : murmur2Partition(new TextEncoder().encode(customerId), partitions);
  };
}
