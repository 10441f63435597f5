import { mkdir, stat } from 'node:fs/promises'
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
