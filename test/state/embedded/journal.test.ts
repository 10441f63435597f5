import { appendFile, type FileHandle, open, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { EventOutcome } from '../../../src/events/arriving-event.ts'
import type { EventInput } from '../../../src/events/validate-event.ts'
import { readKnownUser } from '../../../src/slate/read-feature-input.ts'
import { ServiceProcess } from '../../faults/service-process.ts'
import { checkProperty } from '../../support/check-property.ts'
import { COHORT_SHOP } from '../../support/declaring-shop.ts'
import { eventually } from '../../support/eventually.ts'
import { history, play, USERS } from '../../support/random-history.ts'
import { type OpenedService, openOn } from '../../support/service.ts'
import { SettableClock } from '../../support/settable-clock.ts'
import { expectSameState, snapshot } from '../../support/state-snapshot.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const journalOf = (dataDir: string) => join(dataDir, 'journal.jsonl')

function view(eventId: string, userId = 'ann', itemId = 'i1'): EventInput {
  return { eventId, userId, itemId, eventType: 'view' }
}

async function statusOf(service: OpenedService, input: EventInput): Promise<EventOutcome['status']> {
  return (await service.ingest.record([input]))[0].status
}

/** Events that the user's accumulators have counted. */
async function counted(service: OpenedService, userId: string): Promise<number> {
  const { user } = await readKnownUser(service, userId, service.clock.now())
  return (user.parts.get('activity') as { events: number }).events
}

/** Ids of all events in a journal, by user, in order. */
async function journaled(dataDir: string): Promise<Map<string, string[]>> {
  const byUser = new Map<string, string[]>()
  for (const line of (await readFile(journalOf(dataDir), 'utf8')).split('\n')) {
    if (line === '') continue
    const entry = JSON.parse(line)
    if (entry.kind !== 'events') continue
    const ids = byUser.get(entry.userId) ?? []
    byUser.set(entry.userId, ids)
    for (const { event } of entry.events) ids.push(event.eventId)
  }
  return byUser
}

describe('a process on the folder', () => {
  it('prevents others from using it until it has ended', async () => {
    const dataDir = await temporaryDirectory()
    const recording = await ServiceProcess.start({ DATA_DIR: dataDir })
    await expect(openOn(undefined, { dataDir })).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining(`${dataDir} is in use by another process: process ${recording.process.pid} on `),
    })
    await recording.kill()
    const service = await openOn(undefined, { dataDir, clock: new SettableClock(Date.now()) })
    expect(await statusOf(service, view('later'))).toBe('RECORDED')
  })
})

describe('a journal', () => {
  it('restores the state from which it was written, whatever happened', async () => {
    const property = fc.asyncProperty(history, async (steps) => {
      const dataDir = await temporaryDirectory()
      const live = await openOn(undefined, { dataDir, domain: COHORT_SHOP })
      await play(live, steps)
      const expected = await snapshot(live, USERS)
      await live.close()
      const restored = await openOn(undefined, { dataDir, domain: COHORT_SHOP, clock: live.clock })
      expectSameState(await snapshot(restored, USERS), expected)
      await restored.close()
    })
    await checkProperty(property, 60)
  })

  it('sets aside a last line that was cut off in the middle of a write', async () => {
    const dataDir = await temporaryDirectory()
    const before = await openOn(undefined, { dataDir })
    await before.ingest.record([view('e1')])
    await before.close()
    const intact = await readFile(journalOf(dataDir), 'utf8')
    await appendFile(journalOf(dataDir), '{"kind":"events","userId":"a')

    const after = await openOn(undefined, { dataDir })
    expect(after.warnings).toEqual([expect.stringMatching(/journal\.jsonl:3: the last line was cut off .* Set aside in .*torn-/)])
    const [aside] = (await readdir(dataDir)).filter((name) => name.includes('torn'))
    expect(await readFile(join(dataDir, aside), 'utf8')).toBe('{"kind":"events","userId":"a')
    expect((await readFile(journalOf(dataDir), 'utf8')).startsWith(`${intact}{"kind":"layout"`)).toBe(true)
    expect(await statusOf(after, view('e1'))).toBe('DUPLICATE')
    expect(await statusOf(after, view('e2'))).toBe('RECORDED')
    await after.close()

    const again = await openOn(undefined, { dataDir })
    expect(again.warnings).toEqual([])
    expect(await counted(again, 'ann')).toBe(2)
  })

  it.each([
    ['is not JSON', '{"kind":"events",', 'the line is not JSON'],
    ['is of a kind of another version', '{"kind":"profile","userId":"a"}', 'unknown kind of entry "profile"'],
    [
      'is of an unknown format',
      '{"kind":"layout","format":2,"names":{"item":[],"attribute":[]}}',
      'not a log entry of format 1 (format',
    ],
    ['is empty', '', 'the line is not JSON'],
  ])('prevents the start with file and line if a line %s', async (_, damage, message) => {
    const dataDir = await temporaryDirectory()
    const before = await openOn(undefined, { dataDir })
    for (const id of ['e1', 'e2', 'e3']) await before.ingest.record([view(id)])
    await before.close()
    const path = journalOf(dataDir)
    const lines = (await readFile(path, 'utf8')).split('\n')
    const undamaged = lines[2]
    lines[2] = damage
    await writeFile(path, lines.join('\n'))
    await expect(openOn(undefined, { dataDir })).rejects.toMatchObject({
      code: 'DAMAGED_LOG',
      message: expect.stringContaining(`${path}:3: ${message}`),
    })
    lines[2] = undamaged
    await writeFile(path, lines.join('\n'))
    expect(await counted(await openOn(undefined, { dataDir }), 'ann')).toBe(3)
  })

  it('whose beginning is missing prevents the start', async () => {
    const dataDir = await temporaryDirectory()
    const before = await openOn(undefined, { dataDir })
    await before.ingest.record([view('e1')])
    await before.close()
    const path = journalOf(dataDir)
    await writeFile(path, (await readFile(path, 'utf8')).split('\n').slice(1).join('\n'))
    await expect(openOn(undefined, { dataDir })).rejects.toMatchObject({
      code: 'DAMAGED_LOG',
      message: `${path}:1: an entry of the kind events comes before the first entry of the kind layout. So the start of the log is missing.`,
    })
  })
})

