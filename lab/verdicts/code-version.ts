import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { PACKAGE_ROOT } from '../../src/package-root.ts'

const git = (...args: string[]) => promisify(execFile)('git', ['-C', PACKAGE_ROOT, ...args])

/** Returns what identifies the running code: in a clone its commit, and whether files differ from it; else the version of the package. */
export async function codeVersion(): Promise<string> {
  if (!existsSync(join(PACKAGE_ROOT, '.git'))) return `version ${await packageVersion()}`
  const { stdout: commit } = await git('rev-parse', '--short=8', 'HEAD')
  const { stdout: changes } = await git('status', '--porcelain', '--untracked-files=no')
  return `commit ${commit.trim()}${changes === '' ? '' : ' with uncommitted changes'}`
}

async function packageVersion(): Promise<string> {
  const text = await readFile(join(PACKAGE_ROOT, 'package.json'), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version
}
