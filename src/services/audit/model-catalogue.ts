import type { Model } from '../../domain/scoring/model';
import { Scorer } from '../../domain/scoring/scorer';
import type { OpenArtefact } from '../../domain/scoring/served-model';
import type { ModelAnnouncement } from '../../ports/model-registry';

/** Maximum number of decoded models. Each takes about 300 kB with its network's buffers. */
const OPEN_MODELS = 64;

/** Scorers by model version, for the announcements in the model registry and the models shipped with the program. */
export class ModelCatalogue {
  private readonly opened = new Map<string, Scorer>();
  private readonly refused = new Set<string>();

  constructor(
    private readonly announced: ReadonlyMap<string, ModelAnnouncement>,
    private readonly shipped: readonly Model[],
    private readonly open: OpenArtefact,
    private readonly minorPerMajor: number,
  ) {}

  /** Undefined if the model is not stored, or if this program can't decode it. */
  scorerOf(version: string): Scorer | undefined {
    const opened = this.opened.get(version);
    if (opened !== undefined) return opened;
    if (this.refused.has(version)) return undefined;
    const model = this.modelOf(version);
    if (model === undefined) {
      this.refused.add(version);
      return undefined;
    }
    const scorer = new Scorer(model, this.minorPerMajor);
    const [oldest] = this.opened.keys();
    if (this.opened.size >= OPEN_MODELS && oldest !== undefined) this.opened.delete(oldest);
    this.opened.set(version, scorer);
    return scorer;
  }

  private modelOf(version: string): Model | undefined {
    const shipped = this.shipped.find((model) => model.version === version);
    if (shipped !== undefined) return shipped;
    const announcement = this.announced.get(version);
    if (announcement === undefined) return undefined;
    const opened = this.open(announcement.artefact);
    return opened.ok && opened.model.version === version ? opened.model : undefined;
  }
}
