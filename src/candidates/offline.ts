import type { BuiltInReason } from './built-in-reason.ts'
import type { CandidateRequest, ReadingSource } from './source.ts'

/** Returns the id of a user's offline list. */
export function userListId(userId: string): string {
  return `user:${userId}`
}

/** Returns the id of a segment's offline list. */
export function segmentListId(segment: string): string {
  return `segment:${segment}`
}

/** Segment whose list serves users without a list of their own or of their segment. */
export const DEFAULT_SEGMENT = 'default'

function listIds({ userId, user }: CandidateRequest): string[] {
  const { segment } = user.attributes
  const ids = user.optedOut ? [] : [userListId(userId)]
  if (typeof segment === 'string') ids.push(segmentListId(segment))
  if (segment !== DEFAULT_SEGMENT) ids.push(segmentListId(DEFAULT_SEGMENT))
  return ids
}

/** Makes the source of uploaded lists: the user's own list, else the list of the user's segment, else the default list. */
export function offlineSource(quota: number): ReadingSource {
  return {
    name: 'offline',
    quota,
    reads: (request) => ({ lists: listIds(request) }),
    candidates: (request, { lists }) => {
      const at = lists.findIndex((list) => list !== undefined && list.itemIds.length > 0)
      const list = lists[at]
      if (!list) return { itemIds: [], scores: [], reason: (): BuiltInReason => ({ code: 'PICKED_FOR_YOU' }) }
      const code = listIds(request)[at] === segmentListId(DEFAULT_SEGMENT) ? 'PICKED_BY_US' : 'PICKED_FOR_YOU'
      return {
        itemIds: list.itemIds.slice(0, quota),
        scores: list.scores.slice(0, quota),
        reason: (): BuiltInReason => ({ code }),
        generatedAt: list.generatedAt,
      }
    },
  }
}
