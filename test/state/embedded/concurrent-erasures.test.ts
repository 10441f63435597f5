import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { readArchive } from '../../../src/state/log/archive.ts'
import { DAY } from '../../../src/time-units.ts'
import { openOn } from '../../support/service.ts'
import { expectSameState, snapshot } from '../../support/state-snapshot.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

/** Ids that are in no other text. */
const erasedId = (n: number) => `erased-${n}-2718281828`
const ERASED = Array.from({ length: 8 }, (_, n) => erasedId(n))
const OTHERS = Array.from({ length: 12 }, (_, n) => `other-${n}`)

async function filesNaming(folder: string, text: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = await readFile(path)
    if ((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).includes(text)) found.push(entry.name)
  }
  return found
}

/** Every file with its inode and size: a file that is written again has another inode. */
async function files(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true })).sort()
  return Promise.all(
    names.map(async (name) => {
      const { ino, size } = await stat(join(folder, name))
      return `${name} ${ino} ${size}`
    }),
  )
}

const events = (users: readonly string[], round: number) =>
  users.map((userId, i) => ({ eventId: `${round}-${userId}`, userId, itemId: `i${i % 5}`, eventType: 'view' }))

it.each([undefined, ''])('simultaneous erasures lose nothing of other users, with the archive at %o', async (archiveDir) => {
  const dataDir = await temporaryDirectory()
  const options = { dataDir, ...(archiveDir !== undefined && { archiveDir }) }
  const service = await openOn(undefined, options)
  for (let round = 0; round < 3; round++) await service.ingest.record(events([...ERASED, ...OTHERS], round))
  // Some before anything is in the archive, some behind that, and others while events come in.
  await Promise.all(ERASED.slice(0, 4).map((userId) => service.erasures.erase(userId)))
  const later = await Promise.all([
    ...ERASED.slice(4).map((userId) => service.erasures.erase(userId)),
    service.ingest.record(events(OTHERS, 3)).then(() => ({ logEntries: 3 })),
  ])
  if (archiveDir === undefined) expect(later.map(({ logEntries }) => logEntries)).toEqual([3, 3, 3, 3, 3])
  const before = await snapshot(service, OTHERS)
  expect(Object.keys(before.users)).toEqual([...OTHERS].sort())
  await service.close()
  expect(service.warnings).toEqual([])
  for (const userId of ERASED) expect(await filesNaming(dataDir, userId)).toEqual([])
  const again = await openOn(undefined, { ...options, clock: service.clock })
  expectSameState(await snapshot(again, OTHERS), before)
  if (archiveDir !== undefined) return
  const recorded: string[] = []
  for await (const { entry } of readArchive(join(dataDir, 'archive'), dataDir)) {
    if (entry.kind === 'events') recorded.push(...entry.events.map(({ event }) => event.eventId))
  }
  expect(recorded.sort()).toEqual([0, 1, 2, 3].flatMap((round) => events(OTHERS, round).map(({ eventId }) => eventId)).sort())
})

it('simultaneous erasures share a pass over the files', async () => {
  const dataDir = await temporaryDirectory()
  const service = await openOn(undefined, { dataDir })
  await service.ingest.record(events([...ERASED, ...OTHERS], 0))
  expect((await Promise.all(ERASED.map((userId) => service.erasures.erase(userId)))).map(({ logEntries }) => logEntries)).toEqual(
    ERASED.map(() => 1),
  )
  // A pass writes two snapshots, and the first erasure may have begun its own before the others came.
  const numbers = (await readdir(dataDir)).flatMap((name) => /^snapshot-0*(\d+)/.exec(name)?.[1] ?? [])
  expect(Math.max(...numbers.map(Number))).toBeGreaterThan(0)
  expect(Math.max(...numbers.map(Number))).toBeLessThanOrEqual(4)
})

it('an erasure of an unknown id changes no file', async () => {
  const dataDir = await temporaryDirectory()
  const service = await openOn(undefined, { dataDir })
  await service.ingest.record(events(OTHERS, 0))
  await service.erasures.erase(OTHERS[0])
  await service.ingest.record(events(OTHERS.slice(1), 1))
  const before = await files(dataDir)
  const nothing = { keys: 0, logEntries: 0 }
  expect(await service.erasures.erase('nobody')).toEqual(nothing)
  expect(await files(dataDir)).toEqual(before)
  expect(await Promise.all(['nobody', 'u1', 'other-'].map((userId) => service.erasures.erase(userId)))).toEqual([
    nothing,
    nothing,
    nothing,
  ])
  expect(await files(dataDir)).toEqual(before)
})

it('an erasure removes an expired user from the archive', async () => {
  const dataDir = await temporaryDirectory()
  const service = await openOn(undefined, { dataDir })
  await service.ingest.record(events([ERASED[0], 'ann'], 0))
  service.clock.advance(120 * DAY)
  await service.ingest.record(events(['bob'], 1))
  // The snapshots that this writes leave out who has expired.
  await service.erasures.erase('ann')
  const [value] = await service.store.readValues([{ kind: 'user', id: ERASED[0] }])
  expect(value).toBeUndefined()
  expect(await filesNaming(dataDir, ERASED[0])).not.toEqual([])
  expect((await service.erasures.erase(ERASED[0])).logEntries).toBe(1)
  expect(await filesNaming(dataDir, ERASED[0])).toEqual([])
})

it('followers of an erased user are told', async () => {
  const service = await openOn(undefined, {})
  await service.ingest.record(events(['ann'], 0))
  const signals: unknown[] = []
  await service.signals.followUser('ann', (signal) => signals.push(JSON.parse(signal)))
  await service.erasures.erase('ann')
  expect(signals).toEqual([{ userId: 'ann', version: 0, eventTypes: [], erased: true }])
})
