import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isLocked, lockFolder } from '../../src/state/embedded/data-folder-lock.ts'
import { DAY } from '../../src/time-units.ts'
import { DATASET_FILE } from '../learning/dataset-writer.ts'

/** Hidden, so that nobody takes it for a model. */
const PREFIX = '.training-'
/** How long what was cut off waits for the same command to be given again. */
const KEPT_FOR = 7 * DAY

/**
 * What a training has come to so far, beside where its model is to stand: on the same disk, so that the last step is a rename. Its
 * name is made of all that the training set depends on, so that the same command finds it again, and no other does.
 */
export class TrainingWork {
  readonly folder: string
  readonly #unlock: () => Promise<void>

  private constructor(folder: string, unlock: () => Promise<void>) {
    this.folder = folder
    this.#unlock = unlock
  }

  /**
   * @param directory of the model to be
   * @param dependsOn JSON: the data by its hash, and every option that counts
   * @throws LiverankError CONFIGURATION when another process is at the same work
   */
  static async open(directory: string, dependsOn: object): Promise<TrainingWork> {
    const name = createHash('sha256').update(JSON.stringify(dependsOn)).digest('hex').slice(0, 16)
    const folder = join(directory, `${PREFIX}${name}`)
    return new TrainingWork(folder, await lockFolder(folder, 'Wait for that process, or stop it.'))
  }

  /** Removes what was cut off and will not be gone on with: without a whole training set, or a week old. */
  static async sweep(directory: string): Promise<void> {
    for (const name of await readdir(directory)) {
      const folder = join(directory, name)
      if (!name.startsWith(PREFIX) || (await isLocked(folder))) continue
      const made = await stat(join(folder, 'dataset', DATASET_FILE)).catch(() => undefined)
      if (made === undefined || made.mtimeMs < Date.now() - KEPT_FOR) await rm(folder, { recursive: true, force: true })
    }
  }

  /** Of the training set, which is whole when `hasDataset` says so. */
  get dataset(): string {
    return join(this.folder, 'dataset')
  }

  get hasDataset(): boolean {
    return existsSync(join(this.dataset, DATASET_FILE))
  }

  /** An empty folder for the training set. */
  async newDataset(): Promise<string> {
    await rm(this.dataset, { recursive: true, force: true })
    await mkdir(this.dataset)
    return this.dataset
  }

  /** An empty folder for the model while it is not checked; of this process, since a fit whose command was killed may still be running. */
  async newBench(): Promise<string> {
    const bench = join(this.folder, `unchecked-${process.pid}`)
    await rm(bench, { recursive: true, force: true })
    await mkdir(bench)
    return bench
  }

  /** All of it is done with. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }

  /** It waits for the command to be given again. */
  async leave(): Promise<void> {
    await this.#unlock()
  }
}