interface DiskMethods {
  write(this: FileHandle, bytes: Buffer): Promise<{ bytesWritten: number }>
  datasync(this: FileHandle): Promise<void>
}

/** What every open file of this process goes through: faults are put there, and the file itself is real. */
async function fileMethods(): Promise<DiskMethods> {
  const probe = await open(import.meta.filename)
  await probe.close()
  return Object.getPrototypeOf(probe)
}

function diskError(code: string): Error {
  return Object.assign(new Error(`${code}: injected by the test`), { code })
}

/** A disk with so many bytes of room: what does not fit is written in part, then refused, until there is more. */
async function smallDisk(room: number): Promise<{ makeRoom: () => void }> {
  const methods = await fileMethods()
  const write = methods.write
  let left = room
  const spy = vi.spyOn(methods, 'write').mockImplementation(async function (this: FileHandle, bytes) {
    if (left <= 0) throw diskError('ENOSPC')
    const part = bytes.subarray(0, Math.min(left, bytes.length))
    left -= part.length
    return write.call(this, part)
  })
  onTestFinished(() => spy.mockRestore())
  return {
    makeRoom: () => {
      left = Number.POSITIVE_INFINITY
    },
  }
}

/** A disk that takes bytes, but says that it could not keep them. */
async function forgetfulDisk(): Promise<{ mend: () => void }> {
  const spy = vi.spyOn(await fileMethods(), 'datasync').mockRejectedValue(diskError('EIO'))
  onTestFinished(() => spy.mockRestore())
  return { mend: () => spy.mockRestore() }
}

/**
 * A disk that fails one sync of a file. As Linux does, it drops what was written since the last good one, here by zeros, and says
 * that all is well when it is asked again.
 */
async function diskThatDropsPages(path: string): Promise<{ failures: () => number }> {
  const methods = await fileMethods()
  const synced = (await stat(path)).size
  let failures = 0
  const real = methods.datasync
  const spy = vi.spyOn(methods, 'datasync').mockImplementation(async function (this: FileHandle) {
    if (failures++ > 0) return real.call(this)
    const { size } = await stat(path)
    const file = await open(path, 'r+')
    await file.write(Buffer.alloc(size - synced), 0, size - synced, synced)
    await file.close()
    throw diskError('EIO')
  })
  onTestFinished(() => spy.mockRestore())
  return { failures: () => failures }
}

/** Counts the writes and syncs of all open files of this process. */
async function countedDisk(): Promise<{ writes: () => number; syncs: () => number }> {
  const methods = await fileMethods()
  const [writes, syncs] = [vi.spyOn(methods, 'write'), vi.spyOn(methods, 'datasync')]
  onTestFinished(() => {
    for (const spy of [writes, syncs]) spy.mockRestore()
  })
  return { writes: () => writes.mock.calls.length, syncs: () => syncs.mock.calls.length }
}

describe('simultaneous events', () => {
  it.each(['always', 'no'] as const)('are written together, and synced together (fsync %s)', async (fsync) => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, fsync })
    expect(await statusOf(service, view('first'))).toBe('RECORDED')
    const { writes, syncs } = await countedDisk()
    const users = Array.from({ length: 500 }, (_, n) => `u${n}`)
    const statuses = await Promise.all(users.map((userId) => statusOf(service, view(`e-${userId}`, userId))))
    expect(new Set(statuses)).toEqual(new Set(['RECORDED']))
    expect([...(await journaled(dataDir)).keys()].sort()).toEqual(['ann', ...users].sort())
    // Those that come while a write is on its way wait for the next one. On its own, each would take one.
    expect(writes()).toBeGreaterThan(0)
    expect(writes()).toBeLessThanOrEqual(10)
    expect(syncs()).toBe(fsync === 'always' ? writes() : 0)
  })
})

