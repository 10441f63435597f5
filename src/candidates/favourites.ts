import { TRENDING } from '../accumulators/item-activity.ts'
import { favouriteShares } from '../accumulators/user-favourites.ts'
import { attributeKey } from '../state/slots.ts'
import type { BuiltInReason, ReasonCode } from './built-in-reason.ts'
import { type CandidateRequest, highest, type ReadingSource } from './source.ts'

/** Values of each attribute whose top lists are asked. */
const VALUES = 2

/** Returns the user's favourite attribute values, with their shares of the user's actions. */
export function favouriteValues({ user, now }: CandidateRequest, attributes: readonly string[]) {
  return attributes.flatMap((attribute) =>
    favouriteShares(user, attribute, now)
      .slice(0, VALUES)
      .map(({ key, value }) => ({ attribute, value: key, share: value })),
  )
}

/**
 * Makes the source of popular items among the user's favourite attribute values, such as categories or brands. The score is the
 * value's share of the user's actions, times the item's weight relative to the first item on the value's list.
 * @param attributes attributes that user_favourites and trending count
 */
export function favouritesSource(quota: number, attributes: readonly string[]): ReadingSource {
  return {
    name: 'favourites',
    quota,
    needs: {
      accumulators: {
        trending: attributes,
        ...Object.fromEntries(attributes.map((attribute) => [`user_favourite_${attribute}`, [attribute]])),
      },
    },
    reads: (request) => ({
      sets: favouriteValues(request, attributes).map(({ attribute, value }) => ({
        entity: attributeKey(attribute, value),
        set: TRENDING,
        limit: quota,
      })),
    }),
    candidates: (request, { sets }) => {
      const favourites = favouriteValues(request, attributes)
      const scores = new Map<string, number>()
      const broughtBy = new Map<string, string>()
      sets.forEach(({ members, scores: weights }, i) => {
        const { attribute, share } = favourites[i]
        members.forEach((itemId, at) => {
          const score = (share * weights[at]) / weights[0]
          if (score <= (scores.get(itemId) ?? 0)) return
          scores.set(itemId, score)
          broughtBy.set(itemId, attribute)
        })
      })
      const { itemIds, scores: ranked } = highest(scores, quota)
      return { itemIds, scores: ranked, reason: (at): BuiltInReason => ({ code: codeOf(broughtBy.get(itemIds[at])) }) }
    },
  }
}

function codeOf(attribute: string | undefined): ReasonCode {
  if (attribute === 'category') return 'FAVOURITE_CATEGORY'
  return attribute === 'brand' ? 'FAVOURITE_BRAND' : 'FAVOURITE'
}
