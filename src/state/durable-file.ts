import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LiverankError } from '../errors.ts'

/**
 * Creates a folder, and the folders above it, unless they exist. `mkdir` of Node, with `recursive`, never ends where a file system says
 * ENOENT to every new folder, as /proc does.
 * @returns the topmost folder that was created; undefined if all exist
 * @throws LiverankError CONFIGURATION if such a file system has no room for the folder
 * @throws Error of the file system, with `path`
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return (await makeOne(path)) ? path : undefined
  } catch (error) {
    const parent = dirname(path)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error
    const topmost = await makeFolder(parent)
    const isMade = await makeOne(path).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'ENOENT') throw again
      const message = `${path} cannot be created, because no folder can be created in ${parent}: name another path.`
      throw new LiverankError('CONFIGURATION', message, { cause: again })
    })
    return topmost ?? (isMade ? path : undefined)
  }
}

/** @returns false if it exists already */
async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    // A link to nothing exists too, as what `mkdir` says.
    const found = await stat(path).catch(() => undefined)
    if (!found?.isDirectory()) throw error
    return false
  }
}

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

const CHUNK_BYTES = 2 ** 20

/** Copies this many bytes from the start of a file. @throws Error if it has fewer */
export async function copyStart(path: string, bytes: number, to: FileHandle): Promise<void> {
  const from = await open(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(Math.min(bytes, CHUNK_BYTES))
    for (let at = 0; at < bytes; ) {
      const { bytesRead } = await from.read(chunk, 0, Math.min(chunk.length, bytes - at), at)
      if (bytesRead === 0) throw new Error(`${path} has ${at} of the ${bytes} bytes that were synced`)
      await to.writeFile(chunk.subarray(0, bytesRead))
      at += bytesRead
    }
  } finally {
    await from.close()
  }
}
