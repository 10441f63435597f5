import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** How the names of folders begin that tests make for themselves. */
export const SCRATCH = 'test-'

/** A new empty folder, which goes when all tests of the running file have finished. */
export function scratchDirectory(): string {
  return mkdtempSync(join(tmpdir(), SCRATCH))
}

/** A new empty folder, which goes when the running test has finished. */
export async function temporaryDirectory(): Promise<string> {
  const directory = scratchDirectory()
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}
