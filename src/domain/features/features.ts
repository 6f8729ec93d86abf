import {
  ATTRIBUTE_FEATURES,
  type AttributeVocabulary,
  attributeFeatures,
  NO_VOCABULARY,
  type Profile,
} from '../attributes';
import { SECONDS_PER_DAY, STEP_KINDS } from '../event';
import { cappedMoney, type MoneyHistory } from '../state/capped-money';
import { cleanAmount, cleanDwellS, cleanItems } from '../state/cleaning';
import { DECAY_HALF_LIVES_DAYS, decayFactor, meanGapDays, NEVER_S, netOrders } from '../state/summary';
import { NOT_VOIDED } from '../state/voided-orders';
import { type EventWindow, type KeptEvent, kindOf } from '../state/window';
import { RECENCY_RAMPS, recencyRamps } from './recency-ramps';

/** The last inputs of a step. They describe the size of an event: value, items, minutes, has stars, stars. */
export const SIZE_FEATURES = 5;
/**
 * F, the number of inputs of one LSTM step:
 * - one-hot kind (6) and clock (1);
 * - log1p days since the last event, since the last order, and of age;
 * - 1 if there was an order before;
 * - sine and cosine of the hour and of the weekday;
 * - log1p of the order's value in typical orders, of its items, and of the browse's minutes;
 * - has stars, and the stars centred (−1 to 1).
 */
export const STEP_FEATURES = STEP_KINDS.length + 1 + 4 + 4 + SIZE_FEATURES;
/** Summary inputs about reviews. They follow the recency ramps. */
export const REVIEW_FEATURES = 3;
/** S, the number of inputs from the running summary to the heads; see {@link summaryFeatures}. */
export const SUMMARY_FEATURES =
  14 + 2 * DECAY_HALF_LIVES_DAYS.length + RECENCY_RAMPS + REVIEW_FEATURES + ATTRIBUTE_FEATURES;
/** Index of the first attribute input. They come last, one-hot: see `attributes.ts`. */
export const ATTRIBUTES_AT = SUMMARY_FEATURES - ATTRIBUTE_FEATURES;
export const REVIEWS_AT = ATTRIBUTES_AT - REVIEW_FEATURES;
/**
 * From this index on, a summary feature may be 0 in every training example and not later. Examples: a ramp that no customer has reached
 * yet, reviews, attributes. Their weights start at 0, so an input that training never saw has no effect.
 */
export const RAMPS_AT = REVIEWS_AT - RECENCY_RAMPS;
/** Change it whenever the meaning of an input changes. An artefact with another fingerprint is refused. */
export const FEATURE_FINGERPRINT = `step${STEP_FEATURES}-summary${SUMMARY_FEATURES}-v3`;

const CLOCK = STEP_KINDS.length;
const DAY_ANGLE = (2 * Math.PI) / SECONDS_PER_DAY;
const WEEK_ANGLE = DAY_ANGLE / 7;

/** What a step needs from the events before it. Instants in seconds; NEVER_S for none. */
export interface StepContext {
  firstSeenS: number;
  lastEventS: number;
  lastOrderS: number;
}

/** The context at the window start, before the first kept event. */
export function contextAtStart(window: EventWindow): StepContext {
  const { start } = window;
  return { firstSeenS: start.firstSeenS, lastEventS: start.timeS, lastOrderS: start.lastOrderS };
}

/** The context after the first `count` kept events. */
export function contextAfter(window: EventWindow, count: number): StepContext {
  const context = contextAtStart(window);
  if (count === 0) return context;
  if (context.firstSeenS === NEVER_S) context.firstSeenS = window.events[0]!.timeS;
  context.lastEventS = window.events[count - 1]!.timeS;
  for (let i = count - 1; i >= 0; i--) {
    if (kindOf(window.events[i]!) === 'order') {
      context.lastOrderS = window.events[i]!.timeS;
      break;
    }
  }
  return context;
}

export function advanceContext(context: StepContext, event: KeptEvent): void {
  if (context.firstSeenS === NEVER_S) context.firstSeenS = event.timeS;
  context.lastEventS = event.timeS;
  if (kindOf(event) === 'order') context.lastOrderS = event.timeS;
}

/** Writes the F inputs ({@link STEP_FEATURES}) of an event's step into `out` at `at`. `typicalOrderMinor`: the shop's scale of money. */
export function eventStepFeatures(
  out: Float32Array,
  at: number,
  event: KeptEvent,
  context: StepContext,
  typicalOrderMinor: number,
): void {
  out.fill(0, at, at + STEP_FEATURES);
  out[at + event.kind] = 1;
  timeFeatures(out, at + CLOCK + 1, event.timeS, context);
  const last = at + STEP_FEATURES - SIZE_FEATURES;
  out[last + 2] = Math.log1p(cleanDwellS(event.dwellS) / 60);
  out[last + 3] = event.stars > 0 ? 1 : 0;
  out[last + 4] = event.stars > 0 ? centredStars(event.stars) : 0;
  if (event.voided !== NOT_VOIDED) return;
  out[last] = Math.log1p(cleanAmount(event.amountMinor, typicalOrderMinor));
  out[last + 1] = Math.log1p(cleanItems(event.items));
}

/** Writes the F inputs ({@link STEP_FEATURES}) of the virtual step, which carries the silence up to `asOfS`. */
export function clockStepFeatures(out: Float32Array, at: number, asOfS: number, context: StepContext): void {
  out.fill(0, at, at + STEP_FEATURES);
  out[at + CLOCK] = 1;
  timeFeatures(out, at + CLOCK + 1, asOfS, context);
}

