import { UpdateCodec } from '../../serde/update-codec';
import { TierDesk } from '../../services/trainer/tier-desk';
import type { Deployment } from './deployment';

/** Keeps the value tiers of a deployment. It publishes with a writer that nobody fences: two at once do no harm. */
export function openTierDesk(
  { platform, partitions, schemas, observer, clock }: Deployment,
  lookEverySeconds: number,
): TierDesk {
  const updates = new UpdateCodec(schemas);
  const decodeUpdate = (value: Uint8Array) => {
    const decoded = updates.decode(value);
    return decoded.ok ? decoded.value : null;
  };
  const ports = { reader: platform.reader(), releases: platform.tierReleases(), decodeUpdate, observer, clock };
  return new TierDesk(ports, { topic: platform.topics.updates, partitions, lookEverySeconds });
}
