import type { Feature } from './accumulator.ts'
import { type Cohort, cohortNumber, leastUsers, valuesIn } from './cohort.ts'
import { others } from './cohort-reading.ts'
import { type CountedNumber, type NumberSums, numberIn } from './cohort-sums.ts'
import type { FeatureInput, SharedRows } from './feature-input.ts'
import { ownShares } from './own-cohort-shares.ts'

/** Users that an item is taken to have more, with the mean and spread of the whole shop. */
const PRIOR_USERS = 2
/** Least spread of an item's users, as a share of the spread in the whole shop. */
const LEAST_SPREAD = 0.25

/** Number of users, mean and spread. */
interface Moments {
  readonly users: number
  readonly mean: number
  readonly variance: number
}

/** Makes the features that compare a number of the user with that of the other users of an item. @param numbers sums by cohort */
export function numberFeatures(cohorts: readonly Cohort[], numbers: ReadonlyMap<string, CountedNumber>): Feature[] {
  return cohorts.flatMap((cohort) => {
    const sums = numbers.get(cohort.name)
    return sums ? [zFeature(cohort, sums)] : []
  })
}

function zFeature(cohort: Cohort, { ofItem, ofShop }: CountedNumber): Feature {
  const reference = cohortNumber(cohort)!
  const number = reference.attribute
  return {
    name: `pair_${cohort.name}_z`,
    entity: 'USER_ITEM',
    isDeclared: true,
    description: `How far the user's ${number} is from that of the other users who act on the item. Below 0: less. The formula is (x − m) / max(s, ${LEAST_SPREAD} S). Here, x is the number of the user. m and s are the mean and standard deviation over the other users of the item, decayed with a half-life of 30 days. ${PRIOR_USERS} users with the mean and the standard deviation S of the whole shop are added to them, so that m and s say little while few users are known`,
    unit: 'standard deviations',
    missing: `when the user has no ${number}, or when fewer than ${leastUsers(cohort)} other users with a ${number} are known for the item`,
    column: (input) => {
      const value = valuesIn(input.user.attributes, input.context)(reference)
      const { attributeRows } = input
      const shop = momentsOf(input, cohort.name, ofShop, attributeRows.rows, attributeRows.shop)
      if (typeof value !== 'number' || !(shop.users > 0) || !(shop.variance > 0)) return () => Number.NaN
      return (row) => {
        const { users, mean, variance } = momentsOf(input, cohort.name, ofItem, input.items, row, input.itemIds[row])
        // The count is decayed: it is never more than the number of users.
        if (!(users > 0) || (cohort.isProtected && users < leastUsers(cohort))) return Number.NaN
        const all = users + PRIOR_USERS
        const smoothed = (users * mean + PRIOR_USERS * shop.mean) / all
        const within = users * (variance + (mean - smoothed) ** 2) + PRIOR_USERS * (shop.variance + (shop.mean - smoothed) ** 2)
        const spread = Math.sqrt(Math.max(within / all, LEAST_SPREAD ** 2 * shop.variance))
        return (value - smoothed) / spread
      }
    },
  }
}

/** Reads the moments of a row without the asking user. @param itemId absent for the whole shop */
function momentsOf(
  input: FeatureInput,
  cohort: string,
  sums: NumberSums,
  rows: SharedRows,
  row: number,
  itemId?: string,
): Moments {
  const own = ownShares(input)
  const time = rows.time(row)
  const numberOf = (profile: readonly string[]) => numberIn(profile, cohort)
  const users = others(
    rows.decayed(sums.users)(row),
    own.numbers(time, ({ profile }) => (Number.isNaN(numberOf(profile)) ? Number.NaN : 1), itemId),
  )
  if (users === 0) return { users, mean: Number.NaN, variance: Number.NaN }
  const mean = (rows.decayed(sums.total)(row) - own.numbers(time, ({ profile }) => numberOf(profile), itemId)) / users
  const squares = rows.decayed(sums.squares)(row) - own.numbers(time, ({ profile }) => numberOf(profile) ** 2, itemId)
  return { users, mean, variance: Math.max(0, squares / users - mean * mean) }
}
