import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, inject } from 'vitest'
import { SCRATCH } from './temporary-directory.ts'

/** tsx and npm keep what they compiled for their next start. */
const CACHES = /^(tsx-\d+|node-compile-cache)$/

// Of this process alone: another one runs other test files at the same time.
const folder = join(inject('runFolder'), String(process.pid))
mkdirSync(folder, { recursive: true })
process.env.TMPDIR = folder

/** Fails a test file after which something is left that a command, the service or a test should have removed. */
afterAll(() => {
  const left = readdirSync(folder).filter((name) => !name.startsWith(SCRATCH) && !CACHES.test(name))
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
  if (left.length > 0) throw new Error(`Left behind among the temporary files: ${left.join(', ')}`)
})
