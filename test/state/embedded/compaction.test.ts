import { appendFile, cp, mkdir, open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readArchive } from '../../../src/state/log/archive.ts'
import { lastEventOf } from '../../../src/state/user-value-codec.ts'
import { eventually } from '../../support/eventually.ts'
import { play, USERS } from '../../support/random-history.ts'
import { openOn, type ServiceOptions } from '../../support/service.ts'
import { SettableClock } from '../../support/settable-clock.ts'
import { expectSameState, type Snapshot, snapshot } from '../../support/state-snapshot.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { ALWAYS, compact, namesIn, snapshotsIn, statusOf, view } from './compacted-store.ts'

describe('the folder', () => {
  /** A store with a history that has two snapshots and something behind them, and its state. */
  async function madeStore(options: ServiceOptions & { dataDir: string }, rounds = 2): Promise<Snapshot> {
    for (let round = 0; round <= rounds; round++) {
      const service = await openOn(undefined, options)
      await service.ingest.record(Array.from({ length: 30 }, (_, n) => view(`r${round}-${n}`, USERS[n % 3], `i${n % 4}`)))
      const state = await snapshot(service, USERS)
      await service.close()
      if (round === rounds) return state
      await compact(options)
    }
    throw new Error('unreachable')
  }

  it('keeps two snapshots and the journal since the older one, and moves the rest of the journal to the archive', async () => {
    const dataDir = await temporaryDirectory()
    const clock = new SettableClock()
    await madeStore({ dataDir, clock }, 4)
    expect(await namesIn(dataDir, /./)).toEqual([
      'archive',
      'journal-000004.jsonl',
      'journal.jsonl',
      'last-time',
      'snapshot-000003',
      'snapshot-000004',
    ])
    const archived = await namesIn(join(dataDir, 'archive'), /./)
    expect(archived).toEqual([1, 2, 3].map((n) => `journal-00000${n}.jsonl.gz`))
    const ids: string[] = []
    for await (const { entry } of readArchive(join(dataDir, 'archive'), dataDir)) {
      if (entry.kind === 'events') ids.push(...entry.events.map(({ event }) => event.eventId))
    }
    expect(ids.sort()).toEqual([0, 1, 2, 3, 4].flatMap((r) => Array.from({ length: 30 }, (_, n) => `r${r}-${n}`)).sort())
  })

  it('deletes old journal if no archive is configured', async () => {
    const dataDir = await temporaryDirectory()
    const clock = new SettableClock()
    const state = await madeStore({ dataDir, clock, archiveDir: '' }, 3)
    expect(await namesIn(dataDir, /./)).toEqual([
      'journal-000003.jsonl',
      'journal.jsonl',
      'last-time',
      'snapshot-000002',
      'snapshot-000003',
    ])
    expectSameState(await snapshot(await openOn(undefined, { dataDir, clock, archiveDir: '' }), USERS), state)
  })

  it('reports an archive of another store, and keeps the segment', async () => {
    const [dataDir, archiveDir] = [await temporaryDirectory(), await temporaryDirectory()]
    const clock = new SettableClock()
    const state = await madeStore({ dataDir, clock, archiveDir }, 1)
    await writeFile(join(archiveDir, 'journal-000001.jsonl.gz'), gzipSync('{"another":"store"}\n'))
    const service = await openOn(undefined, { dataDir, clock, archiveDir, snapshotEvery: ALWAYS })
    await eventually(() => expect(service.warnings).toEqual([expect.stringContaining('belongs to another store')]))
    await service.close()
    expect(await namesIn(dataDir, /^journal-/)).toContain('journal-000001.jsonl')
    expectSameState(await snapshot(await openOn(undefined, { dataDir, clock, archiveDir }), USERS), state)
  })

  /** Each state of the folder that a kill may leave behind, made of the states before and after a snapshot. */
  const crashes: Record<string, (folder: string, before: string) => Promise<void>> = {
    'before the journal is closed': async (folder, before) => {
      await rm(folder, { recursive: true })
      await cp(before, folder, { recursive: true })
    },
    'when the journal has its number and the next has not begun': async (folder) => {
      await rm(join(folder, 'snapshot-000003'))
      await rm(join(folder, 'journal.jsonl'))
    },
    'when the next journal is empty': async (folder) => {
      await rm(join(folder, 'snapshot-000003'))
      await writeFile(join(folder, 'journal.jsonl'), '')
    },
    'in the first line of the next journal': async (folder) => {
      await rm(join(folder, 'snapshot-000003'))
      await truncate(join(folder, 'journal.jsonl'), 17)
    },
    'in the middle of the snapshot': async (folder) => {
      await rename(join(folder, 'snapshot-000003'), join(folder, 'snapshot-000003.unfinished'))
      await truncate(join(folder, 'snapshot-000003.unfinished'), 300)
    },
    'before the snapshot has its name': (folder) =>
      rename(join(folder, 'snapshot-000003'), join(folder, 'snapshot-000003.unfinished')),
    'when the snapshot has its name, and nothing else was done': async () => {},
    'in the middle of archiving': async (folder) => {
      await mkdir(join(folder, 'archive'), { recursive: true })
      await writeFile(join(folder, 'archive/journal-000002.jsonl.gz.unfinished'), 'half')
    },
    'when a segment is in the archive, and still here': async (folder) => {
      await writeFile(
        join(folder, 'archive/journal-000002.jsonl.gz'),
        gzipSync(await readFile(join(folder, 'journal-000002.jsonl'))),
      )
    },
    'when all is done': async (folder) => {
      await rm(join(folder, 'snapshot-000001'))
      await writeFile(
        join(folder, 'archive/journal-000002.jsonl.gz'),
        gzipSync(await readFile(join(folder, 'journal-000002.jsonl'))),
      )
      await rm(join(folder, 'journal-000002.jsonl'))
    },
  }

  it.each(Object.keys(crashes))('after a kill %s gives the same state, and works again', async (moment) => {
    const [dataDir, before] = [await temporaryDirectory(), await temporaryDirectory()]
    const clock = new SettableClock()
    const state = await madeStore({ dataDir, clock }, 2)
    await cp(dataDir, before, { recursive: true })
    await compact({ dataDir, clock })
    // As it was before the compaction tidied up.
    for (const name of ['snapshot-000001', 'journal-000002.jsonl']) await cp(join(before, name), join(dataDir, name))
    await rm(join(dataDir, 'archive/journal-000002.jsonl.gz'))
    await crashes[moment](dataDir, before)

    const service = await openOn(undefined, { dataDir, clock })
    expectSameState(await snapshot(service, USERS), state)
    expect(await statusOf(service, view('r2-0', USERS[0], 'i0'))).toBe('DUPLICATE')
    await service.ingest.record([view('more', 'ann', 'i9')])
    const later = await snapshot(service, USERS)
    await service.close()
    for (let round = 0; round < 3; round++) {
      await compact({ dataDir, clock })
      const again = await openOn(undefined, { dataDir, clock })
      expectSameState(await snapshot(again, USERS), later)
      await again.close()
    }
    expect(await namesIn(dataDir, /unfinished/)).toEqual([])
    const ids: string[] = []
    for await (const { entry } of readArchive(join(dataDir, 'archive'), dataDir)) {
      if (entry.kind === 'events') ids.push(...entry.events.map(({ event }) => event.eventId))
    }
    expect(new Set(ids).size).toBe(91)
    expect(ids).toHaveLength(91)
  })

  const damages: Record<string, (path: string) => Promise<void>> = {
    'has a byte that changed': async (path) => {
      const file = await open(path, 'r+')
      await file.write(Buffer.from([0xff]), 0, 1, 777)
      await file.close()
    },
    'is cut off': (path) => truncate(path, 999),
    'has lost its end': async (path) => truncate(path, (await readFile(path)).length - 25),
    'is empty': (path) => writeFile(path, ''),
    'is something else': (path) => writeFile(path, 'a text that somebody put there'),
  }

  it.each(Object.keys(damages))('whose newest snapshot %s is restored from the one before', async (damage) => {
    const dataDir = await temporaryDirectory()
    const clock = new SettableClock()
    const state = await madeStore({ dataDir, clock }, 3)
    await damages[damage](join(dataDir, 'snapshot-000003'))
    const service = await openOn(undefined, { dataDir, clock })
    expect(service.warnings).toEqual([
      expect.stringMatching(/snapshot-000003 is not a complete snapshot: .*Set aside as .*snapshot-000003\.broken/),
    ])
    expectSameState(await snapshot(service, USERS), state)
    await service.close()
    await compact({ dataDir, clock })
    expect(await snapshotsIn(dataDir)).toEqual(['snapshot-000002', 'snapshot-000004'])
    expectSameState(await snapshot(await openOn(undefined, { dataDir, clock }), USERS), state)
  })

  it('is restored from the archive if no snapshot is intact', async () => {
    const dataDir = await temporaryDirectory()
    const clock = new SettableClock()
    const state = await madeStore({ dataDir, clock }, 3)
    for (const name of await snapshotsIn(dataDir)) await truncate(join(dataDir, name), 200)
    expectSameState(await snapshot(await openOn(undefined, { dataDir, clock }), USERS), state)
  })

  it('that has lost too much stays unchanged, and the error says what to do', async () => {
    const dataDir = await temporaryDirectory()
    const clock = new SettableClock()
    const state = await madeStore({ dataDir, clock }, 3)
    const lost = await readFile(join(dataDir, 'archive/journal-000002.jsonl.gz'))
    await rm(join(dataDir, 'archive/journal-000002.jsonl.gz'))
    for (const name of await snapshotsIn(dataDir)) await truncate(join(dataDir, name), 200)
    await expect(openOn(undefined, { dataDir, clock })).rejects.toMatchObject({
      code: 'DAMAGED_LOG',
      message: expect.stringMatching(
        /snapshot-000002 is not a complete snapshot: .*: journal-000002\.jsonl must be in .*archive\. Restore them/,
      ),
    })
    await writeFile(join(dataDir, 'journal-000002.jsonl'), gunzipSync(lost))
    expectSameState(await snapshot(await openOn(undefined, { dataDir, clock }), USERS), state)
  })

  it.each([
    ['is cut off', (text: Buffer) => text.subarray(0, text.length - 10), 'the last line is cut off'],
    ['has a line that is none', (text: Buffer) => Buffer.concat([text, Buffer.from('what?\n')]), 'the line is not JSON'],
  ])('whose closed segment %s prevents the start', async (_, damage, message) => {
    const dataDir = await temporaryDirectory()
    const clock = new SettableClock()
    await madeStore({ dataDir, clock }, 2)
    await rm(join(dataDir, 'snapshot-000002'))
    const path = join(dataDir, 'journal-000002.jsonl')
    await writeFile(path, damage(await readFile(path)))
    await expect(openOn(undefined, { dataDir, clock })).rejects.toMatchObject({
      code: 'DAMAGED_LOG',
      message: expect.stringMatching(new RegExp(`journal-000002\\.jsonl:\\d+: ${message}`)),
    })
  })

  it('from a version without snapshots is read, and gets snapshots', async () => {
    const dataDir = await temporaryDirectory()
    const clock = new SettableClock()
    const first = await openOn(undefined, { dataDir, clock })
    await play(first, [{ kind: 'items', items: [{ itemId: 'i1', attributes: { brand: 'acme' } }] }])
    await first.ingest.record([view('e1')])
    const state = await snapshot(first, USERS)
    await first.close()
    expect(await namesIn(dataDir, /./)).toEqual(['journal.jsonl', 'last-time'])
    await compact({ dataDir, clock })
    await appendFile(join(dataDir, 'journal-000001.jsonl'), 'never read again')
    expectSameState(await snapshot(await openOn(undefined, { dataDir, clock }), USERS), state)
  })
})

describe('the time of the latest event', () => {
  it('is read from a user value without decoding the rest', async () => {
    const service = await openOn(undefined, { dataDir: null })
    await service.uploads.upsertUsers([{ userId: 'known', attributes: { segment: 'vip' } }])
    await service.ingest.record([view('e1')])
    const [known, ann] = await service.store.readValues([
      { kind: 'user', id: 'known' },
      { kind: 'user', id: 'ann' },
    ])
    expect([lastEventOf(known!), lastEventOf(ann!)]).toEqual([0, service.clock.now()])
  })
})
