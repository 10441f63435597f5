import type { LoggedRequest } from '../state/log/entry.ts'
import { loggedGiven } from './given-items.ts'
import type { SlateRequest } from './slate.ts'

/** Returns the parts of a request that the log needs, beside the slate, to find the candidates again. */
export function loggedRequest({ sessionId, anchorItemIds = [], given, after, rules, context }: SlateRequest): LoggedRequest {
  return {
    ...(sessionId !== undefined && { sessionId }),
    ...(anchorItemIds.length > 0 && { anchorItemIds }),
    ...(given && { given: loggedGiven(given) }),
    ...(after && 'recommendationId' in after && { after: after.recommendationId }),
    ...(rules && { rules }),
    ...(context && { context }),
  }
}
