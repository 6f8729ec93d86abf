import { LIFECYCLE_STAGES, type LifecycleStage, VALUE_TIERS, type ValueTier } from '../../../domain/update';
import { CUSTOMER_SORTS, type CustomerListQuery, type CustomerSort, type Range } from '../../../ports/customer-list';
import { MAX_RANKED } from '../../../ports/customer-queries';
import { HttpError } from '../answers/errors';
import { INSTANT_PARAMETER, readInstant } from '../answers/instant';
import { list, number, oneOf, type Schema, text, whole } from '../schemas/schema';
import { readPlace } from './cursor';

export const DEFAULT_LISTED = 50;
const DEFAULT_SORT = '-clv';

const instant = (what: string): Schema => ({ ...INSTANT_PARAMETER, description: `${what} ISO 8601, or seconds.` });

export const LIST_PARAMETERS: Readonly<Record<string, Schema>> = {
  tier: list(oneOf(VALUE_TIERS, 'A tier.'), 'One of these tiers.'),
  stage: list(oneOf(LIFECYCLE_STAGES, 'A stage.'), 'One of these stages.'),
  clvFrom: number('Least value, major units.'),
  clvTo: number('Highest value, major units.'),
  churnFrom: { ...number('Least churn probability.'), minimum: 0, maximum: 1 },
  churnTo: { ...number('Highest churn probability.'), minimum: 0, maximum: 1 },
  movedSince: instant('The value moved at this time or later.'),
  lastOrderSince: instant('The latest order came at this time or later.'),
  lastOrderBefore: instant('The latest order came at this time or earlier.'),
  idPrefix: { ...text('How the id begins.'), minLength: 1, maxLength: 512 },
  sort: {
    ...oneOf(
      CUSTOMER_SORTS.flatMap((sort) => (sort === 'customerId' ? [sort] : [sort, `-${sort}`])),
      'Order of the list; with a minus, highest first. Equal ones are by id.',
    ),
    default: DEFAULT_SORT,
  },
  limit: { ...whole('Customers of a page. An export has all if it is absent.'), minimum: 1, maximum: MAX_RANKED },
  cursor: { ...text('`next` of the page before.'), minLength: 1, maxLength: 2_048 },
};

export interface ListParameters {
  readonly tier?: readonly ValueTier[];
  readonly stage?: readonly LifecycleStage[];
  readonly clvFrom?: number;
  readonly clvTo?: number;
  readonly churnFrom?: number;
  readonly churnTo?: number;
  readonly movedSince?: string;
  readonly lastOrderSince?: string;
  readonly lastOrderBefore?: string;
  readonly idPrefix?: string;
  readonly sort: string;
  readonly limit?: number;
  readonly cursor?: string;
}

/** Throws CLV_HTTP_BAD_REQUEST for times and cursors that can't be read. */
export function readListQuery(asked: ListParameters): CustomerListQuery {
  const falling = asked.sort.startsWith('-');
  const sort = asked.sort.replace('-', '') as CustomerSort;
  return {
    filter: {
      ...(asked.tier ? { tiers: asked.tier } : {}),
      ...(asked.stage ? { stages: asked.stage } : {}),
      ...within('clv', asked.clvFrom, asked.clvTo),
      ...within('churnProbability', asked.churnFrom, asked.churnTo),
      ...within('movedS', readInstant('movedSince', asked.movedSince), undefined),
      ...within(
        'lastOrderS',
        readInstant('lastOrderSince', asked.lastOrderSince),
        readInstant('lastOrderBefore', asked.lastOrderBefore),
      ),
      ...(asked.idPrefix ? { idPrefix: asked.idPrefix } : {}),
    },
    sort,
    falling,
    after: asked.cursor === undefined ? null : readPlace(asked.cursor, asked.sort),
    limit: asked.limit ?? null,
  };
}

function within<N extends string>(name: N, from: number | undefined, to: number | undefined): { [K in N]?: Range } {
  if (from === undefined && to === undefined) return {};
  if (from !== undefined && to !== undefined && from > to) {
    throw new HttpError('CLV_HTTP_BAD_REQUEST', `the range of ${name} ends before it begins`);
  }
  const range: Range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  return { [name]: range } as { [K in N]?: Range };
}
