import { expectedOrders, type OrderCurve } from '../distribution/order-curve';
import type { CustomerEvent, SourcePosition } from '../event';
import {
  advanceContext,
  clockStepFeatures,
  contextAfter,
  contextAtStart,
  eventStepFeatures,
  STEP_FEATURES,
  SUMMARY_FEATURES,
  summaryFeatures,
} from '../features/features';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../label-intervals';
import { Network } from '../network/network';
import { stateSizes } from '../network/shape';
import { cappedMoney } from '../state/capped-money';
import { segmentOf } from '../state/order-segments';
import { type FoldOutcome, foldEvent, type SequenceState } from '../state/sequence-state';
import { netOrders } from '../state/summary';
import type { EventWindow } from '../state/window';
import type { ChangeSplit } from '../update';
import { blendedOutputs } from './blend';
import { baseOrderValueMinor, type HeadOutputs, type Model, readHeads } from './model';

/** One change of a customer's 365-day CLV, with its three effects. */
export interface Rescored {
  readonly outcome: FoldOutcome;
  readonly asOfS: number;
  readonly outputs: HeadOutputs;
  readonly change: ChangeSplit;
  /** 365-day CLV, major units: previous + model + silence + event. */
  readonly value: number;
}

/**
 * The incremental scorer of one model: it steps a customer's recurrent state and runs the heads. It changes only the state that is passed
 * in. It holds scratch space, so use one per thread.
 */
export class Scorer {
  private readonly network: Network;
  private readonly x = new Float32Array(STEP_FEATURES);
  private readonly s = new Float32Array(SUMMARY_FEATURES);
  private readonly h: Float32Array;
  private readonly c: Float32Array;
  /** Expected orders up to each edge of the label intervals, of the curve `edgesOf`. */
  private readonly atEdges = new Float64Array(INTERVALS + 1);
  /** The same, each interval's orders times its discount. */
  private readonly discounted = new Float64Array(INTERVALS + 1);
  private edgesOf: OrderCurve | null = null;
  /** discount_k of {@link clv}. */
  private readonly discounts: readonly number[]; // [INTERVALS + 1]

  /** `minorPerMajor`: 100 for EUR, 1 for JPY. */
  constructor(
    readonly model: Model,
    private readonly minorPerMajor: number,
  ) {
    this.network = new Network(model.weights);
    const sizes = stateSizes(model.weights.shape);
    this.h = new Float32Array(sizes.hidden);
    this.c = new Float32Array(sizes.cell);
    const { discountRate } = model.settings;
    this.discounts = INTERVAL_EDGES_DAYS.map((until, k) => {
      const middle = (until + (INTERVAL_EDGES_DAYS[k - 1] ?? 0)) / 2;
      return discountRate === 0 ? 1 : (1 + discountRate) ** (-middle / 365);
    });
  }

  /**
   * Folds one event and splits the change of value into three effects: first model, then silence, then event. Returns null if nothing is
   * to be published: a repeat, which is not folded, or a profile of a customer without events. A profile does not move time. Its own time
   * may be that of a table written today, long after the events that are still to come.
   */
  fold(state: SequenceState, event: CustomerEvent, position: SourcePosition): Rescored | null {
    const { settings } = this.model;
    const ofProfile = event.kind === 'profile';
    if (ofProfile && state.published === null) {
      foldEvent(state, event, position, settings.window);
      return null;
    }
    const before = this.beforeEvent(state, ofProfile ? state.published!.asOfS : event.timeS);
    const outcome = foldEvent(state, event, position, settings.window);
    if (outcome.window === 'repeated') return null;
    this.follow(state, outcome);
    const outputs = this.read(state, before.asOfS);
    const value = this.clv(outputs, 365);
    return this.finish(state, outcome, before, outputs, value);
  }

  /** The effect of silence up to `asOfS` on the value. Only the published value changes. */
  rescore(state: SequenceState, asOfS: number): Rescored {
    const before = this.beforeEvent(state, asOfS);
    const outputs = this.read(state, before.asOfS);
    return this.finish(state, { window: 'coalesced', step: 'none', voided: 0 }, before, outputs, before.atNow);
  }

  /**
   * Head outputs at an instant that is not before the last event: a virtual step with the silence, then the heads. The only change to the
   * state is that a stale encoding is renewed.
   */
  read(state: SequenceState, asOfS: number): HeadOutputs {
    this.encode(state);
    const { settings, weights } = this.model;
    const { typicalOrderMinor } = settings;
    const money = cappedMoney(state, typicalOrderMinor);
    summaryFeatures(this.s, 0, state, asOfS, settings, money);
    const base = baseOrderValueMinor(settings.orderValue, money.minor, money.valued);
    const outputs = readHeads(this.rawAfterSilence(state, asOfS), weights.curve[0]!, base);
    const { structure, logSpendSigmaFactors } = settings;
    const blended = structure ? blendedOutputs(outputs, structure, state, asOfS, typicalOrderMinor) : outputs;
    if (logSpendSigmaFactors === undefined) return blended;
    const factor = logSpendSigmaFactors[segmentOf(netOrders(state.summary))]!;
    return { ...blended, logSpendSigma: factor * blended.logSpendSigma };
  }

