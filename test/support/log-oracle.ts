import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { lineOf } from '../../src/state/log/redis-entry-line.ts'
import { connectRedis } from '../../src/state/redis/connection.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import type { OpenedService } from './service.ts'
import { openOn } from './service.ts'
import { expectSameState, type Snapshot, snapshot } from './state-snapshot.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** All entries of a store's logs as lines of a journal, in the order of recording, as an archive is read. */
export async function readLogs({ prefix, redisUrl, partitioning, accumulators }: OpenedService): Promise<string[]> {
  const connection = connectRedis({ url: redisUrl! }, () => {})
  const keys = new RedisKeys(partitioning, prefix)
  const lines = [JSON.stringify({ kind: 'layout', format: 1, names: accumulators.layout.names })]
  try {
    const logged: { readonly time: number; readonly line: string }[] = []
    for (let partition = 0; partition < partitioning.partitions; partition++) {
      let time = 0
      for (const [, fields] of await connection.commands.xrange(keys.log(partition), '-', '+')) {
        const line = lineOf(fields)
        const { recordedAt, at } = JSON.parse(line) as { recordedAt?: number; at?: number }
        // Each partition keeps its own order.
        time = Math.max(time, recordedAt ?? at ?? 0)
        logged.push({ time, line })
      }
    }
    logged.sort((a, b) => a.time - b.time)
    return [...lines, ...logged.map(({ line }) => line)]
  } finally {
    await connection.close()
  }
}

export interface LoggedEvent {
  readonly userId: string
  readonly eventId: string
  readonly eventType: string
}

/** Events that the logs hold, each as often as it stands there. */
export function eventsOf(lines: readonly string[]): LoggedEvent[] {
  return lines.flatMap((line) => {
    const entry = JSON.parse(line) as { kind: string; events: { event: LoggedEvent }[] }
    return entry.kind === 'events' ? entry.events.map(({ event }) => event) : []
  })
}

/** The state that the embedded store makes of the lines of a log alone. */
export async function foldOf(
  lines: readonly string[],
  { clock, domain }: OpenedService,
  userIds: readonly string[],
): Promise<Snapshot> {
  const dataDir = await temporaryDirectory()
  await writeFile(join(dataDir, 'journal.jsonl'), [...lines, ''].join('\n'))
  const folded = await openOn(undefined, { dataDir, clock, domain })
  const state = await snapshot(folded, userIds)
  await folded.close()
  return state
}

/**
 * The oracle after a fault: fails unless the state of these users, of all uploads and all shared sums is what the embedded store
 * makes of the logs alone, and no event stands in them twice.
 * @returns the ids of all events in the logs
 */
export async function expectStateOfLogs(service: OpenedService, userIds: readonly string[]): Promise<Set<string>> {
  const actual = await snapshot(service, userIds)
  const lines = await readLogs(service)
  expectSameState(actual, await foldOf(lines, service, userIds))
  const events = eventsOf(lines)
  expect(new Set(events.map(({ userId, eventId }) => JSON.stringify([userId, eventId]))).size).toBe(events.length)
  return new Set(events.map(({ eventId }) => eventId))
}
