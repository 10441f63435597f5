import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageDirectorySync } from 'package-directory'
import { z } from 'zod'
import { invariant } from './invariant.ts'

/** Folder of this package, which contains the models and Python scripts. The same for TypeScript sources and for compiled code. */
export const PACKAGE_ROOT = packageRoot()

function packageRoot(): string {
  const root = packageDirectorySync({ cwd: import.meta.dirname })
  invariant(root !== undefined, 'PACKAGE_ROOT', `no package.json above ${import.meta.dirname}`)
  return root
}

/** Returns the version in `package.json`, such as `1.2.0`. */
export function packageVersion(): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8'))).version
}
