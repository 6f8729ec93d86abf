import type { Settings } from '../../config/table';
import { Explainer } from '../../domain/explanation/explanation';
import { murmur2Partition } from '../../domain/math/hash';
import { ServedModel } from '../../domain/scoring/served-model';
import type { PrometheusObserver } from '../../observability/prometheus-observer';
import type { ExplainCustomer, RescoreCustomer } from '../../ports/customer-queries';
import { partitionOf } from '../../serde/event-rules';
import { UpdateCodec } from '../../serde/update-codec';
import { type Api, startApi } from '../../services/api/api';
import { explainFromState } from '../../services/api/explain';
import { rescoreFromState } from '../../services/api/rescore';
import { moneyOf } from '../platform/platform';
import type { Deployment } from './deployment';
import { firstModel, servableArtefact } from './first-model';

/** In seconds. If the newest event is at most this old, the shop is live, and "now" is the wall clock. */
const LIVE_WITHIN_S = 2 * 86_400;

/** The api's parts on a platform: its view of the updates, and scores as of now. */
export interface Serving {
  readonly api: Api;
  readonly rescore: RescoreCustomer;
  readonly explain: ExplainCustomer;
  /** What "now" means: the wall clock, or the newest event time if that is far behind, as in a replayed or a simulated past. */
  readonly nowS: () => number;
  close(): Promise<void>;
}

export function openServing(
  { platform, settings, partitions, schemas, observer, clock }: Deployment,
  prometheus: PrometheusObserver,
  inputLagRecords: () => number | null = () => null,
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
    reports: platform.reports(),
    tierReleases: platform.tierReleases(),
    inputLagRecords,
  });
  prometheus.watchView(() => ({ customers: api.status().customers, lagRecords: api.viewLagRecords() }));
  const stopping = new AbortController();
  const { minorPerMajor } = moneyOf(settings);
  const served = new ServedModel(firstModel(settings), servableArtefact(settings), minorPerMajor);
  const watching = platform.registry().watchCurrent((announcement) => {
    const outcome = served.swap(announcement);
    const { version } = announcement;
    if (outcome.type === 'refused') observer.observe({ kind: 'model-refused', version, reason: outcome.reason });
  }, stopping.signal);
  const states = platform.stateReader();
  const partitionFor = partitionOfCustomer(settings, partitions);
  const inForce = () => ({ scorer: served.scorer, tierCuts: api.tiers() ?? served.tierCuts });
  return {
    api,
    rescore: rescoreFromState(states, inForce, partitionFor, moneyOf(settings)),
    explain: explainFromState(states, () => new Explainer(served.scorer.model, minorPerMajor), partitionFor),
    nowS: () => {
      const wallS = clock.nowMs() / 1000;
      const newestS = api.status().newestAsOfS;
      return newestS === null || Math.abs(wallS - newestS) < LIVE_WITHIN_S ? wallS : newestS;
    },
    close: async () => {
      stopping.abort();
      await api.close();
      await watching.catch(() => undefined);
    },
  };
}

/** The partition of a customer. With CLV_PARTITIONER=arrival, assumes that producers hash as Kafka's own clients do. */
function partitionOfCustomer(settings: Settings, partitions: number): (customerId: string) => number {
  return (customerId) => {
    const partition = partitionOf(customerId, partitions, settings.CLV_PARTITIONER);
    return partition >= 0 ? partition : murmur2Partition(new TextEncoder().encode(customerId), partitions);
  };
}
