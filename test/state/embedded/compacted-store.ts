import { readdir } from 'node:fs/promises'
import { expect } from 'vitest'
import type { EventInput } from '../../../src/events/validate-event.ts'
import { readKnownUser } from '../../../src/slate/read-feature-input.ts'
import { eventually } from '../../support/eventually.ts'
import { type OpenedService, openOn, type ServiceOptions } from '../../support/service.ts'

/** In MB: after every write. */
export const ALWAYS = 1e-6

export function view(eventId: string, userId = 'ann', itemId = 'i1'): EventInput {
  return { eventId, userId, itemId, eventType: 'view' }
}

export const namesIn = async (folder: string, pattern: RegExp) =>
  (await readdir(folder)).filter((name) => pattern.test(name)).sort()
export const snapshotsIn = (folder: string) => namesIn(folder, /^snapshot-\d+$/)

/** Opens the store so that it writes a snapshot of what is there, waits until it has tidied up, and closes it. */
export async function compact(options: ServiceOptions & { dataDir: string }): Promise<void> {
  const { dataDir } = options
  const before = await snapshotsIn(dataDir)
  const service = await openOn(undefined, { ...options, snapshotEvery: ALWAYS })
  await eventually(async () => {
    const after = await snapshotsIn(dataDir)
    expect(after.at(-1)).not.toBe(before.at(-1))
    expect(after.length).toBeLessThan(3)
    const kept = after.at(-2)?.slice('snapshot-'.length) ?? '000000'
    expect((await namesIn(dataDir, /^journal-/)).filter((name) => name <= `journal-${kept}.jsonl`)).toEqual([])
  }, 5)
  await service.close()
  expect(service.warnings).toEqual([])
}

export async function counted(service: OpenedService, userId: string): Promise<number> {
  const { user } = await readKnownUser(service, userId, service.clock.now())
  return (user.parts.get('activity') as { events: number } | undefined)?.events ?? 0
}

export async function statusOf(service: OpenedService, input: EventInput): Promise<string> {
  return (await service.ingest.record([input]))[0].status
}
