import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startTemporaryRedis } from '../../../lab/replay/temporary-redis.ts'
import { redisAvailable, redisProgram } from '../../support/redis-server.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

afterEach(() => void vi.unstubAllEnvs())

/** Stands in for redis-server: the first times that it starts, somebody else has taken its port. */
async function takePort(times: number): Promise<void> {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const folder = await temporaryDirectory()
  const program = join(folder, 'redis-server')
  const count = join(folder, 'count')
  const lines = [
    '#!/bin/sh',
    `echo x >> ${count}`,
    `[ "$(wc -l < ${count})" -gt ${times} ] || exec ${redisProgram} "$@" --port ${port}`,
    `exec ${redisProgram} "$@"`,
  ]
  await writeFile(program, lines.join('\n'), { mode: 0o755 })
  vi.stubEnv('REDIS_SERVER', program)
}

describe.skipIf(!redisAvailable)('a Redis for one command', () => {
  it('gets another port if somebody else has taken the first one: the command failed', async () => {
    await takePort(2)
    const { url, stop } = await startTemporaryRedis()
    const client = new Redis(url)
    expect(await client.ping()).toBe('PONG')
    client.disconnect()
    await stop()
  })

  it('is refused if every port is taken', async () => {
    await takePort(100)
    await expect(startTemporaryRedis()).rejects.toMatchObject({ code: 'CONFIGURATION', message: /did not start \(exit code 1\)/ })
  })
})
