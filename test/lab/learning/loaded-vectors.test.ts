import { execFile } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { drive } from '../../../lab/simulation/drive.ts'
import { createShop } from '../../../lab/simulation/shop.ts'
import { createShoppers } from '../../../lab/simulation/shopper.ts'
import { connectRedis } from '../../../src/state/redis/connection.ts'
import { RedisKeys } from '../../../src/state/redis/keys.ts'
import { LogTrimmer } from '../../../src/state/redis/log-trimmer.ts'
import { LIVERANK_LAB } from '../../support/built-command.ts'
import { eventually } from '../../support/eventually.ts'
import { itWhenLong } from '../../support/long.ts'
import { RedisServer, redisAvailable } from '../../support/redis-server.ts'
import { StartedService } from '../../support/started-service.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

/** `npm run test:long` asks for longer loads. */
const FACTOR = Number(process.env.LOAD_FACTOR ?? 1)
const SESSIONS = 20 * FACTOR
const PARTITIONS = 4
const TIMEOUT = 120_000 * FACTOR

/** Two shops' worth of shoppers at once, each as fast as the service answers. */
async function load(url: string): Promise<void> {
  const wait = (ms: number, signal?: AbortSignal) => setTimeout(ms, undefined, { signal }).catch(() => undefined)
  const reports = await Promise.all(
    [1, 2].map((seed) => {
      const shop = createShop({ seed, items: 60, categories: 4, startsAt: Date.now() })
      const shoppers = createShoppers(shop, { seed, count: 40 })
      return drive({
        url,
        live: false,
        shop,
        shoppers,
        seed,
        sessions: SESSIONS,
        concurrency: 4,
        speed: 1e9,
        now: Date.now,
        wait,
      })
    }),
  )
  for (const { failures } of reports) expect(failures).toEqual({})
}

async function start(settings: Record<string, string>): Promise<{ service: StartedService; url: string }> {
  const service = new StartedService({ VECTOR_SHARE: '1', MODEL: 'default', PARTITIONS: String(PARTITIONS), ...settings })
  return { service, url: `${await service.serving()}` }
}

/** What the command says of these folders. It fails where one differs. */
async function verify(...args: string[]): Promise<{ compared: number; said: string }> {
  const command = [LIVERANK_LAB, 'verify-features', ...args]
  const { stdout } = await promisify(execFile)(process.execPath, command).catch((error: { stdout: string }) => {
    throw new Error(`Some vectors differ:\n${error.stdout}`, { cause: error })
  })
  const [, compared] = /: (\d+) decisions compared with their vectors as served, 0 differ/.exec(stdout) ?? []
  return { compared: Number(compared), said: stdout }
}

describe('vectors served to two loads at once', () => {
  it('are those of a replay of the journal, across snapshots and the archive', { timeout: TIMEOUT }, async () => {
    const dataDir = await temporaryDirectory()
    const { service, url } = await start({ DATA_DIR: dataDir, SNAPSHOT_EVERY_MB: '2' })
    await load(url)
    expect(await service.stop('SIGTERM')).toBe(0)
    const { compared } = await verify(dataDir)
    expect(compared).toBeGreaterThan(SESSIONS)
  })

  itWhenLong('are those of a replay of the archive of Redis', { timeout: TIMEOUT, skip: !redisAvailable }, async () => {
    const server = await RedisServer.start()
    onTestFinished(() => server.stop())
    const { service, url } = await start({ REDIS_URL: server.url, LOG_MARGIN: '60' })
    await load(url)
    const archive = await temporaryDirectory()
    const connection = connectRedis({ url: server.url }, () => {})
    onTestFinished(() => connection.close())
    const keys = new RedisKeys({ partitions: PARTITIONS, shards: 8 }, 'lr')
    const lengths = () =>
      Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => connection.commands.xlen(keys.log(partition))))
    await eventually(async () => {
      await new LogTrimmer({ connection, keys, archive, margin: 0, warn: () => {} }).trim()
      expect(await lengths()).toEqual([0, 0, 0, 0])
    }, 20)
    expect(await service.stop('SIGTERM')).toBe(0)
    const { compared, said } = await verify(archive)
    // Of every decision that is read while folds go on, some stay without vectors.
    expect(compared).toBeGreaterThan(SESSIONS / 4)
    expect(said).not.toContain('cannot be replayed')
  })
})
