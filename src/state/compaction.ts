import { stat } from 'node:fs/promises'
import { Erasure } from './erased-log.ts'
import type { Journal } from './journal.ts'
import type { JournalFolder } from './journal-folder.ts'
import type { Ended, MemoryContents } from './memory-contents.ts'
import type { SlotLayout } from './slots.ts'
import { writeSnapshot } from './snapshot.ts'
import type { Subject } from './store.ts'

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
  /** ms of the clock that features see. */
  readonly now: () => number
  /** What may be dropped at this time. */
  readonly endedAt: (now: number) => Ended
  readonly inform: (facts: { snapshot: string; tookMs: number }) => void
  readonly warn: (message: string) => void
}

/**
 * Keeps a start short: closes the journal's segment and writes what the store held at that moment, while it goes on recording.
 * A start then reads the snapshot and the segments behind it. It may be killed anywhere: until the snapshot has its name the one
 * before it counts, and segments go only when two newer snapshots contain them.
 */
export class Compaction {
  readonly #options: CompactionOptions
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined
  #snapshotBytes = 0

  constructor(options: CompactionOptions) {
    this.#options = options
  }

  /** The journal has so many bytes now. A snapshot that fails is no fault of what is recorded: it is told, and tried again later. */
  grown(bytes: number): void {
    const { everyBytes } = this.#options
    const due = this.#snapshotBytes > LARGE ? Math.max(everyBytes, this.#snapshotBytes / SHARE) : everyBytes
    if (everyBytes === 0 || bytes < due || this.#stopping.signal.aborted) return
    this.#running ??= this.#run()
      .catch((error: Error) => {
        if (!this.#stopping.signal.aborted) this.#options.warn(`no snapshot was written, and the journal stays: ${error.message}`)
      })
      .finally(() => {
        this.#running = undefined
      })
  }

  /**
   * Takes entries out of all that is on disk: after two snapshots every segment that has any is in the archive, or is deleted.
   * @returns how many went
   */
  async purge(subjects: readonly Subject[]): Promise<number> {
    const { folder } = this.#options
    const erasure = new Erasure(subjects)
    await this.#running
    const purging = this.#purge(erasure)
    this.#running = purging.then(
      () => undefined,
      () => undefined,
    )
    try {
      const deleted = await purging
      return folder.archive === undefined ? deleted : await erasure.fromArchive(folder.archive)
    } finally {
      this.#running = undefined
    }
  }

  async #purge(erasure: Erasure): Promise<number> {
    const { folder } = this.#options
    await this.#run()
    let count = 0
    if (folder.archive === undefined) for (const path of folder.segmentPaths()) count += (await erasure.find(path)).entries
    await this.#run()
    return count
  }

  /** Gives up what is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { folder, journal, contents, layout, now, endedAt, inform } = this.#options
    const { signal } = this.#stopping
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
