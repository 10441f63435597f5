import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LiverankError } from '../../errors.ts'
import { LIVE_JOURNAL, segmentNumber, snapshotNumber } from '../log/journal-names.ts'
import { isOfSlates } from './slate-record.ts'

/** How often a folder that changes while it is looked at is looked at again. */
const ATTEMPTS = 5

/** Returns whether a file belongs to the journal of an embedded store: a segment, a snapshot, kept slates, or the live journal. */
export function isOfJournal(name: string): boolean {
  return name === LIVE_JOURNAL || segmentNumber(name) !== undefined || snapshotNumber(name) !== undefined || isOfSlates(name)
}

/**
 * Links the files of a journal into `scratch`, or copies them where links are impossible. The links stay valid if a running service
 * renames or deletes the files.
 * @returns names of the files
 */
export async function linkJournal(folder: string, scratch: string): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    await mkdir(scratch, { recursive: true })
    try {
      const names = (await readdir(folder)).filter(isOfJournal)
      for (const name of names) await linkOrCopy(join(folder, name), join(scratch, name))
      // A live journal that became a segment meanwhile is another by now.
      if (attempt === ATTEMPTS || (await readdir(folder)).filter(isOfJournal).every((name) => names.includes(name))) return names
    } catch (error) {
      if (attempt === ATTEMPTS || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    await rm(scratch, { recursive: true })
  }
}

/** Returns an error about held files with the places that its reader knows; any other error as it is. */
export function withPlaces(error: unknown, placeOf: (message: string) => string): unknown {
  return error instanceof LiverankError ? new LiverankError(error.code, placeOf(error.message), { cause: error }) : error
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error
    await copyFile(from, to)
  }
}
