import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DataFolder } from '../../src/import/data-folder.ts'
import type { LoggedEvent } from '../../src/import/log-lines.ts'

/** A data folder with these events, without items. */
export function loggedFolder(events: readonly LoggedEvent[], surfaceAttribute?: string): DataFolder {
  const folder = mkdtempSync(join(tmpdir(), 'liverank-logged-'))
  writeFileSync(join(folder, 'events.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  return new DataFolder(folder, surfaceAttribute)
}
