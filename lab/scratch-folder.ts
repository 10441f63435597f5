import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atProcessEnd } from './at-process-end.ts'

/** A folder among the temporary files of the system, which also goes when a signal ends this process. */
export interface ScratchFolder {
  readonly path: string
  /** Removes the folder and all that is in it. */
  remove(): void
}

/** @param purpose part of the name of the folder */
export async function makeScratchFolder(purpose: string): Promise<ScratchFolder> {
  const path = await mkdtemp(join(tmpdir(), `liverank-${purpose}-`))
  // A server that was killed a moment ago may still be writing.
  const removeFiles = () => rmSync(path, { recursive: true, force: true, maxRetries: 5 })
  const withdraw = atProcessEnd(removeFiles)
  const remove = () => {
    withdraw()
    removeFiles()
  }
  return { path, remove }
}

/** Does the work with a new scratch folder, which goes when the work ends, also if it fails. */
export async function withScratchFolder<T>(purpose: string, work: (path: string) => Promise<T>): Promise<T> {
  const folder = await makeScratchFolder(purpose)
  try {
    return await work(folder.path)
  } finally {
    folder.remove()
  }
}
