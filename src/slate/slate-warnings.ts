import type { Policy } from '../domain/experiment.ts'
import type { Gathered } from './gather-candidates.ts'
import type { SlateWarning } from './slate.ts'

/** The warning of a slate that could not be stored. The user sees it all the same. */
export const NOT_KEPT: SlateWarning = {
  code: 'NOT_KEPT',
  message: 'The store accepts no slates now, so events cannot be attributed to this slate.',
}

/**
 * Returns a warning if the users of a policy do not get its model; undefined if they get it.
 * @param served the model that ranked
 */
export function absentModel({ name, model }: Policy, served: string | undefined): string | undefined {
  if (model === undefined || model === null || model === served) return undefined
  return `The policy ${name} ranks by the model ${model}, which is not active: activate it, with traffic 0 if no other users should get it.`
}

/** Makes the warning for a source that failed or was too slow. */
export function sourceDropped({ name, cause }: Gathered['dropped'][number]): SlateWarning {
  const message = `The source ${name} ${cause === 'slow' ? 'did not finish in time' : 'failed'}: the slate lacks its candidates.`
  return { code: 'SOURCE_DROPPED', message }
}
