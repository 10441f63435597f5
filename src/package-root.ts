import { packageDirectorySync } from 'package-directory'
import { invariant } from './invariant.ts'

/** The folder of this package, with its models and Python scripts, whether it runs from TypeScript or compiled. */
export const PACKAGE_ROOT = packageRoot()

function packageRoot(): string {
  const root = packageDirectorySync({ cwd: import.meta.dirname })
  invariant(root !== undefined, 'PACKAGE_ROOT', `no package.json above ${import.meta.dirname}`)
  return root
}
