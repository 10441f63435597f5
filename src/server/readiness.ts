import { readFoldFigures } from '../analysis/fold-figures.ts'
import type { Service } from '../service/service.ts'

const STOPPING = 'The process is stopping: send requests to another one.'

/** An answer of `/ready`, which balancers ask before they send requests. 503 says: send none. */
export interface Readiness {
  readonly status: 200 | 503
  /** Body to send as JSON; undefined for an empty body. */
  readonly body: object | undefined
}

/**
 * Returns 200 when the store answers: with the lag of the fold in ms, how often sources were left out and how often the store lost
 * data since the start, and warnings about the store, a wrong clock and old neighbour lists. Returns 503 with the problem when the process is about to stop or nothing may be
 * recorded, and 503 without a body when the store does not answer.
 */
export async function readReadiness(service: Service, isDraining: boolean): Promise<Readiness> {
  const { problem = isDraining ? STOPPING : undefined, losses, warnings } = service.storeHealth
  if (problem !== undefined) return { status: 503, body: { problem, losses } }
  const figures = await readFoldFigures(service.store).catch(() => undefined)
  if (figures === undefined) return { status: 503, body: undefined }
  const sourceDrops = Object.fromEntries(service.sourceHealth.drops)
  const neighbourLists = service.neighbourLists.warning(service.clock.now())
  const { warning: clock } = service.clockWatch
  const reported = { clockSteps: service.clockWatch.steps(), sourceDrops, losses, warnings }
  const remarks = { ...(clock !== undefined && { clock }), ...(neighbourLists !== undefined && { neighbourLists }) }
  return { status: 200, body: { ...figures, ...reported, ...remarks } }
}
