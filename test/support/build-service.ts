import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** Builds what tests start in processes of their own: a process from the sources takes twice as long to begin. */
export default function setup(): void {
  const root = join(import.meta.dirname, '../..')
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
  execFileSync(process.execPath, [compiler, '-b', '.', 'test/programs'], { cwd: root, stdio: 'inherit' })
}
