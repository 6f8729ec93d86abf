import type { Profile } from '../attributes';
import type { EventKind } from '../event';
import { clockStepFeatures, STEP_FEATURES, SUMMARY_FEATURES, summaryFeatures } from '../features/features';
import { type BlendTerms, blendTerms } from '../scoring/blend';
import { exampleInputs } from '../scoring/example';
import { type Model, ownOrderValueMinor } from '../scoring/model';
import type { MoneyHistory } from '../state/capped-money';
import { emptySummary, NEVER_S } from '../state/summary';
import { type EventWindow, emptyWindow, kindOf } from '../state/window';
import {
  CLOCK_GROUP_OF,
  EVENT_PART_OF,
  EVENT_PARTS,
  type EventPart,
  FEATURE_GROUPS,
  type FeatureGroup,
  SUMMARY_GROUP_OF,
} from './feature-groups';
import { type Integrand, integrateTo } from './quadrature';
import { SequenceGradient, type SequencePoint } from './sequence-gradient';
import { type BtydForecast, btydBetween, type ValueGradient, valueGradient } from './value-gradient';

/** One kept event and its effect on the value. Contributions in major units. */
export interface EventContribution {
  readonly timeS: number;
  readonly kind: EventKind;
  readonly amountMinor: number;
  readonly items: number;
  readonly dwellS: number;
  readonly stars: number;
  /** The sum of the parts. */
  readonly contribution: number;
  readonly parts: Readonly<Record<EventPart, number>>;
}

/** The contributions to a customer's 365-day CLV: baseline + Σ features + Σ events + residual = value, major units. */
export interface Explanation {
  readonly asOfS: number;
  readonly modelVersion: string;
  readonly value: number;
  /** The model's value for a customer who is first seen at this instant and has no other data. */
  readonly baseline: number;
  readonly features: Readonly<Record<FeatureGroup, number>>;
  /** In the order of the window, oldest first. */
  readonly events: readonly EventContribution[];
  /** The error of the numerical integration: see {@link EXPLANATION_TOLERANCE}. */
  readonly residual: number;
}

/** Largest residual, relative to the largest value at the ends of the two legs. */
export const EXPLANATION_TOLERANCE = 1e-3;
const DIFFERENCE = 1e-5;

/** The parts of a customer's state that a score depends on. */
export interface KnownCustomer extends MoneyHistory {
  readonly profile?: Profile | null;
}

/** One end of the first leg: the heads' inputs, and the virtual step only. */
interface FeatureEnd {
  readonly clock: Float64Array; // [F]
  readonly summary: Float64Array; // [S]
  readonly logBase: number;
  readonly btyd: BtydForecast | null;
}

/**
 * Integrated gradients (Sundararajan, Taly, Yan 2017, "Axiomatic Attribution for Deep Networks") of the 365-day CLV. The path leads from
 * a stranger to the customer, along two straight legs:
 *
 * 1. Features: from a customer first seen at this instant to the running summary, silence, order value and BTYD curve of this one. No
 * kept event is stepped.
 * 2. Events: each kept event is added. The presence of its step goes from 0 (not stepped) to 1. Its inputs go from an event of its kind
 * and time without amount, items, dwell and stars to its own. Its time is fixed, because time inputs have no zero: there is no sine and
 * cosine of "no hour", and no gap to an event that was not.
 *
 * So the second leg shows the effect of adding an event, with everything else about the customer unchanged. The contributions of each leg
 * sum to its difference (completeness), up to the residual. It changes no state.
 */
export class Explainer {
  constructor(
    readonly model: Model,
    private readonly minorPerMajor: number,
  ) {}

