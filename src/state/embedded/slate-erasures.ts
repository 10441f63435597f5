import type { SlateFiles } from './slate-files.ts'
import type { SlatePage } from './slate-page.ts'

/** A record to erase from the file of its page. */
interface Erasure {
  readonly page: SlatePage
  /** Generation of the page in which the record is at this offset. A later one lacks it. */
  readonly generation: number
  readonly offset: number
  /** Bytes of the record; 0 if only its file tells. */
  readonly length: number
}

/** Records of kept slates that are still to be erased from files. */
export class SlateErasures {
  readonly #files: () => SlateFiles | undefined
  readonly #waiting = new Set<Erasure>()

  constructor(files: () => SlateFiles | undefined) {
    this.#files = files
  }

  add(page: SlatePage, offset: number, length: number): void {
    this.#waiting.add({ page, generation: page.generation, offset, length })
  }

  /** Erases all that wait. @throws Error if a file could not be written; those records wait for the next run */
  async run(): Promise<void> {
    for (const erasure of this.#waiting) {
      await this.#erase(erasure)
      this.#waiting.delete(erasure)
    }
  }

  async #erase({ page, generation, offset, length }: Erasure): Promise<void> {
    const files = this.#files()
    if (!files || page.file === undefined || page.isDropped || page.generation !== generation) return
    const bytes = length || (await files.read(page.file, offset))?.length
    if (bytes !== undefined) await files.erase(page.file, offset, bytes)
  }
}
