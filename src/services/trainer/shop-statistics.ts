import { closedIntervals } from '../../domain/labels/origins';
import { hashUnit } from '../../domain/math/hash';
import { encodeArtefact, type ModelCard } from '../../serde/model-artefact';
import type { ChampionHistory } from './champion';
import type { Contender } from './contender';
import type { LabelPartitions, LearningOptions, LearningPorts } from './learning-ports';
import { isTurn } from './learning-turns';
import type { MaturedOrigin } from './matured-origin';
import { isWorthRelease, refitShop, type ShopEvidence } from './shop-refit';

/** Customers from which the statistics of the shop are fitted, by hash. */
const MOST_REFIT_CUSTOMERS = 5_000;
const REFIT_SALT = 0x2ef17;

/** Weights and settings before the refit. */
type Parts = Parameters<typeof refitShop>[0];

/** The statistics of the shop as of a day of event time: it fits them for a model, and releases them for the champion. */
export class ShopStatistics {
  /** By the origins of the day. In a large shop, choosing the customers takes a second. */
  private readonly known = new WeakMap<readonly MaturedOrigin[], ShopEvidence>();

  constructor(
    private readonly ports: LearningPorts,
    private readonly options: LearningOptions,
    private readonly history: ChampionHistory,
    private readonly intake: () => LabelPartitions,
  ) {}

  /** Every day until the model has a level of this shop: the first weights have none. */
  isDue(dayS: number): boolean {
    const { refitEveryDays } = this.options.settings;
    const isFirst = this.history.champion.model.settings.structure === undefined;
    return refitEveryDays > 0 && (isFirst || isTurn(dayS, refitEveryDays));
  }

  /** Releases them for the champion if they are worth it. Returns true if they were released. */
  async release(dayS: number, origins: readonly MaturedOrigin[]): Promise<boolean> {
    const { history } = this;
    const { champion } = history;
    const evidence = this.evidence(dayS, origins);
    const refitted = await this.fitted(champion.model, evidence, this.ownCard(dayS, evidence));
    if (refitted === null || history.champion !== champion) return false;
    const { leastGain } = this.options.settings.gate;
    const worth = await isWorthRelease(champion, refitted, evidence, leastGain, this.ports.clock);
    if (!worth.release) return false;
    return history.recalibrate(
      refitted,
      `Statistics of the shop refitted: loss ${worth.before.toFixed(4)} → ${worth.after.toFixed(4)} on ${worth.origins} recent questions ` +
        `whose labels have matured. ${sentenceOf(refitted)}`,
    );
  }

  /** A trained network with the statistics of the day. null if it is no valid model. */
  async trained(
    dayS: number,
    parts: Parts,
    card: ModelCard,
    origins: readonly MaturedOrigin[],
  ): Promise<Contender | null> {
    return this.options.settings.refitEveryDays === 0
      ? this.encoded({ ...parts, card })
      : this.fitted(parts, this.evidence(dayS, origins), card);
  }

  /** The model with the statistics of the day. One from a trial has those of its start. */
  async asOf(dayS: number, model: Contender, origins: readonly MaturedOrigin[]): Promise<Contender> {
    if (this.options.settings.refitEveryDays === 0) return model;
    const evidence = this.evidence(dayS, origins);
    return (await this.fitted(model.model, evidence, this.ownCard(dayS, evidence))) ?? model;
  }

  card(dayS: number, changes: Pick<ModelCard, 'trainedOn' | 'examples' | 'loss'>): ModelCard {
    const parent = this.history.champion.model.version;
    const createdAtMs = dayS * 1000;
    return { createdBy: 'clv-stream train', seed: 0, createdAtMs, parent, trainedUntilS: dayS, ...changes };
  }

  /** null if there is too little to fit anything, or if the model can't be served. */
  private async fitted(model: Parts, evidence: ShopEvidence, card: ModelCard): Promise<Contender | null> {
    const refitted = await refitShop(model, evidence, this.ports.clock);
    return refitted === null ? null : this.encoded({ ...refitted, card });
  }

  private encoded(parts: Parts & { readonly card: ModelCard }): Contender | null {
    const { currency } = this.options;
    const settings = currency === undefined ? parts.settings : { ...parts.settings, currency };
    return this.history.servable(() => encodeArtefact({ ...parts, settings }, this.ports.sha256));
  }

  private ownCard(dayS: number, { origins }: ShopEvidence): ModelCard {
    const trainedOn =
      'Nothing: the weights are those of its parent, the statistics of the shop are fitted on the stream.';
    return this.card(dayS, { trainedOn, examples: origins.length, loss: null });
  }

  private evidence(dayS: number, origins: readonly MaturedOrigin[]): ShopEvidence {
    const evidence = this.known.get(origins) ?? this.collected(dayS, origins);
    this.known.set(origins, evidence);
    return evidence;
  }

  private collected(dayS: number, origins: readonly MaturedOrigin[]): ShopEvidence {
    const ids = this.intake().partitions.flatMap((labels) =>
      [...labels.customers()].map((customerId) => ({ labels, customerId, place: hashUnit(customerId, REFIT_SALT) })),
    );
    const share = MOST_REFIT_CUSTOMERS / ids.length;
    const customers = ids
      .filter(({ place }) => place < share)
      .sort((a, b) => a.place - b.place || (a.customerId < b.customerId ? -1 : 1))
      .map(({ labels, customerId }) => labels.state(customerId));
    return {
      customers,
      origins: origins.filter(({ origin, clockS }) => closedIntervals(origin, clockS) > 0),
      clockS: dayS,
      minorPerMajor: this.options.minorPerMajor,
    };
  }
}

function sentenceOf({ model }: Contender): string {
  const { typicalOrderMinor, structure } = model.settings;
  const scale = `A typical order is ${typicalOrderMinor} minor units`;
  if (structure === undefined) return `${scale}.`;
  const shares = structure.networkShares.map((share) => share.toFixed(1)).join(', ');
  return `${scale}; factor on the total ${structure.level.toFixed(2)}; the network's share by order segment ${shares}.`;
}
