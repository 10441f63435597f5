import { OTHER_VALUES } from '../accumulators/cohort.ts'
import {
  type CohortItem as CohortItemModel,
  type CohortValue as CohortValueModel,
  cohortItems,
  cohortValues,
} from '../analysis/cohort-values.ts'
import { LiverankError } from '../errors.ts'
import { atMost } from './argument-checks.ts'
import { builder } from './builder.ts'
import { Item, itemOrDeleted } from './item.ts'
import { pageSize } from './pages.ts'

const MAX_VALUES = 500
/** Complexity of reading the list of values, and of reading the items of one value. */
const [OF_VALUES, OF_ITEMS] = [1000, 300]

const CohortItem = builder.objectRef<CohortItemModel>('CohortItem').implement({
  description: 'An item on which people with one value of a cohort act.',
  fields: (t) => ({
    item: t.field({
      type: Item,
      description: 'The item.',
      resolve: ({ itemId }, _, { service }) => itemOrDeleted(service.catalogue, itemId),
    }),
    share: t.exposeFloat('share', {
      description:
        'The share of this item in the actions of the people with the value, 0 to 1. An item counts once for each user, with the weight of the event type, and counts half after 30 days.',
    }),
    shareInShop: t.exposeFloat('shareInShop', {
      description:
        'The share of this item in the actions of all people, 0 to 1, counted in the same way. If `share` is larger, people with the value prefer the item.',
    }),
  }),
})

const CohortValue = builder.objectRef<CohortValueModel>('CohortValue').implement({
  description: 'One value of a cohort, such as the city Graz: how many users have it, and on which items they act.',
  fields: (t) => ({
    value: t.string({
      nullable: true,
      description:
        'The value, such as `Graz`. A value of a crossing has two parts, such as `18_to_30&Graz`. Null for all values that do not count by themselves, because 1,000 others are more common: these values count together.',
      resolve: ({ value }) => (value === OTHER_VALUES ? null : value),
    }),
    users: t.exposeInt('users', {
      description:
        'Number of distinct users who had the value when they acted on an item. Of each user, the latest 30 items count.',
    }),
    items: t.field({
      type: [CohortItem],
      description: 'The items on which these users act most, the largest share first.',
      args: { first: t.arg.int({ required: true, defaultValue: 10, description: 'Number of items to return, 0 to 500.' }) },
      complexity: ({ first }) => ({ field: OF_ITEMS, multiplier: first }),
      resolve: (value, { first }, { service }) => cohortItems(value, pageSize(first), service),
    }),
  }),
})

builder.queryField('cohortValues', (t) =>
  t.field({
    type: [CohortValue],
    nullable: { list: true, items: false },
    description:
      'The values of a cohort (a division of people by an attribute that the domain declares), with the most users first. Values without users are left out. If the attribute is protected, values with fewer than 20 users are left out too.',
    args: {
      cohort: t.arg.string({ required: true, description: 'Name of the cohort, as the domain declares it.' }),
      values: t.arg.stringList({
        description: 'The values to read, at most 500. If absent, all values that count by themselves, and the others together.',
      }),
      first: t.arg.int({ required: true, defaultValue: 20, description: 'Number of values to return, 0 to 500.' }),
    },
    complexity: ({ values, first }) => ({ field: OF_VALUES, multiplier: Math.min(first, values?.length ?? first) }),
    resolve: async (_, { cohort: name, values, first }, { service }) => {
      const { cohorts } = service.domain
      const cohort = cohorts.find((known) => known.name === name)
      if (!cohort) {
        const names = cohorts.map((known) => known.name).join(', ')
        throw new LiverankError(
          'BAD_USER_INPUT',
          `The domain has no cohort ${name}. ${names === '' ? 'It declares no cohorts.' : `Use one of ${names}.`}`,
        )
      }
      const named = values ? atMost('values', values, MAX_VALUES) : undefined
      const most = pageSize(first)
      return (await cohortValues(cohort, named, service)).slice(0, most)
    },
  }),
)
