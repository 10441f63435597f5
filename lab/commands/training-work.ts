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
 * The unfinished work of a training, in a folder next to the future model. Both are on one disk, so that the last step is a
 * rename. The folder's name is a hash of everything that the training set depends on: the same command finds the folder again,
 * and no other command does.
 */
export class TrainingWork {
  readonly folder: string
  readonly #unlock: () => Promise<void>

  private constructor(folder: string, unlock: () => Promise<void>) {
    this.folder = folder
    this.#unlock = unlock
  }

  /**
   * Opens the folder of a training, or makes it, and locks it.
   * @param directory folder in which the model will be
   * @param dependsOn JSON with the hash of the data and every option that changes the training set
   * @throws LiverankError CONFIGURATION if another process has locked the folder
   */
  static async open(directory: string, dependsOn: object): Promise<TrainingWork> {
    const name = createHash('sha256').update(JSON.stringify(dependsOn)).digest('hex').slice(0, 16)
    const folder = join(directory, `${PREFIX}${name}`)
    return new TrainingWork(folder, await lockFolder(folder, 'Wait for that process, or stop it.'))
  }

  /** Removes folders that no later command can use: those without a whole training set, and those older than a week. */
  static async sweep(directory: string): Promise<void> {
    for (const name of await readdir(directory)) {
      const folder = join(directory, name)
      if (!name.startsWith(PREFIX) || (await isLocked(folder))) continue
      const made = await stat(join(folder, 'dataset', DATASET_FILE)).catch(() => undefined)
      if (made === undefined || made.mtimeMs < Date.now() - KEPT_FOR) await rm(folder, { recursive: true, force: true })
    }
  }

  /** Folder of the training set. The set is whole if `hasDataset` is true. */
  get dataset(): string {
    return join(this.folder, 'dataset')
  }

  get hasDataset(): boolean {
    return existsSync(join(this.dataset, DATASET_FILE))
  }

  /** Makes an empty folder for the training set, and returns its path. */
  async newDataset(): Promise<string> {
    await rm(this.dataset, { recursive: true, force: true })
    await mkdir(this.dataset)
    return this.dataset
  }

  /**
   * Makes an empty folder for the unchecked model, and returns its path. Each process has its own folder, because a fit may
   * outlive the command that started it.
   */
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

  /** Unlocks the folder and keeps it for a later run of the same command. */
  async leave(): Promise<void> {
    await this.#unlock()
  }
}
