import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { COMMAND_LINE } from '../../src/auth/audit-entry.ts'
import { createKey } from '../../src/auth/audited-keys.ts'
import { decodeKeys, isValid, KEYS } from '../../src/auth/key-record.ts'
import { UnauthenticatedError, UnavailableError } from '../../src/errors.ts'
import { newStoreOn } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { openTestService } from '../support/server.ts'

describe.skipIf(!redisAvailable)('the keys after a failover that lost the latest changes', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis.stop())

  async function open() {
    const store = newStoreOn(redis)
    const service = await openTestService(store)
    const admin = new Redis(redis.url)
    onTestFinished(() => admin.disconnect())
    /** Copies all that Redis holds. @returns what puts the copy back */
    const copy = async () => {
      const held = await admin.keys(`${store.redisPrefix}:*`)
      const kept = await Promise.all(held.map(async (key) => ({ key, bytes: await admin.dumpBuffer(key) })))
      return async () => {
        const transaction = admin.multi().del(await admin.keys(`${store.redisPrefix}:*`))
        for (const { key, bytes } of kept) transaction.restore(key, 0, bytes)
        await transaction.exec()
      }
    }
    /** Interrupts the connection that hears signals, as a failover does. */
    const interrupt = () => admin.client('KILL', 'TYPE', 'pubsub')
    return { service, store, copy, interrupt }
  }

  it('are those of the store, also if the first reads after the failover fail', async () => {
    const { service, copy, interrupt } = await open()
    const kept = await createKey(service, COMMAND_LINE, 'admin', 'kept')
    const putBack = await copy()
    const lost = await createKey(service, COMMAND_LINE, 'backend', 'lost')
    const readValues = service.store.readValues.bind(service.store)
    let failed = 0
    let failedBefore = Number.POSITIVE_INFINITY
    const spy = vi.spyOn(service.store, 'readValues').mockImplementation(async (subjects) => {
      if (subjects.every(({ kind }) => kind !== KEYS.kind)) return readValues(subjects)
      failed++
      throw new UnavailableError('The store does not answer.')
    })
    onTestFinished(() => spy.mockRestore())
    const endResync = service.signals.onResync(() => {
      failedBefore = failed
    })
    onTestFinished(endResync)
    await putBack()
    await interrupt()
    // Of the second read that fails from here on, it is certain that it began after the failover was noticed.
    await eventually(() => expect(failed).toBeGreaterThanOrEqual(failedBefore + 2), 20)
    spy.mockRestore()
    await expect.poll(() => service.keys.has(lost.key.id)).toBe(false)
    expect(service.keys.has(kept.key.id)).toBe(true)
  })

  it('do not let in a key whose revocation was lost, and the store learns of the revocation again', async () => {
    const { service, store, copy, interrupt } = await open()
    const kept = await createKey(service, COMMAND_LINE, 'admin', 'kept')
    const leaked = await createKey(service, COMMAND_LINE, 'backend', 'leaked')
    const putBack = await copy()
    await service.keyChanges.revoke(leaked.key.id)
    expect(() => service.authenticator.prove(leaked.text)).toThrow(UnauthenticatedError)
    const startOver = vi.spyOn(service.keys, 'startOver')
    await putBack()
    const other = await openTestService(store)
    expect(other.keys.has(leaked.key.id)).toBe(true)
    await interrupt()
    await eventually(() => expect(startOver).toHaveBeenCalled(), 5)
    expect(() => service.authenticator.prove(leaked.text)).toThrow(UnauthenticatedError)
    await expect.poll(() => other.keys.has(leaked.key.id)).toBe(false)
    const [held] = await service.store.readValues([KEYS])
    expect(decodeKeys(held!).keys.map(isValid)).toEqual([true, false])
    expect(() => service.authenticator.prove(leaked.text)).toThrow(UnauthenticatedError)
    expect(service.authenticator.prove(kept.text)).toMatchObject({ role: 'admin' })
  })
})
