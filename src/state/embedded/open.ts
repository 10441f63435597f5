import { join } from 'node:path'
import type { Logger } from 'pino'
import { onceAMinute } from '../../logging/once-a-minute.ts'
import type { ServiceClock } from '../../service-clock.ts'
import type { ExpiryTests, SlateLives } from '../expiry.ts'
import { readSegment } from '../log/compressed-segments.ts'
import { Erasure } from '../log/erased-log.ts'
import { type Poisoned, PoisonedLines } from '../log/poisoned-lines.ts'
import { readJournal } from '../log/read-journal.ts'
import { EMBEDDED_HEALTH, NO_OTHERS, type OpenedStore } from '../opened-store.ts'
import type { SlotLayout } from '../slots.ts'
import { Compaction } from './compaction.ts'
import { lockFolder } from './data-folder-lock.ts'
import { type FsyncPolicy, Journal } from './journal.ts'
import { JournalFolder } from './journal-folder.ts'
import { readLastTime, writeLastTime } from './last-time.ts'
import type { SlateRoom } from './slate-record.ts'
import { MemoryStore, type MemoryStoreOptions } from './store.ts'

/** Applies the lines of a log to a store. */
export interface LogReplay {
  /** Number of applied log entries, such as events and uploads. */
  readonly entries: number
  /** Applies one line. @throws LiverankError DAMAGED_LOG naming the place */
  apply(line: string, where: string): Promise<void>
  finish(): void
}

export interface EmbeddedOptions {
  /** Folder of the journal. If undefined, the store lives in memory and is lost when the process ends. */
  readonly dataDir: string | undefined
  /** Folder for closed segments of the journal: a folder in `dataDir` if undefined, none if empty. */
  readonly archiveDir: string | undefined
  readonly fsync: FsyncPolicy
  /** Size of the journal after which a snapshot is written, in bytes; 0 for never. */
  readonly snapshotEveryBytes: number
  readonly layout: SlotLayout
  /** Time for which an event id stays known, in ms. */
  readonly lateness: number
  readonly slateLives: SlateLives
  /** Bytes of kept slates in memory, and on disk. */
  readonly slateRoom: Pick<SlateRoom, 'memoryBytes' | 'diskBytes'>
  /** Begins at the time that the folder last noted. */
  readonly clock: ServiceClock
  readonly onSignal: NonNullable<MemoryStoreOptions['onSignal']>
  readonly onErased: NonNullable<MemoryStoreOptions['onErased']>
  /** Makes the replay of the log into a store. @param onPoisoned called for each entry, or part of one, that is left out */
  readonly replayInto: (store: MemoryStore, onPoisoned: (poisoned: Poisoned) => void) => LogReplay
  /** Returns tests of which state has expired. Takes the times of the clock of features and of the wall clock, in ms. */
  readonly expiryTestsAt: (now: number, wall: number) => ExpiryTests
  readonly logger: Logger
}

/** How many of the entries that a start leaves out are named in the log. */
const NAMED = 10

