import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { COMPILER } from './built-command.ts'

/** Builds what tests start in processes of their own: a process from the sources takes twice as long to begin. */
export default function setup(): void {
  const root = join(import.meta.dirname, '../..')
  execFileSync(process.execPath, [COMPILER, '-b', '.', 'test/programs'], { cwd: root, stdio: 'inherit' })
  execFileSync(process.execPath, ['scripts/build-pages.mjs'], { cwd: root, stdio: 'inherit' })
}
