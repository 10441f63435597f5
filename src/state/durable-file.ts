import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** What a file is called until it is whole. A start removes what a crash has left of these. */
export const UNFINISHED = '.unfinished'

/** Makes the names in a folder survive the machine. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/**
 * A file that is there whole and on the disk, or not at all: `write` fills it under another name.
 * @param writer tells unfinished files of several writers of one name apart
 */
export async function writeWhole(path: string, write: (file: FileHandle) => Promise<void>, writer = ''): Promise<void> {
  const unfinished = `${path}${writer}${UNFINISHED}`
  try {
    const file = await open(unfinished, 'w')
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
