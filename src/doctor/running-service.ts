import { z } from 'zod'
import type { Config } from '../service/config.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import { examineMemory } from './memory-of-service.ts'

const PATIENCE_MS = 2000

/** What `/ready` answers. */
const readiness = z.object({
  problem: z.string().optional(),
  foldIsLate: z.boolean().default(false),
  foldLagMs: z.number().default(0),
  poisonedEntries: z.number().default(0),
  failedAssertions: z.record(z.string(), z.number()).default({}),
  clockSteps: z.number().default(0),
  losses: z.number().default(0),
  /** What is wrong with the clock. */
  clock: z.string().optional(),
  /** What is wrong with the neighbour lists. */
  neighbourLists: z.string().optional(),
})

/** Returns what a running service at HOST and PORT reports about itself, and about its memory. Says so if none listens there. */
export async function examineRunningService(config: Config): Promise<Finding[]> {
  const { HOST, PORT } = config
  const reached = HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST
  const host = reached.includes(':') ? `[${reached}]` : reached
  const url = `http://${host}:${PORT}/ready`
  let answer: Response
  try {
    answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })
  } catch {
    return [ok('service', `Nothing listens on port ${PORT}: the service is not running here.`)]
  }
  const said = readiness.safeParse(await answer.json().catch(() => ({})))
  if (!said.success)
    return [warning('service', `Another program listens on port ${PORT}.`, 'Set PORT to a free port, or stop that program.')]
  return [...findingsOn(answer.ok, said.data), await examineMemory(config, host)]
}

function findingsOn(isReady: boolean, said: z.infer<typeof readiness>): Finding[] {
  if (!isReady) return [problem('service', said.problem ?? 'The service is running, but its store does not answer.')]
  const findings = [...remarksOn(said)]
  return findings.length > 0 ? findings : [ok('service', 'The service is running, and ready.')]
}

function* remarksOn(said: z.infer<typeof readiness>): Generator<Finding> {
  const { foldIsLate, foldLagMs, poisonedEntries, failedAssertions, clockSteps, clock, losses, neighbourLists } = said
  if (foldIsLate)
    yield warning(
      'service',
      `Shared counters are ${Math.round(foldLagMs / 1000)} s behind.`,
      'Slates use old totals meanwhile. Check the CPU of the service and of its store, or add processes.',
    )
  if (poisonedEntries > 0)
    yield warning(
      'service',
      `${poisonedEntries} log entries were set aside as unreadable.`,
      'Each is logged as a warning with its reason, and a copy is kept in the store under the name poisoned.',
    )
  const failed = Object.entries(failedAssertions).map(([name, times]) => `${name} (${times})`)
  if (failed.length > 0)
    yield problem('service', `Assertions failed: ${failed.join(', ')}.`, 'Please report it with the log of the service.')
  if (clockSteps > 0)
    yield warning(
      'service',
      `The clock stepped ${clockSteps} times since the service started.`,
      'Check the time synchronisation of this machine (timedatectl).',
    )
  if (clock !== undefined) yield warning('service', clock)
  if (neighbourLists !== undefined) yield warning('service', neighbourLists)
  if (losses > 0)
    yield problem(
      'service',
      `The store lost data ${losses} times since the service started.`,
      'Restore the store from a backup. Check why its server started without its data.',
    )
}
