import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LiverankError } from '../errors.ts'

/**
 * Creates a folder, and the folders above it, unless they exist. `mkdir` of Node, with `recursive`, never ends where a file system says
 * ENOENT to every new folder, as /proc does.
 * @throws LiverankError CONFIGURATION if such a file system has no room for the folder
 * @throws Error of the file system, with `path`
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeOne(path)
  } catch (error) {
    const parent = dirname(path)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error
    await makeFolder(parent)
    await makeOne(path).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== 'ENOENT') throw again
      const message = `${path} cannot be created, since ${parent} takes no new folders: name another path.`
      throw new LiverankError('CONFIGURATION', message, { cause: again })
    })
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST' && (await stat(path)).isDirectory()
    if (!isThere) throw error
  }
}
