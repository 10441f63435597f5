import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { connectRedis } from '../../src/state/redis-connection.ts'
import { RedisKeys } from '../../src/state/redis-keys.ts'
import type { OpenedService } from './service.ts'
import { openOn } from './service.ts'
import { expectSameState, snapshot } from './state-snapshot.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** All entries of a store's logs as lines of a journal, partition after partition. */
export async function readLogs({ prefix, redisUrl, partitioning }: OpenedService): Promise<string[]> {
  const connection = connectRedis(redisUrl!, () => {})
  const keys = new RedisKeys(partitioning, prefix)
  const lines: string[] = []
  try {
    for (let partition = 0; partition < partitioning.partitions; partition++) {
      for (const [, [, entry, , increments]] of await connection.commands.xrange(keys.log(partition), '-', '+')) {
        lines.push(increments === undefined ? entry : `${entry.slice(0, -1)},"increments":${increments}}`)
      }
    }
    return lines
  } finally {
    await connection.close()
  }
}

/** Users and ids of the events that the logs hold, each as often as it stands there. */
export function eventsOf(lines: readonly string[]): { userId: string; eventId: string }[] {
  return lines.flatMap((line) => {
    const entry = JSON.parse(line) as { kind: string; events: { event: { userId: string; eventId: string } }[] }
    return entry.kind === 'events' ? entry.events.map(({ event: { userId, eventId } }) => ({ userId, eventId })) : []
  })
}

/**
 * The oracle after a fault: fails unless the state of these users, of all uploads and all shared sums is what the embedded store
 * makes of the logs alone, and no event stands in them twice.
 * @returns the ids of all events in the logs
 */
export async function expectStateOfLogs(service: OpenedService, userIds: readonly string[]): Promise<Set<string>> {
  const actual = await snapshot(service, userIds)
  const lines = await readLogs(service)
  const dataDir = await temporaryDirectory()
  const layout = JSON.stringify({ kind: 'layout', format: 1, names: service.accumulators.layout.names })
  await writeFile(join(dataDir, 'journal.jsonl'), [layout, ...lines, ''].join('\n'))
  const folded = await openOn(undefined, { dataDir, clock: service.clock, domain: service.domain })
  expectSameState(actual, await snapshot(folded, userIds))
  const events = eventsOf(lines)
  expect(new Set(events.map(({ userId, eventId }) => JSON.stringify([userId, eventId]))).size).toBe(events.length)
  return new Set(events.map(({ eventId }) => eventId))
}