  /** Raw outputs of the heads after the virtual step up to `asOfS`, for the summary features in `s`. */
  private rawAfterSilence(state: SequenceState, asOfS: number): Float64Array {
    const { network, x, s, h, c } = this;
    const { window } = state;
    if (network.attends) this.stepWindow(window, h, c);
    clockStepFeatures(x, 0, asOfS, contextAfter(window, window.events.length));
    if (!network.attends) return network.readAfterStep(state.hidden, state.cell, x, s);
    network.step(h, c, x);
    return network.read(h, s);
  }

  /**
   * CLV(h) = Σ ΔΛ_k · m · margin · discount_k over the intervals k up to h days, major units. ΔΛ_k: expected orders in interval k; m:
   * expected value of an order.
   */
  clv(outputs: HeadOutputs, days: number): number {
    this.readEdges(outputs.curve);
    let last = 0;
    while (last < INTERVALS && INTERVAL_EDGES_DAYS[last + 1]! <= days) last += 1;
    return (this.discounted[last]! * this.model.settings.margin * outputs.orderValueMinor) / this.minorPerMajor;
  }

  /** Λ(h), expected orders within h days; h is an edge of a label interval. */
  ordersWithin({ curve }: HeadOutputs, days: (typeof INTERVAL_EDGES_DAYS)[number]): number {
    this.readEdges(curve);
    return this.atEdges[INTERVAL_EDGES_DAYS.indexOf(days)]!;
  }

  /** Replays the kept window if another encoder made h and c. */
  encode(state: SequenceState): void {
    if (state.encoderVersion !== this.model.encoderVersion) this.replayWindow(state);
  }

  /** One reading of the heads is asked for the same orders up to six times. */
  private readEdges(curve: OrderCurve): void {
    if (curve === this.edgesOf) return;
    const { atEdges, discounted, discounts } = this;
    for (let k = 1; k <= INTERVALS; k++) {
      atEdges[k] = expectedOrders(curve, INTERVAL_EDGES_DAYS[k]!);
      discounted[k] = discounted[k - 1]! + (atEdges[k]! - atEdges[k - 1]!) * discounts[k]!;
    }
    this.edgesOf = curve;
  }

  private beforeEvent(state: SequenceState, timeS: number) {
    const { published } = state;
    if (published === null) return { asOfS: timeS, previous: 0, atPrevious: 0, atNow: 0 };
    const asOfS = Math.max(published.asOfS, timeS);
    const atPrevious =
      published.modelVersion === this.model.version
        ? published.value
        : this.clv(this.read(state, published.asOfS), 365);
    const atNow = asOfS === published.asOfS ? atPrevious : this.clv(this.read(state, asOfS), 365);
    return { asOfS, previous: published.value, atPrevious, atNow };
  }

  private finish(
    state: SequenceState,
    outcome: FoldOutcome,
    before: { asOfS: number; previous: number; atPrevious: number; atNow: number },
    outputs: HeadOutputs,
    value: number,
  ): Rescored {
    const { asOfS, previous, atPrevious, atNow } = before;
    const { refolded = false, tier } = state.published ?? {};
    state.published = { value, asOfS, modelVersion: this.model.version, refolded, tier };
    const change = { previous, model: atPrevious - previous, silence: atNow - atPrevious, event: value - atNow };
    return { outcome, asOfS, outputs, change, value };
  }

  private follow(state: SequenceState, outcome: FoldOutcome): void {
    if (outcome.step === 'replay' || state.encoderVersion !== this.model.encoderVersion) this.replayWindow(state);
    else if (outcome.step === 'on') {
      const { events } = state.window;
      const last = events.length - 1;
      const context = contextAfter(state.window, last);
      eventStepFeatures(this.x, 0, events[last]!, context, this.model.settings.typicalOrderMinor);
      this.network.step(state.hidden, state.cell, this.x);
    }
  }

  private replayWindow(state: SequenceState): void {
    if (state.hidden.length !== this.h.length || state.cell.length !== this.c.length) {
      state.hidden = new Float32Array(this.h.length);
      state.cell = new Float32Array(this.c.length);
    }
    this.stepWindow(state.window, state.hidden, state.cell);
    state.encoderVersion = this.model.encoderVersion;
  }

  /** Sets h and c to zero and steps them through all kept events. */
  private stepWindow(window: EventWindow, hidden: Float32Array, cell: Float32Array): void {
    hidden.fill(0);
    cell.fill(0);
    this.network.begin();
    const context = contextAtStart(window);
    for (const event of window.events) {
      eventStepFeatures(this.x, 0, event, context, this.model.settings.typicalOrderMinor);
      this.network.step(hidden, cell, this.x);
      this.network.remember(hidden);
      advanceContext(context, event);
    }
  }
}
