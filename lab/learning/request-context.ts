import { countedValues } from '../../src/accumulators/counted-values.ts'
import type { Domain } from '../../src/domain/domain.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'
import type { SlateRequest } from '../../src/slate/slate.ts'
import type { JsonObject } from '../../src/state/user-value.ts'

/**
 * Returns the `context` of a request that an app makes at the time of an event. A log has no requests, so attributes of the event
 * stand for those of the context by the same name, if the domain declares them as `contextAttributes`.
 */
export function contextOf(
  { eventAttributes }: Pick<LoggedEvent, 'eventAttributes'>,
  { contextAttributes }: Domain,
): Pick<SlateRequest, 'context'> {
  if (typeof eventAttributes !== 'object' || eventAttributes === null) return {}
  const context = countedValues(eventAttributes as JsonObject, contextAttributes)
  return context ? { context } : {}
}
