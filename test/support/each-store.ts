import { afterAll, beforeAll, describe } from 'vitest'
import type { Service } from '../../src/service/service.ts'
import { IS_LONG } from './long.ts'
import { RedisServer, redisAvailable } from './redis-server.ts'
import { openTestService, type ServiceSettings } from './server.ts'
import { type Open, openOn } from './service.ts'

type SuiteOnBoth = (open: Open, store: 'embedded' | 'redis') => void

/** Runs the same suite on the embedded store and, where there is a redis-server, on Redis. */
export function bothStores(define: SuiteOnBoth): void {
  describe('on the embedded store', () => define((options) => openOn(undefined, options), 'embedded'))
  onRedis('on Redis', (open) => define(open, 'redis'))
}

/** As `bothStores`, but on Redis only if `npm run test:long` runs: for code that does not touch the stores itself. */
export function bothStoresWhenLong(define: SuiteOnBoth): void {
  if (IS_LONG) bothStores(define)
  else define((options) => openOn(undefined, options), 'embedded')
}

/** A suite with a Redis server of its own, skipped where there is none. */
export function onRedis(title: string, define: (open: Open, server: () => RedisServer) => void): void {
  describe.skipIf(!redisAvailable)(title, () => {
    let server: RedisServer
    beforeAll(async () => {
      server = await RedisServer.start()
    })
    afterAll(() => server.stop())
    define(
      (options) => openOn(server.url, options),
      () => server,
    )
  })
}

let stores = 0

/** A new store on this server: what its services are opened with. */
export function newStoreOn(redis: RedisServer): { redisUrl: string; redisPrefix: string } {
  return { redisUrl: redis.url, redisPrefix: `t${++stores}` }
}

type SuiteOnEach = (open: (settings?: ServiceSettings) => Promise<Service>, store: 'embedded' | 'Redis') => void

/** The suite on the embedded store, and on Redis where a server can be started. `open` opens a service on a store of its own. */
export function onEachStore(name: string, suite: SuiteOnEach): void {
  describe(`${name}, on the embedded store`, () => suite(openTestService, 'embedded'))
  describe.skipIf(!redisAvailable)(`${name}, on Redis`, () => {
    let redis: RedisServer
    beforeAll(async () => {
      redis = await RedisServer.start()
    })
    afterAll(() => redis.stop())
    suite((settings) => openTestService({ ...newStoreOn(redis), ...settings }), 'Redis')
  })
}

/** As `onEachStore`, but on Redis only if `npm run test:long` runs: for code that does not touch the stores itself. */
export function onEachStoreWhenLong(name: string, suite: SuiteOnEach): void {
  if (IS_LONG) onEachStore(name, suite)
  else describe(name, () => suite(openTestService, 'embedded'))
}
