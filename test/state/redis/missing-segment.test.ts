import { readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readArchive } from '../../../src/state/log/archive.ts'
import { connectRedis } from '../../../src/state/redis/connection.ts'
import { RedisKeys } from '../../../src/state/redis/keys.ts'
import { LogTrimmer } from '../../../src/state/redis/log-trimmer.ts'
import { onRedis } from '../../support/each-store.ts'
import { eventually } from '../../support/eventually.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

onRedis('an archive of Redis', (open, server) => {
  it('that lacks a whole segment is refused, and the error names the segments before and after the gap', async () => {
    const archive = await temporaryDirectory()
    const service = await open()
    const connection = connectRedis({ url: server().url }, () => {})
    onTestFinished(() => connection.close())
    const keys = new RedisKeys(service.partitioning, service.prefix)
    const trimmer = new LogTrimmer({ connection, keys, archive, margin: 0, warn: () => {} })
    const log = keys.log(keys.partition('ann'))
    for (let segment = 0; segment < 4; segment++) {
      await service.ingest.record([{ userId: 'ann', itemId: 'i1', eventType: 'view' }])
      await service.store.settle()
      await eventually(async () => {
        await trimmer.trim()
        expect(await connection.commands.xlen(log)).toBe(0)
      })
    }
    const read = async (folder: string) => {
      let events = 0
      for await (const { entry } of readArchive(folder)) if (entry.kind === 'events') events++
      return events
    }
    expect(await read(archive)).toBe(4)

    const [first, second, third, fourth] = (await readdir(archive)).sort().map((name) => join(archive, name))
    const elsewhere = join(await temporaryDirectory(), 'segment')
    await rename(third, elsewhere)
    await expect(read(archive)).rejects.toMatchObject({
      code: 'DAMAGED_LOG',
      message: expect.stringContaining(`Segments are missing between ${second} and ${fourth}`),
    })
    await rename(elsewhere, third)
    // An archive may begin later: what came before is known to be gone.
    await rename(first, elsewhere)
    expect(await read(archive)).toBe(3)
  })
})
