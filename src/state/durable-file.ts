import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Ending of the name of a file until it is whole. A start removes the files with it, which a crash left. */
export const UNFINISHED = '.unfinished'

/** Tells the unfinished files of this process from those of others that write to the same folder. */
const PROCESS = randomBytes(6).toString('hex')
let begun = 0

/** A name beside `path` that no other writer uses, in this process or another. */
export function unfinishedPath(path: string): string {
  return `${path}.${PROCESS}-${++begun}${UNFINISHED}`
}

/** Makes the names in a folder survive a loss of power. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/**
 * Writes a file that is on the disk whole, or not at all: `write` fills it under a name of its own. Two writers of one path do not
 * disturb each other; the last one to finish wins.
 */
export async function writeWhole(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const unfinished = unfinishedPath(path)
  try {
    const file = await open(unfinished, 'wx')
    try {
      await write(file)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
  await syncDirectory(dirname(path))
}