function timeFeatures(out: Float32Array, at: number, timeS: number, context: StepContext): void {
  out[at] = context.lastEventS === NEVER_S ? 0 : log1pDays(timeS - context.lastEventS);
  out[at + 1] = context.lastOrderS === NEVER_S ? 0 : log1pDays(timeS - context.lastOrderS);
  out[at + 2] = context.firstSeenS === NEVER_S ? 0 : log1pDays(timeS - context.firstSeenS);
  out[at + 3] = context.lastOrderS === NEVER_S ? 0 : 1;
  if (timeS !== hourAndDayOfS) readHourAndDay(timeS);
  for (let i = 0; i < 4; i++) out[at + 4 + i] = hourAndDay[i]!;
}

/** Of the last instant: the three steps of an event mostly have the same one. */
const hourAndDay = new Float64Array(4);
let hourAndDayOfS = Number.NaN;

function readHourAndDay(timeS: number): void {
  hourAndDay[0] = Math.sin(DAY_ANGLE * timeS);
  hourAndDay[1] = Math.cos(DAY_ANGLE * timeS);
  hourAndDay[2] = Math.sin(WEEK_ANGLE * timeS);
  hourAndDay[3] = Math.cos(WEEK_ANGLE * timeS);
  hourAndDayOfS = timeS;
}

export interface SummarisedCustomer extends MoneyHistory {
  readonly profile?: Pick<Profile, 'attributes'> | null;
}

export interface SummaryScales {
  readonly typicalOrderMinor: number;
  /** The attributes that have an input. Absent: none. */
  readonly attributes?: AttributeVocabulary;
}

/**
 * Writes the S inputs ({@link SUMMARY_FEATURES}) of the heads at `asOfS` (not before the last event) into `out` at `at`:
 * - log1p orders, valued orders, refunds and cancellations; has ordered;
 * - log1p value net of all returns, and mean value of the net orders, in typical orders;
 * - log1p mean gap; has a gap;
 * - log1p recency, age, silence;
 * - log ratio of recency to the customer's mean gap;
 * - log1p orders per 30 days of age;
 * - log1p dwell minutes per browse with a dwell time;
 * - log1p decayed clicks (1, 7, 30, 90 d), log1p decayed browses (1, 7, 30, 90 d);
 * - recency as ramps, 0 if nothing was ordered;
 * - log1p reviews, has stars, mean stars centred;
 * - the attributes that have a slot in the vocabulary.
 * `money`: the customer's, if the caller has it already.
 */
export function summaryFeatures(
  out: Float32Array,
  at: number,
  customer: SummarisedCustomer,
  asOfS: number,
  { typicalOrderMinor, attributes = NO_VOCABULARY }: SummaryScales,
  money = cappedMoney(customer, typicalOrderMinor),
): void {
  const { summary, profile } = customer;
  attributeFeatures(out, at + ATTRIBUTES_AT, profile?.attributes ?? null, attributes);
  const orders = netOrders(summary);
  const ordered = summary.lastOrderS !== NEVER_S;
  const recencyS = ordered ? Math.max(0, asOfS - summary.lastOrderS) : 0;
  const ageS = summary.firstSeenS === NEVER_S ? 0 : Math.max(0, asOfS - summary.firstSeenS);
  const silenceS = summary.lastSeenS === NEVER_S ? 0 : Math.max(0, asOfS - summary.lastSeenS);
  const gap = meanGapDays(summary);
  const { valued, minor, netMinor } = money;
  out[at] = Math.log1p(orders);
  out[at + 1] = Math.log1p(valued);
  out[at + 2] = Math.log1p(summary.refunds + summary.cancelled);
  out[at + 3] = ordered ? 1 : 0;
  out[at + 4] = Math.log1p(netMinor / typicalOrderMinor);
  out[at + 5] = valued === 0 ? 0 : Math.log1p(cleanAmount(minor / valued, typicalOrderMinor));
  out[at + 6] = gap === null ? 0 : Math.log1p(gap);
  out[at + 7] = gap === null ? 0 : 1;
  out[at + 8] = log1pDays(recencyS);
  out[at + 9] = log1pDays(ageS);
  out[at + 10] = log1pDays(silenceS);
  out[at + 11] = gap === null ? 0 : Math.log((recencyS / SECONDS_PER_DAY + 1) / (gap + 1));
  out[at + 12] = Math.log1p(orders / (ageS / SECONDS_PER_DAY / 30 + 1));
  out[at + 13] = summary.timedBrowses === 0 ? 0 : Math.log1p(summary.dwellS / summary.timedBrowses / 60);
  const silenceDays = silenceS / SECONDS_PER_DAY;
  const halfLives = DECAY_HALF_LIVES_DAYS.length;
  for (let i = 0; i < halfLives; i++) {
    const left = decayFactor(i, silenceDays);
    out[at + 14 + i] = Math.log1p(summary.decayed[i]! * left);
    out[at + 14 + halfLives + i] = Math.log1p(summary.decayed[halfLives + i]! * left);
  }
  recencyRamps(out, at + RAMPS_AT, recencyS / SECONDS_PER_DAY);
  const reviews = at + REVIEWS_AT;
  out[reviews] = Math.log1p(summary.reviews);
  out[reviews + 1] = summary.starred > 0 ? 1 : 0;
  out[reviews + 2] = summary.starred > 0 ? centredStars(summary.stars / summary.starred) : 0;
}

/** 1 to 5 → −1 to 1. */
function centredStars(stars: number): number {
  return (stars - 3) / 2;
}

function log1pDays(seconds: number): number {
  return Math.log1p(Math.max(0, seconds) / SECONDS_PER_DAY);
}
