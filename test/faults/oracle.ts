import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readArchive } from '../../src/state/log/archive.ts'
import type { LogEntry } from '../../src/state/log-entry.ts'
import { targetOf } from '../support/event-load.ts'
import { eventually } from '../support/eventually.ts'
import { eventsOf, foldOf, readLogs } from '../support/log-oracle.ts'
import type { OpenedService } from '../support/service.ts'
import { expectSameState, type Snapshot, snapshot } from '../support/state-snapshot.ts'
import { type Trial, USERS } from './trial.ts'

/** What is found when the trouble is over. */
export interface Verdict {
  readonly sent: number
  readonly acknowledged: number
  /** Acknowledged, and in no log. */
  readonly lost: number
  /** Of what was lost, the longest time in ms by which it had been acknowledged before the fault. */
  readonly lostWithin: number
  /** In a log, a user's value or the shared sums more often than once. */
  readonly twice: number
  /** What was promised and does not hold; empty if all of it holds. */
  readonly broken: readonly string[]
}

/**
 * Of two attempts of one event, one in 2^22 pairs has the same nonce: then the second is told RECORDED, though it is counted once.
 * Thousands of events are sent again, in many trials, so that it does happen; twice in one trial it does not.
 */
const BY_CHANCE = 1
/** Events that are sent again at once. */
const PAGE = 500

interface Found {
  readonly state: Snapshot
  readonly lines: readonly string[]
  readonly held: ReadonlySet<string>
}

/**
 * Judges a store after a fault, by a service on it, when its load is over:
 * - nothing acknowledged is missing in the logs, but for what the durability says, and nothing stands there twice;
 * - the workers fold what is recorded by themselves;
 * - versions of a user do not fall, neither in the log nor, where nothing may be lost, from answer to answer;
 * - users' values and shared sums are what the embedded store makes of the logs alone;
 * - sent again, what is held is known, and what is not is counted then.
 */
export async function judge(trial: Trial, service: OpenedService): Promise<Verdict> {
  const { load, losable } = trial
  const broken: string[] = []
  trial.clock.set(Date.now())
  await eventually(async () => {
    if ((await service.store.foldLag()) > 0) throw new Error('what is recorded is not folded')
  }, 20)
  const found = await look(trial, service, broken)

  const lost = [...load.acknowledged].filter(([n]) => !found.held.has(load.event(n).eventId!))
  let lostWithin = 0
  for (const [n, at] of lost) {
    // What was asked before the store was gone may be answered by it, and the answer may be read much later.
    const allowed = losable.find(({ from, fault }) => at >= from && load.asked.get(n)! <= fault)
    if (allowed) lostWithin = Math.max(lostWithin, allowed.fault - at)
    else broken.push(`e${n} was acknowledged and is lost`)
  }
  if (losable.length === 0) broken.push(...load.falls)
  const mistaken = losable.length === 0 ? load.recordedTwice.map((n) => `e${n} was answered RECORDED twice`) : []
  const twice = countedTwice(found, service)
  if (twice > 0) broken.push(`${twice} are counted twice`)

  const target = targetOf(service)
  for (let from = 0; from < load.sent; from += PAGE) {
    const inputs = Array.from({ length: Math.min(PAGE, load.sent - from) }, (_, i) => load.event(from + i))
    const answers = await target.record(inputs)
    inputs.forEach(({ eventId }, i) => {
      const expected = found.held.has(eventId!) ? 'DUPLICATE' : 'RECORDED'
      const { status } = answers[i]
      const told = `${eventId}, sent again, is ${status} instead of ${expected}`
      if (status !== expected) (status === 'RECORDED' ? mistaken : broken).push(told)
    })
  }
  if (mistaken.length > BY_CHANCE) broken.push(...mistaken)
  const after = await look(trial, service, broken)
  if (after.held.size !== load.sent) broken.push(`${after.held.size} of ${load.sent} events are there after all were sent again`)
  if (countedTwice(after, service) > 0) broken.push('sent again, some are counted twice')
  return { sent: load.sent, acknowledged: load.acknowledged.size, lost: lost.length, lostWithin, twice, broken }
}

/** The state as it stands, held against the fold of the log. */
async function look(trial: Trial, service: OpenedService, broken: string[]): Promise<Found> {
  const state = await snapshot(service, USERS)
  const lines = await linesOf(trial, service)
  try {
    expectSameState(state, await foldOf(lines, service, USERS))
  } catch (error) {
    broken.push(`the state is not the fold of the log: ${(error as Error).message}`)
  }
  broken.push(...fallsIn(lines.map((line) => JSON.parse(line) as LogEntry)))
  return { state, lines, held: new Set(eventsOf(lines).map(({ eventId }) => eventId)) }
}

async function linesOf(trial: Trial, service: OpenedService): Promise<string[]> {
  if (trial.backend.kind !== 'embedded') return readLogs(service)
  const dataDir = await trial.dataDir()
  const archive = join(dataDir, 'archive')
  const lines: string[] = []
  for await (const { entry } of readArchive(...(existsSync(archive) ? [archive] : []), dataDir)) lines.push(JSON.stringify(entry))
  return lines
}

/** Independent of the fold: by counting, in the logs, in the users' values and in the columns of the items. */
function countedTwice({ state, lines, held }: Found, { accumulators }: OpenedService): number {
  const logged = eventsOf(lines)
  const distinct = [...new Map(logged.map((event) => [event.eventId, event])).values()]
  const inValues = USERS.map((userId) => {
    const user = state.users[userId] as { parts: { activity?: { events: number } } } | undefined
    return (user?.parts.activity?.events ?? 0) - distinct.filter((event) => event.userId === userId).length
  })
  const views = accumulators.layout.names.item.indexOf('views')
  const viewed = Object.entries(state.rows).reduce((all, [entity, row]) => all + (entity.startsWith('item:') ? row[views] : 0), 0)
  const inSums = viewed - distinct.filter(({ eventType }) => eventType === 'view').length
  return Math.max(
    logged.length - held.size,
    inValues.reduce((all, more) => all + Math.max(0, more), 0),
    inSums,
  )
}

function fallsIn(entries: readonly LogEntry[]): string[] {
  const latest = new Map<string, number>()
  const falls: string[] = []
  for (const entry of entries) {
    if (entry.kind !== 'events') continue
    const before = latest.get(entry.userId) ?? 0
    if (entry.version < before) falls.push(`in the log the version of ${entry.userId} falls from ${before} to ${entry.version}`)
    latest.set(entry.userId, entry.version)
  }
  return falls
}
