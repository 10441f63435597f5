import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DataFolder } from '../../src/import/data-folder.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'
import { scratchDirectory } from './temporary-directory.ts'

/** A data folder with these events, without items. */
export function loggedFolder(events: readonly LoggedEvent[], surfaceAttribute?: string): DataFolder {
  const folder = scratchDirectory()
  writeFileSync(join(folder, 'events.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  return new DataFolder(folder, surfaceAttribute)
}
