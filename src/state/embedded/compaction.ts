import { stat } from 'node:fs/promises'
import { LiverankError, UnavailableError } from '../../errors.ts'
import type { CountBytes, ErasedSubject } from '../erasure-outcome.ts'
import type { ExpiryTests } from '../expiry.ts'
import { readSegment } from '../log/compressed-segments.ts'
import { Erasure, packedSegments } from '../log/erased-log.ts'
import { readJournal } from '../log/read-journal.ts'
import { SegmentIds } from '../log/segment-ids.ts'
import type { OwnedEntries } from '../owned-entries.ts'
import { type FoundEntry, type IsOver, ownedLines } from '../personal-data.ts'
import { SerialQueue } from '../serial-queue.ts'
import type { SlotLayout } from '../slots.ts'
import type { Journal } from './journal.ts'
import type { JournalFolder } from './journal-folder.ts'
import type { MemoryContents } from './memory-contents.ts'
import { isInSnapshot, writeSnapshot } from './snapshot-file.ts'

/** Number of snapshots that stay. The older one is there in case the newest is damaged. */
const KEPT_SNAPSHOTS = 2
/** A snapshot of more bytes is written only when the journal has an eighth of them: the disk has other things to do. */
const LARGE = 2 ** 28
const SHARE = 8

export interface CompactionOptions {
  /** Bytes of journal after which a snapshot is due; 0 for never. */
  readonly everyBytes: number
  readonly folder: JournalFolder
  readonly journal: Journal
  readonly contents: MemoryContents
  readonly layout: SlotLayout
  /** Takes subjects out of memory, at once, and resolves when that is on record. */
  readonly forget: (subjects: readonly ErasedSubject[]) => Promise<void>
  /** Whether memory holds another value of the subject than the one that is to be erased. */
  readonly isChanged: (subject: ErasedSubject) => boolean
  /** ms of the clock that features see. */
  readonly now: () => number
  /** Makes the tests for what has expired at a time. */
  readonly expiryTestsAt: (now: number) => ExpiryTests
  readonly inform: (facts: { snapshot: string; tookMs: number }) => void
  readonly warn: (message: string) => void
}

/** The parts of one person that a pass over the files removes. */
export interface Purge {
  readonly entriesOf: readonly ErasedSubject[]
  readonly valuesOf: readonly ErasedSubject[]
  /** Whether memory held any of the values. */
  readonly wasKnown: boolean
}

/** The result of a pass that removes one person from the files of an embedded store. */
export interface Purged {
  /** Number of removed log entries. */
  readonly entries: number
  /** An id of the person that began anew before the pass: then nothing went. */
  readonly changed: string | undefined
}

/**
 * Rewrites the files of an embedded store while the store records. It writes snapshots, which keep a start short, moves old
 * segments to the archive, and erases persons. It does one of these tasks at a time. The process may be killed at any moment:
 * until a snapshot has its final name, the previous one counts, and segments are deleted only when all kept snapshots contain
 * them.
 */
export class Compaction {
  readonly #options: CompactionOptions
  readonly #stopping = new AbortController()
  readonly #queue = new SerialQueue()
  readonly #segmentIds = new SegmentIds()
  #isSnapshotPlanned = false
  #snapshotBytes = 0

  constructor(options: CompactionOptions) {
    this.#options = options
  }

