import { stat } from 'node:fs/promises'
import { ErasureConflictError, LiverankError, UnavailableError } from '../../errors.ts'
import { pause, systemTimers, type Timers } from '../../timers.ts'
import type { Ended } from '../ended.ts'
import { Erasure, packedSegments } from '../log/erased-log.ts'
import { readSegment } from '../log/segments.ts'
import type { SlotLayout } from '../slots.ts'
import type { ErasedSubject, Subject } from '../store.ts'
import type { MemoryContents } from './contents.ts'
import { type Journal, readJournal } from './journal.ts'
import type { JournalFolder } from './journal-folder.ts'
import { SerialQueue } from './serial-queue.ts'
import { isInSnapshot, writeSnapshot } from './snapshot.ts'

/** A snapshot of more bytes is written only when the journal has an eighth of them: the disk has other things to do. */
const LARGE = 2 ** 28
const SHARE = 8
/** How long the first erasure waits for others to share its pass over the files, in ms. */
const GATHERING_MS = 20

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
  /** What may be dropped at this time. */
  readonly endedAt: (now: number) => Ended
  readonly timers?: Timers
  readonly inform: (facts: { snapshot: string; tookMs: number }) => void
  readonly warn: (message: string) => void
}

/** An erasure that waits for its pass over the files. */
interface Waiting {
  readonly entriesOf: readonly ErasedSubject[]
  readonly valuesOf: readonly ErasedSubject[]
  readonly wasKnown: boolean
  resolve(entries: number): void
  reject(error: Error): void
}

/**
 * Rewrites the files of an embedded store while it goes on recording: snapshots, which keep a start short, the archive, and erasures.
 * All of that is done by one task at a time. It may be killed anywhere: until a snapshot has its name the one before it counts, and
 * segments are deleted only when two newer snapshots contain them.
 */
export class Compaction {
  readonly #options: CompactionOptions
  readonly #stopping = new AbortController()
  readonly #queue = new SerialQueue()
  #waiting: Waiting[] = []
  #isSnapshotPlanned = false
  #snapshotBytes = 0

  constructor(options: CompactionOptions) {
    this.#options = options
  }

  /** Writes a snapshot if the journal, which has so many bytes now, is due. One that fails is logged, and tried again later. */
  grown(bytes: number): void {
    const { everyBytes, warn } = this.#options
    const due = this.#snapshotBytes > LARGE ? Math.max(everyBytes, this.#snapshotBytes / SHARE) : everyBytes
    if (everyBytes === 0 || bytes < due || this.#stopping.signal.aborted || this.#isSnapshotPlanned) return
    this.#isSnapshotPlanned = true
    this.#queue
      .run(() => this.#writeSnapshot())
      .catch((error: Error) => {
        if (!this.#stopping.signal.aborted) warn(`no snapshot was written, and the journal stays: ${error.message}`)
      })
      .finally(() => {
        this.#isSnapshotPlanned = false
      })
  }

  /**
   * Takes the log entries of some subjects, and the values of some of them, out of the files. Erasures that come while a pass over
   * the files runs share the next pass.
   * @param wasKnown whether memory held any of the values. If not, the files are read first, and rewritten only if they name a subject
   * @returns how many entries went
   * @throws UnavailableError when the files could not be rewritten: the erasure can be sent again
   */
  erase(entriesOf: readonly ErasedSubject[], valuesOf: readonly ErasedSubject[], wasKnown: boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entriesOf, valuesOf, wasKnown, resolve, reject })
      if (this.#waiting.length === 1) void this.#queue.run(() => this.#eraseWaiting())
    })
  }

  async #eraseWaiting(): Promise<void> {
    await pause(this.#options.timers ?? systemTimers, GATHERING_MS)
    const batch = this.#waiting
    this.#waiting = []
    const { isChanged } = this.#options
    const all = batch.flatMap(({ entriesOf }) => entriesOf)
    try {
      this.#stopping.signal.throwIfAborted()
      const isNamed = batch.some(({ wasKnown }) => wasKnown) || (await this.#isOnDisk(new Erasure(all)))
      // In the turn in which the pass begins: a user who began anew keeps both the value and its entries.
      const ready = batch.filter(({ entriesOf, reject }) => {
        const changed = entriesOf.find(isChanged)
        if (changed) reject(new ErasureConflictError(changed.id))
        return !changed
      })
      const erasure = new Erasure(ready.flatMap(({ entriesOf }) => entriesOf))
      if (isNamed && ready.length > 0) await this.#rewrite(ready, erasure)
      for (const { entriesOf, resolve } of ready) resolve(erasure.countOf(entriesOf))
    } catch (error) {
      const refusal =
        error instanceof LiverankError
          ? error
          : new UnavailableError(`The erasure is not finished (${(error as Error).message}): send it again.`, { cause: error })
      for (const { reject } of batch) reject(refusal)
    }
  }

  /** Whether a file may name one of the subjects. Only reads. */
  async #isOnDisk(erasure: Erasure): Promise<boolean> {
    const { folder } = this.#options
    // What was set aside is damaged: nobody can tell whom it names.
    if ((await folder.asides()).length > 0) return true
    if (await erasure.isIn(readJournal(folder.livePath, undefined))) return true
    const archived = folder.archive === undefined ? [] : await packedSegments(folder.archive)
    for (const path of [...folder.segmentPaths(), ...archived]) if (await erasure.isIn(readSegment(path))) return true
    const isOne = (subject: Subject) => erasure.erasesSubject(subject)
    for (const path of await folder.snapshotPaths()) {
      if (await isInSnapshot(path, isOne, (json) => erasure.concerns(json))) return true
    }
    return false
  }

  /**
   * After two snapshots every segment that may name a subject is in the archive, or is deleted. What was recorded of the subjects since
   * the erasure was asked for goes too: in the turn in which the first snapshot begins, so that what comes behind it stays.
   */
  async #rewrite(batch: readonly Waiting[], erasure: Erasure): Promise<void> {
    const { folder, forget } = this.#options
    const steps = [forget(batch.flatMap(({ valuesOf }) => valuesOf)), this.#writeSnapshot()]
    // The snapshot is over before anything else is begun, whatever became of the record.
    await Promise.allSettled(steps)
    await Promise.all(steps)
    if (folder.archive === undefined) for (const path of folder.segmentPaths()) await erasure.countSegment(path)
    await this.#writeSnapshot()
    await folder.removeAsides()
    if (folder.archive !== undefined) await erasure.fromArchive(folder.archive)
  }

  /** Gives up the task that runs and those that wait. */
  async stop(): Promise<void> {
    this.#stopping.abort(new UnavailableError('The service is stopping.'))
    await this.#queue.run(async () => {})
  }

  /** Closes the segment of the journal and writes what the store held at that moment. */
  async #writeSnapshot(): Promise<void> {
    const { folder, journal, contents, layout, now, endedAt, inform } = this.#options
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
        ended: endedAt(at),
        signal,
        // An identity in the snapshot whose event is not in the journal would make a duplicate of what was never counted.
        beforeNaming: () => journal.sync(),
      })
    } finally {
      contents.thaw()
    }
    this.#snapshotBytes = (await stat(folder.snapshotPath(number))).size
    inform({ snapshot: folder.snapshotPath(number), tookMs: Math.round(performance.now() - began) })
    await folder.keep(number, signal)
  }
}
