import { ATTRIBUTE_FEATURES } from '../attributes';
import { STEP_KINDS } from '../event';
import { RAMPS_AT, REVIEW_FEATURES, REVIEWS_AT, SIZE_FEATURES, STEP_FEATURES } from '../features/features';

/** The two parts of an event's contribution. Occurrence: that it happened, and when. Size: its amount, items, dwell and stars. */
export const EVENT_PARTS = ['occurrence', 'size'] as const;
export type EventPart = (typeof EVENT_PARTS)[number];

/**
 * Groups of inputs other than the kept events. The first nine group the running summary's features and those of the virtual step by what
 * they measure. order-value is the customer's mean order value compared with the shop's. structure is the BTYD model.
 */
export const FEATURE_GROUPS = [
  'orders',
  'returns',
  'spend',
  'rhythm',
  'silence',
  'age',
  'browsing',
  'reviews',
  'attributes',
  'order-value',
  'structure',
] as const;
export type FeatureGroup = (typeof FEATURE_GROUPS)[number];

const AFTER_KINDS = STEP_KINDS.length + 1;

/** The part of an event that each of its step features belongs to, in the order of `eventStepFeatures`. */
export const EVENT_PART_OF: readonly EventPart[] = [
  ...fill<EventPart>('occurrence', STEP_FEATURES - SIZE_FEATURES),
  ...fill<EventPart>('size', SIZE_FEATURES),
];

/**
 * The group of each feature of the virtual step, in the order of `clockStepFeatures`. Hour and weekday are those of the request, so both
 * ends of the path have the same.
 */
export const CLOCK_GROUP_OF: readonly FeatureGroup[] = [
  ...fill<FeatureGroup>('silence', AFTER_KINDS + 2),
  'age',
  'orders',
  ...fill<FeatureGroup>('silence', STEP_FEATURES - AFTER_KINDS - 4),
];

/** The group of each feature of the running summary, in the order of `summaryFeatures`. */
export const SUMMARY_GROUP_OF: readonly FeatureGroup[] = [
  'orders',
  'orders',
  'returns',
  'orders',
  'spend',
  'spend',
  'rhythm',
  'rhythm',
  'silence',
  'age',
  'silence',
  'silence',
  'orders',
  ...fill<FeatureGroup>('browsing', RAMPS_AT - 13),
  ...fill<FeatureGroup>('silence', REVIEWS_AT - RAMPS_AT),
  ...fill<FeatureGroup>('reviews', REVIEW_FEATURES),
  ...fill<FeatureGroup>('attributes', ATTRIBUTE_FEATURES),
];

function fill<T>(value: T, count: number): T[] {
  return new Array<T>(count).fill(value);
}