  /** Writes a snapshot if the size of the journal requires one. A snapshot that fails is logged, and tried again later. */
  grown(bytes: number): void {
    const { everyBytes, warn } = this.#options
    const due = this.#snapshotBytes > LARGE ? Math.max(everyBytes, this.#snapshotBytes / SHARE) : everyBytes
    if (everyBytes === 0 || bytes < due || this.#stopping.signal.aborted || this.#isSnapshotPlanned) return
    this.#isSnapshotPlanned = true
    this.#queue
      .run(() => this.#writeSnapshot())
      .catch((error: Error) => {
        if (!this.#stopping.signal.aborted) warn(`no snapshot was written, so the journal keeps growing: ${error.message}`)
      })
      .finally(() => {
        this.#isSnapshotPlanned = false
      })
  }

  /**
   * Takes log entries and values of persons out of the files, in one pass. If memory held none of the values, the files are read first,
   * and rewritten only if they name a subject.
   * @param count told about what is read and written
   * @returns what went of each person, in order
   * @throws UnavailableError when the files could not be rewritten: the erasure can be sent again
   */
  async erase(persons: readonly Purge[], count: CountBytes): Promise<readonly Purged[]> {
    try {
      return await this.#queue.run(() => this.#erase(persons, count))
    } catch (error) {
      if (error instanceof LiverankError) throw error
      throw new UnavailableError(`The erasure is not finished (${(error as Error).message}): send the erasure again.`, {
        cause: error,
      })
    }
  }

  async #erase(persons: readonly Purge[], count: CountBytes): Promise<readonly Purged[]> {
    this.#stopping.signal.throwIfAborted()
    const all = persons.flatMap(({ entriesOf }) => entriesOf)
    const isNamed = persons.some(({ wasKnown }) => wasKnown) || (await this.#isOnDisk(new Erasure(all, count), count))
    // In the turn in which the pass begins: a user who began anew keeps both the value and its entries.
    const changed = persons.map(({ entriesOf }) => entriesOf.find(this.#options.isChanged)?.id)
    const ready = persons.filter((_, i) => changed[i] === undefined)
    const erasure = new Erasure(
      ready.flatMap(({ entriesOf }) => entriesOf),
      count,
    )
    // Where no file names them, one that did may have been deleted only just now.
    if (!isNamed) await this.#options.folder.keepDeletions()
    else if (ready.length > 0) await this.#rewrite(ready, erasure, count)
    return persons.map(({ entriesOf }, i) => ({
      entries: changed[i] === undefined ? erasure.countOf(entriesOf) : 0,
      changed: changed[i],
    }))
  }

  /** Whether a file may name one of the subjects. Only reads. */
  async #isOnDisk(erasure: Erasure, count: CountBytes): Promise<boolean> {
    const { folder } = this.#options
    // What was set aside is damaged: nobody can tell whom it names.
    if ((await folder.asides()).length > 0) return true
    if (await erasure.isIn(readJournal(folder.livePath, undefined))) return true
    const archived = folder.archive === undefined ? [] : await packedSegments(folder.archive)
    for (const path of folder.segmentPaths()) if (await erasure.isIn(readSegment(path))) return true
    for (const path of archived) if (await erasure.isInPacked(path, this.#segmentIds)) return true
    for (const path of await folder.snapshotPaths()) {
      count((await stat(path)).size)
      if (await isInSnapshot(path, erasure)) return true
    }
    return false
  }

  /**
   * After as many snapshots as are kept, every segment that may name a subject is in the archive, or is deleted. What was recorded of the subjects since
   * the erasure was asked for goes too: in the turn in which the first snapshot begins, so that what comes behind it stays.
   */
  async #rewrite(persons: readonly Purge[], erasure: Erasure, count: CountBytes): Promise<void> {
    const { folder, forget } = this.#options
    const steps = [forget(persons.flatMap(({ valuesOf }) => valuesOf)), this.#writeSnapshot(count)]
    // The snapshot is over before anything else is begun, whatever became of the record.
    await Promise.allSettled(steps)
    await Promise.all(steps)
    if (folder.archive === undefined) for (const path of folder.segmentPaths()) await erasure.countSegment(path)
    for (let more = 1; more < KEPT_SNAPSHOTS; more++) await this.#writeSnapshot(count)
    // Before the archive changes: a segment that came back would differ from its copy there, and nothing could be archived any more.
    await folder.removeAsides()
    if (folder.archive !== undefined) await erasure.fromArchive(folder.archive, this.#segmentIds)
  }

  /**
   * Yields the log entries of some users and lists, from the archive, the closed segments and the live journal. Snapshots, archiving
   * and erasures wait meanwhile, so that no entry moves from file to file.
   * @param isOver asked from time to time; the read ends early when it returns true
   * @throws UnavailableError when the service stops meanwhile
   */
  async *entriesOf(subjects: OwnedEntries, isOver: IsOver): AsyncGenerator<FoundEntry> {
    const release = await this.#queue.hold()
    try {
      this.#stopping.signal.throwIfAborted()
      const end = (read = 0) => {
        this.#stopping.signal.throwIfAborted()
        return isOver(read)
      }
      const { folder } = this.#options
      for (const path of folder.archive === undefined ? [] : await packedSegments(folder.archive)) {
        if (end()) return
        if (await this.#segmentIds.mayName(path, subjects.quoted)) yield* ownedLines(readSegment(path), subjects, end)
      }
      for (const path of folder.segmentPaths()) yield* ownedLines(readSegment(path), subjects, end)
      yield* ownedLines(readJournal(folder.livePath, undefined), subjects, end)
    } finally {
      release()
    }
  }

  /** Gives up the task that runs and those that wait. */
  async stop(): Promise<void> {
    this.#stopping.abort(new UnavailableError('The service is stopping.'))
    await this.#queue.run(async () => {})
  }

  /** Closes the segment of the journal and writes what the store held at that moment. */
  async #writeSnapshot(count: CountBytes = () => {}): Promise<void> {
    const { folder, journal, contents, layout, now, expiryTestsAt, inform } = this.#options
    const { signal } = this.#stopping
    signal.throwIfAborted()
    const began = performance.now()
    const number = folder.last + 1
    // In one turn of the event loop: what the journal has until here is what the contents are frozen with.
    contents.freeze()
    const at = now()
    const names = structuredClone(layout.names)
    try {
      await journal.rotate(folder.segmentPath(number), JSON.stringify({ kind: 'layout', format: 1, names }))
      folder.closed(number)
      await writeSnapshot(folder.snapshotPath(number), {
        contents,
        names,
        now: at,
        expired: expiryTestsAt(at),
        signal,
        count,
        // An identity in the snapshot whose event is not in the journal would make a duplicate of what was never counted.
        beforeNaming: () => journal.sync(),
      })
    } finally {
      contents.thaw()
    }
    this.#snapshotBytes = (await stat(folder.snapshotPath(number))).size
    inform({ snapshot: folder.snapshotPath(number), tookMs: Math.round(performance.now() - began) })
    await folder.keep(number, KEPT_SNAPSHOTS, signal)
  }
}