  explain(customer: KnownCustomer, asOfS: number): Explanation {
    const { steps, sequence, summary } = exampleInputs(customer, asOfS, this.model.settings);
    const gradient = new SequenceGradient(this.model.weights, steps);
    const clock = sequence.subarray((steps - 1) * STEP_FEATURES);
    const known = this.featureEnd(customer, asOfS, clock, summary);
    const stranger = this.stranger(asOfS);
    const eventEnds = endsOfEvents(customer.window, sequence, known.summary);

    const baseline = this.valueAt(gradient, clockAlone(stranger), stranger).value;
    const between = this.valueAt(gradient, clockAlone(known), known).value;
    const value = this.valueAt(gradient, eventEnds[1], known).value;
    const allowed = (EXPLANATION_TOLERANCE / 2) * Math.max(baseline, between, value);
    const ofFeatures = this.featureIntegrand(gradient, stranger, known);
    const byFeature = integrateTo(between - baseline, allowed, FEATURE_GROUPS.length, ofFeatures);
    const slots = customer.window.events.length * EVENT_PARTS.length;
    const byEvent = integrateTo(value - between, allowed, slots, this.eventIntegrand(gradient, eventEnds, known));
    const residual = value - [...byFeature, ...byEvent].reduce((sum, part) => sum + part, baseline);
    return {
      asOfS,
      modelVersion: this.model.version,
      value,
      baseline,
      features: named(FEATURE_GROUPS, byFeature),
      events: eventContributions(customer.window, byEvent),
      residual,
    };
  }

  private stranger(asOfS: number): FeatureEnd {
    const clock = new Float32Array(STEP_FEATURES);
    clockStepFeatures(clock, 0, asOfS, { firstSeenS: NEVER_S, lastEventS: NEVER_S, lastOrderS: NEVER_S });
    const summary = new Float32Array(SUMMARY_FEATURES);
    const nothing = { summary: { ...emptySummary(), firstSeenS: asOfS }, window: emptyWindow() };
    const { typicalOrderMinor } = this.model.settings;
    summaryFeatures(summary, 0, nothing, asOfS, { typicalOrderMinor });
    return this.featureEnd(nothing, asOfS, clock, summary);
  }

  private featureEnd(of: MoneyHistory, asOfS: number, clock: Float32Array, summary: Float32Array): FeatureEnd {
    const { orderValue, structure, typicalOrderMinor } = this.model.settings;
    const base = ownOrderValueMinor(orderValue, of, typicalOrderMinor);
    return {
      clock: Float64Array.from(clock),
      summary: Float64Array.from(summary),
      logBase: Math.log(base),
      btyd: structure === undefined ? null : btydForecast(blendTerms(structure, of, asOfS, typicalOrderMinor)),
    };
  }

  private valueAt(gradient: SequenceGradient, point: SequencePoint, end: FeatureEnd): ValueGradient {
    return this.valueOf(gradient.forward(point), end.logBase, end.btyd);
  }

  private valueOf(raw: ArrayLike<number>, logBase: number, btyd: BtydForecast | null): ValueGradient {
    const context = { curveRaw: this.model.weights.curve[0]!, baseOrderValueMinor: Math.exp(logBase), btyd };
    return valueGradient(raw, context, this.model.settings, this.minorPerMajor);
  }

  /** The integrand of the first leg, by group. */
  private featureIntegrand(gradient: SequenceGradient, from: FeatureEnd, to: FeatureEnd): Integrand {
    return (target, way, weight) => {
      const at = featuresBetween(from, to, way);
      const point = clockAlone(at);
      const raw = gradient.forward(point);
      const top = this.valueOf(raw, at.logBase, at.btyd);
      const add = (group: FeatureGroup, amount: number) => {
        target[FEATURE_GROUPS.indexOf(group)]! += weight * amount;
      };
      if (from.btyd !== null && to.btyd !== null) {
        // The path is one direction through a smooth closed form. So a central difference is accurate to nine digits.
        const [before, after] = [way - DIFFERENCE, way + DIFFERENCE].map(
          (near) => this.valueOf(raw, at.logBase, btydBetween(from.btyd!, to.btyd!, near)).value,
        );
        add('structure', (after! - before!) / (2 * DIFFERENCE));
      }
      const by = gradient.backward(point, top.raw);
      for (let f = 0; f < STEP_FEATURES; f++)
        add(CLOCK_GROUP_OF[f]!, (to.clock[f]! - from.clock[f]!) * by.sequence[f]!);
      for (let s = 0; s < SUMMARY_FEATURES; s++) {
        add(SUMMARY_GROUP_OF[s]!, (to.summary[s]! - from.summary[s]!) * by.summary[s]!);
      }
      add('order-value', (to.logBase - from.logBase) * top.logBase);
    };
  }

