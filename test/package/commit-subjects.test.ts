import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const PROGRAM = join(import.meta.dirname, '../../scripts/check-commit-subjects.mjs')
const run = promisify(execFile)
const AUTHOR = ['-c', 'user.name=Ana', '-c', 'user.email=ana@shop.example']

/** Makes a clone whose remote has a commit with the first subject, and which has one more for each other subject. */
async function clone(pushed: string, ...subjects: string[]): Promise<string> {
  const folder = await temporaryDirectory()
  const [remote, own] = [join(folder, 'remote'), join(folder, 'own')]
  const commit = (cwd: string, subject: string) =>
    run('git', [...AUTHOR, 'commit', '--quiet', '--allow-empty', '--message', subject], { cwd })
  await run('git', ['init', '--quiet', remote])
  await commit(remote, pushed)
  await run('git', ['clone', '--quiet', remote, own])
  for (const subject of subjects) await commit(own, subject)
  return own
}

describe('the check of the subjects of commits', () => {
  it('passes subjects of 72 characters, and longer ones that are already pushed', async () => {
    const cwd = await clone(`pushed: ${'x'.repeat(80)}.`, `Say ${'x'.repeat(68)}`)
    expect(await run(process.execPath, [PROGRAM], { cwd })).toEqual({ stdout: '', stderr: '' })
  })

  it.each([
    [`Say ${'x'.repeat(69)}`, 'has 73 characters'],
    ['fix the store', 'capital letter'],
    ['Fix the store.', 'full stop'],
  ])('refuses "%s", even below another commit', async (subject, problem) => {
    const cwd = await clone('Begin', subject, 'End')
    await expect(run(process.execPath, [PROGRAM], { cwd })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(problem),
    })
  })

  it('passes where there is no repository', async () => {
    const cwd = await temporaryDirectory()
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: join(cwd, '..') }
    expect(await run(process.execPath, [PROGRAM], { cwd, env })).toEqual({ stdout: '', stderr: '' })
  })
})
