import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { COMPILER } from './built-command.ts'
import { bundlePrograms } from './bundle.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = (...args: readonly string[]) => execFileSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })

/** Builds what tests start in processes of their own: a process from the sources takes twice as long to begin. */
export async function buildService(): Promise<void> {
  run(COMPILER, '-b', '.', 'test/programs')
  await bundlePrograms()
}

/** Builds the web pages, if they are older than their sources. */
export function buildPages(): void {
  run('scripts/build-pages.mjs')
}
