import type { Plugin } from 'graphql-yoga'
import { readFoldFigures } from '../analysis/fold-figures.ts'
import type { Service } from '../service.ts'

const STOPPING = 'The process is stopping: send requests to another one.'

/**
 * `/ready` answers 200 when the store answers: with the lag of the fold in ms, how often sources were left out and how often the store
 * lost data since the start, and warnings about the store. It answers 503 with the problem when the process is about to stop or nothing
 * may be recorded, and 503 without a body when the store does not answer.
 */
export function readiness(service: Service, isDraining: () => boolean): Plugin {
  return {
    onRequest: async ({ url, fetchAPI, endResponse }) => {
      if (url.pathname !== '/ready') return
      const { problem = isDraining() ? STOPPING : undefined, losses, warnings } = service.storeHealth
      if (problem !== undefined) return endResponse(fetchAPI.Response.json({ problem, losses }, { status: 503 }))
      const figures = await readFoldFigures(service.store).catch(() => undefined)
      endResponse(
        figures === undefined
          ? new fetchAPI.Response(null, { status: 503 })
          : fetchAPI.Response.json({
              ...figures,
              clockSteps: service.clockSteps.count(),
              sourceDrops: Object.fromEntries(service.sourceHealth.drops),
              losses,
              warnings,
            }),
      )
    },
  }
}
