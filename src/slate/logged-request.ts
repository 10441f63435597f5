import type { LoggedRequest } from '../state/log/entry.ts'
import type { SlateRequest } from './slate.ts'

/** What a log must say of a request, beside the slate that answers it, for its candidates to be found again. */
export function loggedRequest({ sessionId, anchorItemId, rules }: SlateRequest): LoggedRequest {
  return {
    ...(sessionId !== undefined && { sessionId }),
    ...(anchorItemId !== undefined && { anchorItemId }),
    ...(rules && { rules }),
  }
}