const answers = (service: OpenedService) => eventually(() => service.store.ping(), 20)

describe('a disk error', () => {
  /** Sends all again, as clients do, and checks that each counts once: now, and after a restart. */
  async function expectAllOnce(service: OpenedService, dataDir: string, ids: readonly string[], acknowledged: readonly string[]) {
    for (const id of ids) {
      const status = await statusOf(service, view(id))
      if (acknowledged.includes(id)) expect(status).toBe('DUPLICATE')
      else expect(['RECORDED', 'DUPLICATE']).toContain(status)
    }
    expect(await counted(service, 'ann')).toBe(ids.length)
    const live = await snapshot(service, ['ann'])
    await service.close()
    expect((await journaled(dataDir)).get('ann')?.sort()).toEqual([...ids].sort())
    const restored = await openOn(undefined, { dataDir, clock: service.clock })
    expectSameState(await snapshot(restored, ['ann']), live)
    expect(restored.warnings).toEqual([])
  }

  it.each(['no', 'everysec', 'always'] as const)(
    'on writing makes recording unavailable until writing succeeds (fsync %s)',
    async (fsync) => {
      const dataDir = await temporaryDirectory()
      const service = await openOn(undefined, { dataDir, fsync })
      const disk = await smallDisk(5000)
      const ids = Array.from({ length: 40 }, (_, n) => `e${n}`)
      const statuses: string[] = []
      for (const id of ids) statuses.push(await statusOf(service, view(id)))
      const acknowledged = ids.filter((_, n) => statuses[n] === 'RECORDED')
      const refusedFrom = statuses.indexOf('UNAVAILABLE')
      expect(refusedFrom).toBeGreaterThan(0)
      expect(statuses.slice(refusedFrom)).toEqual(ids.slice(refusedFrom).map(() => 'UNAVAILABLE'))
      await expect(service.store.ping()).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('ENOSPC'),
      })
      const uploading = service.uploads.upsertItems([{ itemId: 'i1', attributes: {} }])
      await expect(uploading).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      disk.makeRoom()
      await answers(service)
      await expectAllOnce(service, dataDir, ids, acknowledged)
    },
  )

  it('at the deletion of an item: the item is no longer shown after the deletion is sent again', async () => {
    const service = await openOn(undefined, { dataDir: await temporaryDirectory() })
    await service.uploads.upsertItems([{ itemId: 'i1', attributes: {} }])
    const disk = await smallDisk(0)
    await expect(service.uploads.deleteItems(['i1'])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    disk.makeRoom()
    await answers(service)
    await service.uploads.deleteItems(['i1'])
    await eventually(() => expect(service.catalogue.get('i1')).toBeUndefined())
  })

  it.each(['always', 'everysec'] as const)(
    'on syncing that loses the unsynced bytes makes the journal write them again into another file (fsync %s)',
    async (fsync) => {
      const dataDir = await temporaryDirectory()
      const service = await openOn(undefined, { dataDir, fsync })
      const journal = journalOf(dataDir)
      expect(await statusOf(service, view('e1'))).toBe('RECORDED')
      const { ino: before } = await stat(journal)
      const disk = await diskThatDropsPages(journal)
      const second = await statusOf(service, view('e2'))
      expect(second).toBe(fsync === 'always' ? 'UNAVAILABLE' : 'RECORDED')
      // Another file takes its place some moments after the sync has failed.
      const isReplaced = async () => expect((await stat(journal)).ino).not.toBe(before)
      await eventually(isReplaced, 20)
      expect(disk.failures()).toBeGreaterThan(0)
      await answers(service)
      await expectAllOnce(service, dataDir, ['e1', 'e2'], fsync === 'always' ? ['e1'] : ['e1', 'e2'])
    },
  )

  it('on syncing makes recording unavailable until syncing succeeds (fsync always)', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, fsync: 'always' })
    expect(await statusOf(service, view('e1'))).toBe('RECORDED')
    const disk = await forgetfulDisk()
    expect(await statusOf(service, view('e2'))).toBe('UNAVAILABLE')
    expect(await statusOf(service, view('e3'))).toBe('UNAVAILABLE')
    disk.mend()
    await answers(service)
    await expectAllOnce(service, dataDir, ['e1', 'e2', 'e3'], ['e1'])
  })

  it('on syncing once a second makes recording unavailable until syncing succeeds (fsync everysec)', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, fsync: 'everysec' })
    const disk = await forgetfulDisk()
    expect(await statusOf(service, view('e1'))).toBe('RECORDED')
    await eventually(() => expect(service.store.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' }), 20)
    expect(await statusOf(service, view('e2'))).toBe('UNAVAILABLE')
    disk.mend()
    await answers(service)
    await expectAllOnce(service, dataDir, ['e1', 'e2'], ['e1'])
  })
})