/**
 * Opens the embedded store: restores its state from its folder, and maintains the folder from then on.
 * @throws LiverankError LAYOUT_MISMATCH, DAMAGED_LOG or UNAVAILABLE if the store cannot be opened
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<OpenedStore> {
  const { dataDir } = options
  const rest = { activities: NO_OTHERS, health: EMBEDDED_HEALTH }
  if (dataDir === undefined) {
    options.clock.begin()
    const store = new MemoryStore(storeOptions(options))
    const noteTime = async () => {}
    return { ...rest, store, noteTime, figures: () => store.figures(), isNew: true, close: () => store.close() }
  }
  const unlock = await lockFolder(dataDir)
  try {
    const { store, isNew, close } = await openFolder(options, dataDir)
    const noteTime = (time: number) => writeLastTime(dataDir, time)
    return { ...rest, store, noteTime, figures: () => store.figures(), isNew, close: () => close().finally(unlock) }
  } catch (error) {
    await unlock()
    throw error
  }
}

function storeOptions(options: EmbeddedOptions): MemoryStoreOptions {
  const { layout, lateness, slateLives, clock, onSignal, onErased } = options
  return { layout, lateness, slateLives, wall: () => clock.wall(), onSignal, onErased }
}

interface OpenedFolder extends Pick<OpenedStore, 'isNew' | 'close'> {
  readonly store: MemoryStore
}

async function openFolder(options: EmbeddedOptions, dataDir: string): Promise<OpenedFolder> {
  const { archiveDir = join(dataDir, 'archive'), fsync, layout, lateness, clock, logger } = options
  const warn = (message: string) => logger.warn(message)
  const began = performance.now()
  const folder = await JournalFolder.open(dataDir, archiveDir === '' ? undefined : archiveDir, warn)
  const lastTime = await readLastTime(dataDir)
  if (lastTime !== undefined) clock.begin(lastTime)
  const { contents, now, segments } = await folder.recover(layout, lateness, warn)
  if (now !== undefined) clock.arrive(now)
  const mayWarn = onceAMinute<string>(() => clock.monotonic())
  const warnOfSlates = (message: string) => mayWarn(message) && warn(message)
  await contents.slates.open({ folder: dataDir, ...options.slateRoom, warn: warnOfSlates })
  let compaction: Compaction | undefined
  const journal = await Journal.open(folder.livePath, fsync, (bytes) => compaction?.grown(bytes))
  try {
    const poisoned = await PoisonedLines.open(folder.livePath)
    const purge: MemoryStoreOptions['purge'] = async (persons, count) => {
      const subjects = persons.flatMap(({ entriesOf }) => entriesOf)
      await poisoned.erase(new Erasure(subjects, count))
      return running.erase(persons, count)
    }
    const readEntries: MemoryStoreOptions['readEntries'] = async function* (subjects, isOver) {
      for (const line of poisoned.linesOf(subjects)) yield { unreadable: line }
      yield* running.entriesOf(subjects, isOver)
    }
    const files = { purge, readEntries, poisoned: () => poisoned.count }
    const store = new MemoryStore({ ...storeOptions(options), ...files, contents, journal })
    const entries = await replay(options, { store, poisoned, segments, livePath: folder.livePath })
    if (lastTime === undefined) clock.begin()
    const isNew = now === undefined && entries === 0
    if (!isNew) {
      logger.info({ snapshot: now !== undefined, entries, tookMs: Math.round(performance.now() - began) }, 'state restored')
    }
    const running = new Compaction({ ...compactionOptions(options, store), folder, journal, contents })
    compaction = running
    await journal.append(JSON.stringify({ kind: 'layout', format: 1, names: layout.names }))
    const close = async () => {
      await Promise.all([running.stop(), store.close()])
      // What could not be erased is erased after the next start, as the journal says.
      await contents.slates.settled().catch(() => {})
    }
    return { store, isNew, close }
  } catch (error) {
    await journal.close()
    throw error
  }
}

interface Recorded {
  readonly store: MemoryStore
  readonly poisoned: PoisonedLines
  /** Closed stretches of the journal that no snapshot contains, the oldest first. */
  readonly segments: readonly string[]
  readonly livePath: string
}

/** @returns how many entries were applied */
async function replay(
  { replayInto, logger }: EmbeddedOptions,
  { store, poisoned, segments, livePath }: Recorded,
): Promise<number> {
  const warn = (message: string) => logger.warn(message)
  const log = replayInto(store, ({ error, line = '', increments }) => {
    const isNew = poisoned.add({ where: error.where, what: error.what, line, ...(increments && { increments }) })
    if (isNew && poisoned.count <= NAMED)
      warn(`${error.message}. Omitted, and set aside in ${poisoned.path}; the start continues.`)
  })
  const { slates } = store.contents
  const applyLine = async (line: string, where: string) => {
    await log.apply(line, where)
    await slates.roomForMore()
  }
  for (const path of segments) for await (const { line, where } of readSegment(path)) await applyLine(line, where)
  for await (const { line, where } of readJournal(livePath, warn)) await applyLine(line, where)
  log.finish()
  await poisoned.save()
  if (poisoned.count > 0) warn(`${poisoned.count} log entries were omitted, in whole or in part: see ${poisoned.path}`)
  return log.entries
}

function compactionOptions({ snapshotEveryBytes, layout, clock, expiryTestsAt, logger }: EmbeddedOptions, store: MemoryStore) {
  return {
    everyBytes: snapshotEveryBytes,
    layout,
    forget: (subjects: Parameters<MemoryStore['forget']>[0]) => store.forget(subjects).recorded,
    isChanged: (subject: Parameters<MemoryStore['isChanged']>[0]) => store.isChanged(subject),
    now: () => clock.now(),
    expiryTestsAt: (now: number) => expiryTestsAt(now, clock.wall()),
    inform: (facts: object) => logger.info(facts, 'snapshot written'),
    warn: (message: string) => logger.warn(message),
  }
}
