import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DataFolder } from '../../src/import/data-folder.ts'
import { scratchDirectory } from './temporary-directory.ts'

/** What a data folder has beside its events. The folder lacks the file of what is absent. */
interface Beside {
  readonly users?: readonly object[]
  readonly items?: readonly object[]
  readonly slates?: readonly object[]
}

/** A data folder with these events, and with what is known beside them. */
export function loggedFolder(events: readonly object[], beside: Beside = {}, surfaceAttribute?: string): DataFolder {
  const folder = scratchDirectory()
  for (const [name, lines] of Object.entries({ events, ...beside }) as [string, readonly object[]][])
    writeFileSync(join(folder, `${name}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return new DataFolder(folder, surfaceAttribute)
}
