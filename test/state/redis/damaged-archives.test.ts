import { copyFile, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { onRedis } from '../../support/each-store.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { archivedIds, madeArchive } from './trimmed-logs.ts'

onRedis('the logs in Redis', (open) => {
  it.each([
    [
      'is cut off',
      async (path: string) => truncate(path, (await readFile(path)).length - 30),
      /the segment cannot be read further/,
    ],
    ['is no gzip', async (path: string) => writeFile(path, 'what?'), /:1: the segment cannot be read further/],
    [
      'has a broken line',
      async (path: string) => {
        const lines = gunzipSync(await readFile(path))
          .toString()
          .split('\n')
        lines[1] = 'what?'
        await writeFile(path, gzipSync(lines.join('\n')))
      },
      /:2: the line is not JSON/,
    ],
    [
      'has lost its beginning',
      async (path: string) => {
        const text = gunzipSync(await readFile(path)).toString()
        await writeFile(path, gzipSync(text.slice(text.indexOf('\n') + 1)))
      },
      /:1: the start of .* is missing\. Restore the file/,
    ],
  ])('are refused, with file and line, from an archive with a segment that %s', async (_, damage, message) => {
    const archive = await madeArchive(open)
    const names = (await readdir(archive)).sort()
    const path = join(archive, names[1])
    await damage(path)
    await expect(archivedIds(archive)).rejects.toMatchObject({ code: 'DAMAGED_LOG', message: expect.stringMatching(message) })
    await expect(archivedIds(archive)).rejects.toMatchObject({ message: expect.stringContaining(path) })
    await rm(path)
    expect((await archivedIds(archive)).length).toBeGreaterThan(60)
  })

  it('are refused from the archives of two stores, and each segment counts once from the archives of two replicas', async () => {
    const [archive, other] = [await madeArchive(open), await temporaryDirectory()]
    const names = (await readdir(archive)).sort()
    await copyFile(join(archive, names[0]), join(other, names[0]))
    await rename(join(archive, names[1]), join(other, names[1]))
    expect(await archivedIds(archive, other)).toHaveLength(120)
    await copyFile(join(other, names[0]), join(other, names[0].replace(/--\d+/, '--99999999999999')))
    await expect(archivedIds(archive, other)).rejects.toMatchObject({
      code: 'DAMAGED_LOG',
      message: expect.stringContaining('hold the same entries'),
    })
  })
})
