import { access, constants, readdir, stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Finding, ok, problem, problemOf, warning } from './finding.ts'

const GIGABYTE = 2 ** 30
/** Below this a journal may fill the disk within minutes, and then nothing is recorded. */
const TOO_LITTLE = GIGABYTE / 4
const LITTLE = 2 * GIGABYTE

/** Checks that a folder can be written or created, and that its disk has enough free space. @param name name of the setting */
export async function examineDisk(name: string, folder: string): Promise<Finding[]> {
  try {
    const existing = await existingFolder(resolve(folder))
    try {
      await access(existing, constants.W_OK | constants.X_OK)
    } catch {
      return [
        problem('disk', `${name} is ${folder}, and this user cannot write to ${existing}.`, 'Change its owner or permissions.'),
      ]
    }
    const { bavail, bsize } = await statfs(existing)
    return [spaceOf(name, folder, bavail * bsize, await sizeOf(folder))]
  } catch (error) {
    return [problemOf('disk', error)]
  }
}

function spaceOf(name: string, folder: string, free: number, used: number): Finding {
  const message = `${name} ${folder} holds ${gigabytes(used)}, and its disk has ${gigabytes(free)} free.`
  const advice = 'Make room, or move the folder to a larger disk: nothing is recorded when the disk is full.'
  if (free < TOO_LITTLE) return problem('disk', message, advice)
  // A snapshot is written beside the one before it.
  return free < Math.max(LITTLE, used) ? warning('disk', message, advice) : ok('disk', message)
}

/** The folder itself, or the nearest above it that exists. @throws Error ENOTDIR when that is a file */
async function existingFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (found === undefined) return existingFolder(dirname(folder))
  if (!found.isDirectory()) await readdir(folder)
  return folder
}

/** Bytes of the files in a folder, those in folders within it left out; 0 for none. */
async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (file) => (file.isFile() ? file.size : 0),
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

function gigabytes(bytes: number): string {
  return `${(bytes / GIGABYTE).toFixed(2)} GB`
}
