import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** File name suffix of an unfinished file. At start, the service removes such files, which a crash left behind. */
export const UNFINISHED = '.unfinished'

/** Tells the unfinished files of this process from those of others that write to the same folder. */
const PROCESS = randomBytes(6).toString('hex')
let begun = 0

/** Returns a temporary name next to `path` that no other writer uses, in this process or another. */
export function unfinishedPath(path: string): string {
  return `${path}.${PROCESS}-${++begun}${UNFINISHED}`
}

/** Syncs a directory, so that its file names survive a loss of power. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/**
 * Writes a file so that the disk holds all of it or nothing. `write` fills the file under a temporary name. If two writers write to
 * one path, the last one to finish wins.
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
