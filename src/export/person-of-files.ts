import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { AccumulatorSet } from '../accumulators/accumulator-set.ts'
import { userListId } from '../candidates/offline.ts'
import { eventClock } from '../clock.ts'
import type { Domain } from '../domain/domain.ts'
import { LiverankError, UnreadableStateError } from '../errors.ts'
import { idsInStep } from '../events/merge-steps.ts'
import { Restore } from '../events/restore.ts'
import { systemRandomness } from '../random.ts'
import { MemoryContents } from '../state/embedded/memory-contents.ts'
import { readSnapshot } from '../state/embedded/snapshot-file.ts'
import { MemoryStore } from '../state/embedded/store.ts'
import { readSegment } from '../state/log/compressed-segments.ts'
import { packedSegments } from '../state/log/erased-log.ts'
import { LIVE_JOURNAL, segmentNumber, snapshotNumber } from '../state/log/journal-names.ts'
import type { PoisonedLines } from '../state/log/poisoned-lines.ts'
import { readJournal } from '../state/log/read-journal.ts'
import type { PlacedLine } from '../state/log-entry.ts'
import { OwnedEntries } from '../state/owned-entries.ts'
import { ownedLines } from '../state/personal-data.ts'

export interface PersonOfFilesOptions {
  /** Folder with the journal, closed segments and snapshots of the store. Nobody changes it meanwhile. */
  readonly folder: string
  /** Lines that starts of the store left out. */
  readonly poisoned: PoisonedLines
  /** Folders with archived segments. */
  readonly archives: readonly string[]
  readonly domain: Domain
  readonly accumulators: AccumulatorSet
  readonly warn: (message: string) => void
}

/** Files of an embedded store. */
interface StoreFiles {
  /** Newest first. */
  readonly snapshots: readonly { readonly number: number; readonly path: string }[]
  /** By number, in order. */
  readonly segments: ReadonlyMap<number, string>
  readonly live: string
}

/**
 * Restores from the files of an embedded store what they hold of one person, and nothing else: so its size does not depend on that of
 * the store. Reads the files once, and once more for each time that they reveal other ids of the person.
 * @throws LiverankError DAMAGED_LOG if a segment is missing or cannot be read
 */
export async function personOfFiles(userId: string, options: PersonOfFilesOptions): Promise<MemoryStore> {
  const files = await filesOf(options)
  const ids = new Set([userId])
  for (;;) {
    const before = ids.size
    const store = await restoreOnly(ids, files, options)
    if (ids.size === before) return store
  }
}

async function filesOf({ folder, archives }: PersonOfFilesOptions): Promise<StoreFiles> {
  const names = await readdir(folder)
  const inArchives = (await Promise.all(archives.map((archive) => packedSegments(archive)))).flat()
  const found = new Map<number, string>()
  for (const path of [...names.map((name) => join(folder, name)), ...inArchives]) {
    const number = segmentNumber(basename(path))
    // Of one that is being archived, there are two alike.
    if (number !== undefined && !found.has(number)) found.set(number, path)
  }
  const snapshots = names.flatMap((name) => {
    const number = snapshotNumber(name)
    return number === undefined ? [] : [{ number, path: join(folder, name) }]
  })
  return {
    snapshots: snapshots.sort((a, b) => b.number - a.number),
    segments: new Map([...found].sort(([a], [b]) => a - b)),
    live: join(folder, LIVE_JOURNAL),
  }
}

/** @param ids ids of the person; further ones that the files reveal are added */
async function restoreOnly(ids: Set<string>, files: StoreFiles, options: PersonOfFilesOptions): Promise<MemoryStore> {
  const { domain, accumulators, poisoned } = options
  const subjects = new OwnedEntries(
    Array.from(ids).flatMap((id) => [{ kind: 'user', id } as const, { kind: 'list', id: userListId(id) } as const]),
  )
  const { number, contents } = await newestSnapshot(files, subjects, options)
  const unbounded = { memoryBytes: Number.POSITIVE_INFINITY, diskBytes: Number.POSITIVE_INFINITY }
  await contents.slates.open({ folder: options.folder, ...unbounded, warn: options.warn })
  const store = new MemoryStore({
    layout: accumulators.layout,
    lateness: domain.lateness,
    contents,
    wall: Date.now,
    readEntries: async function* (owned, isOver) {
      for (const line of poisoned.linesOf(owned)) yield { unreadable: line }
      yield* ownedLines(linesOf(files, 0), owned, isOver)
    },
  })
  const parts = { store, domain, accumulators, random: systemRandomness(), clock: eventClock(), onPoisoned: () => {} }
  const restore = new Restore(parts)
  for await (const { line, where } of linesOf(files, number)) {
    const found = line.startsWith('{"kind":"layout"') ? 'layout' : subjects.entryIn(line, where)
    if (found === undefined || found === 'poisoned') continue
    if (found !== 'layout' && found.kind === 'merge') addIds(ids, idsInStep(found))
    await restore.apply(line, where)
  }
  restore.finish()
  for (const [id, bytes] of contents.values.user.entries()) {
    addIds(ids, idsInValue(accumulators, id, bytes))
  }
  return store
}

/** None of a value that cannot be read, as in an erasure. */
function idsInValue({ codec }: AccumulatorSet, id: string, bytes: Uint8Array): readonly string[] {
  try {
    return codec.decodeOf(id, bytes).links.ids
  } catch (error) {
    if (!(error instanceof UnreadableStateError)) throw error
    return []
  }
}

async function newestSnapshot(
  { snapshots, segments }: StoreFiles,
  subjects: OwnedEntries,
  { accumulators: { layout }, domain: { lateness }, warn }: PersonOfFilesOptions,
): Promise<{ number: number; contents: MemoryContents }> {
  for (const { number, path } of snapshots) {
    try {
      const { contents } = await readSnapshot(path, layout, lateness, subjects)
      expectSegments(segments, number)
      return { number, contents }
    } catch (error) {
      if (!(error instanceof LiverankError)) throw error
      warn(`${error.message}. The export leaves it out.`)
    }
  }
  expectSegments(segments, 0)
  return { number: 0, contents: new MemoryContents(layout, lateness) }
}

/** @throws LiverankError DAMAGED_LOG if a segment after this number is missing */
function expectSegments(segments: ReadonlyMap<number, string>, number: number): void {
  const last = Math.max(number, ...segments.keys())
  for (let segment = number + 1; segment <= last; segment++) {
    if (segments.has(segment)) continue
    const message = `Segment ${segment} of the journal is missing: restore it from a copy, or name its folder with --archive.`
    throw new LiverankError('DAMAGED_LOG', message)
  }
}

/** Yields the lines of all segments after a number, and of the live journal. */
async function* linesOf({ segments, live }: StoreFiles, behind: number): AsyncGenerator<PlacedLine> {
  for (const [number, path] of segments) if (number > behind) yield* readSegment(path)
  if (existsSync(live)) yield* readJournal(live, undefined)
}

function addIds(ids: Set<string>, found: readonly string[]): void {
  for (const id of found) if (id !== '') ids.add(id)
}
