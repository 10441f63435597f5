import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { liverank } from '../../support/command.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { refused } from '../../support/warm-command.ts'

describe('a path that cannot be used', () => {
  it.each(['train', 'evaluate', 'off-policy', 'replay', 'verify-features', 'import'])(
    'ends %s with a sentence, not a stack',
    async (command) => {
      const folder = await temporaryDirectory()
      const file = join(folder, 'file')
      const closed = join(folder, 'closed')
      await writeFile(file, 'x')
      await mkdir(closed)
      await chmod(closed, 0)
      const asRoot = process.getuid?.() === 0
      for (const path of [file, join(folder, 'missing'), ...(asRoot ? [] : [closed])]) {
        const { code, errors } = await refused([command, path], { DATA_DIR: join(folder, 'data') })
        expect(code).toBe(2)
        expect(errors).toMatch(new RegExp(`^liverank: .*${path}`))
        expect(errors).not.toMatch(/^ {4}at /m)
      }
    },
  )

  it('ends the service with a sentence', async () => {
    const folder = await temporaryDirectory()
    const DATA_DIR = join(folder, 'file')
    await writeFile(DATA_DIR, 'x')
    const { code, errors } = await liverank(['serve'], { DATA_DIR })
    expect(code).toBe(78)
    expect(errors).toMatch(/^liverank: .*is a file.*: name a folder \(E\w+\)\.\n$/)
  })
})
