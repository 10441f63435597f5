import type { Stats } from 'node:fs'
import { access, constants, lstat, mkdtemp, readdir, rmdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { InvalidInputError } from '../errors.ts'
import type { Given, PathCheck } from './checked-paths.ts'

/** Target that means standard output. */
export const STDOUT = '-'

/** Checks that a folder can be read. */
export const readableFolder: PathCheck = async (path) => {
  await readdir(path)
}

/** Checks that a file can be read. */
export const readableFile: PathCheck = async (path) => {
  if ((await stat(path)).isDirectory()) throw new InvalidInputError(`${path} is a folder: name a file.`)
  await access(path, constants.R_OK)
}

/** Checks for a folder with the log of another system. */
export const dataFolder: PathCheck = async (path) => {
  await readdir(path)
  const { DataFolder } = await import('../import/data-folder.ts')
  await new DataFolder(path).expectReadable()
}

/** Makes a check for a folder with a log that this service recorded. @param others what else may be named, after a comma, for messages */
export function recordedLog(others = ''): PathCheck {
  return async (path) => {
    if (await isRecorded(path)) return
    throw new InvalidInputError(`${path} was not recorded by the service: name a DATA_DIR, an ARCHIVE_DIR${others} or an export.`)
  }
}

/** Checks for a folder with a log, whatever wrote it. */
export const anyLog: PathCheck = async (path, given) => {
  if (!(await isRecorded(path))) await dataFolder(path, given)
}

async function isRecorded(path: string): Promise<boolean> {
  await readdir(path)
  const { isRecordedLog } = await import('../import/is-recorded-log.ts')
  return isRecordedLog(path)
}

/**
 * Makes a check for a folder in which files can be written, or that can be created.
 * @param files returns the names of the files that the command writes
 */
export function writableFolder(files: (given: Given) => readonly string[]): PathCheck {
  return async (path, given) => {
    const found = await look(path)
    if (found === undefined) return expectCreatable(path)
    if (!found.isDirectory()) throw new InvalidInputError(`${path} is a file: name a folder.`)
    await expectRoomIn(path, path)
    for (const file of files(given)) await writableFile(join(path, file), given)
  }
}

/** Checks for a file that can be overwritten, or created together with its folder. */
export const writableFile: PathCheck = async (path) => {
  const found = await look(path)
  if (found === undefined) return expectCreatable(path)
  if (found.isDirectory()) throw new InvalidInputError(`${path} is a folder: name a file.`)
  await access(path, constants.W_OK)
}

/** Makes a check for a file or folder that does not exist, and can be created. @param why ends the sentence "PATH exists, and …" */
export function newPath(why: string): PathCheck {
  return async (path) => {
    if (await look(path)) throw new InvalidInputError(`${path} exists, and ${why}`)
    await expectCreatable(path)
  }
}

/** Applies a check only to commands that use the path. */
export function onlyIf(isUsed: (given: Given) => boolean, check: PathCheck): PathCheck {
  return async (path, given) => {
    if (isUsed(given)) await check(path, given)
  }
}

/** What stands at a path, behind links; undefined if there is nothing. @throws InvalidInputError for a link to nothing */
async function look(path: string): Promise<Stats | undefined> {
  const found = await unlessMissing(stat(path))
  if (found === undefined && (await unlessMissing(lstat(path))))
    throw new InvalidInputError(`${path} is a link to a path that does not exist: name another path.`)
  return found
}

async function unlessMissing(found: Promise<Stats>): Promise<Stats | undefined> {
  try {
    return await found
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function expectCreatable(path: string): Promise<void> {
  let folder = dirname(resolve(path))
  while ((await look(folder)) === undefined && dirname(folder) !== folder) folder = dirname(folder)
  await expectRoomIn(folder, path)
}

/** By creating a folder for a moment: permissions do not tell it of every file system, nor to every user. */
async function expectRoomIn(folder: string, path: string): Promise<void> {
  try {
    await rmdir(await mkdtemp(join(folder, '.liverank-')))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new InvalidInputError(
      `${path} cannot be written, since nothing can be created in ${folder} (${code}): name another path.`,
    )
  }
}
