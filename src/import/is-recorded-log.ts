import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { isOfJournal } from '../state/embedded/link-journal.ts'
import { isArchived } from '../state/log/archive.ts'

/** Returns whether a folder holds a log that this service recorded: a DATA_DIR, an archive, or an export. */
export async function isRecordedLog(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return false
  return (await readdir(folder)).some((name) => isOfJournal(name) || isArchived(name))
}