  /** The integrand of the second leg, by event and part. */
  private eventIntegrand(
    gradient: SequenceGradient,
    [from, to]: readonly [SequencePoint, SequencePoint],
    known: FeatureEnd,
  ): Integrand {
    return (target, way, weight) => {
      const point: SequencePoint = {
        steps: to.steps,
        presence: mix(from.presence, to.presence, way),
        sequence: mix(from.sequence, to.sequence, way),
        summary: to.summary,
      };
      const by = gradient.backward(point, this.valueAt(gradient, point, known).raw);
      for (let t = 0; t < to.steps - 1; t++) {
        const add = (part: EventPart, amount: number) => {
          target[t * EVENT_PARTS.length + EVENT_PARTS.indexOf(part)]! += weight * amount;
        };
        add('occurrence', by.presence[t]!);
        for (let f = 0; f < STEP_FEATURES; f++) {
          const i = t * STEP_FEATURES + f;
          add(EVENT_PART_OF[f]!, (to.sequence[i]! - from.sequence[i]!) * by.sequence[i]!);
        }
      }
    };
  }
}

function featuresBetween(from: FeatureEnd, to: FeatureEnd, way: number): FeatureEnd {
  return {
    clock: mix(from.clock, to.clock, way),
    summary: mix(from.summary, to.summary, way),
    logBase: from.logBase + way * (to.logBase - from.logBase),
    btyd: from.btyd === null || to.btyd === null ? null : btydBetween(from.btyd, to.btyd, way),
  };
}

function btydForecast({ btyd, networkShare, ordersFactor, value }: BlendTerms): BtydForecast {
  const valueShare = value?.networkShare ?? 1;
  const logValue = value === null ? 0 : (1 - valueShare) * Math.log(value.btydMinor);
  return { curve: btyd, networkShare, level: ordersFactor, valueShare, logValue };
}

/** Only the virtual step, without any kept event. */
function clockAlone({ clock, summary }: FeatureEnd): SequencePoint {
  return { steps: 1, presence: Float64Array.of(1), sequence: clock, summary };
}

/** The kept window before any event is added, and as it is. */
function endsOfEvents(
  { events }: EventWindow,
  sequence: Float32Array,
  summary: Float64Array,
): readonly [SequencePoint, SequencePoint] {
  const steps = events.length + 1;
  const bare = Float64Array.from(sequence);
  for (let i = 0; i < events.length * STEP_FEATURES; i++) {
    if (EVENT_PART_OF[i % STEP_FEATURES] === 'size') bare[i] = 0;
  }
  const clockOnly = new Float64Array(steps);
  clockOnly[steps - 1] = 1;
  return [
    { steps, presence: clockOnly, sequence: bare, summary },
    { steps, presence: new Float64Array(steps).fill(1), sequence: Float64Array.from(sequence), summary },
  ];
}

function eventContributions({ events }: EventWindow, byEvent: Float64Array): EventContribution[] {
  return events.map((event, t) => {
    const values = byEvent.subarray(t * EVENT_PARTS.length, (t + 1) * EVENT_PARTS.length);
    const { timeS, amountMinor, items, dwellS, stars } = event;
    const contribution = values.reduce((sum, value) => sum + value, 0);
    return {
      timeS,
      kind: kindOf(event),
      amountMinor,
      items,
      dwellS,
      stars,
      contribution,
      parts: named(EVENT_PARTS, values),
    };
  });
}

function named<Name extends string>(names: readonly Name[], values: Float64Array): Record<Name, number> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!])) as Record<Name, number>;
}

function mix(from: Float64Array, to: Float64Array, way: number): Float64Array {
  return from.map((value, i) => value + way * (to[i]! - value));
}
