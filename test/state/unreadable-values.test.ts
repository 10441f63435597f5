import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { setRules } from '../../src/events/set-rules.ts'
import { standingId } from '../../src/rules/standing-rules.ts'
import { MemoryStore } from '../../src/state/embedded/store.ts'
import { RedisKeys } from '../../src/state/redis/keys.ts'
import type { Subject } from '../../src/state/subject.ts'
import { bothStores } from '../support/each-store.ts'
import type { OpenedService } from '../support/service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const PRICE_FILTER = { filter: { attribute: { name: 'price', lte: 20 } } }
const NULL_BOUND = { updatedAt: 1, surface: 'home', rules: { filter: { attribute: { name: 'price', lte: null } } } }

async function replaceValue({ store, redisUrl, prefix, partitioning }: OpenedService, subject: Subject, json: unknown) {
  const value = Buffer.concat([Buffer.from('damaged!'), Buffer.from(JSON.stringify(json))])
  if (store instanceof MemoryStore) return store.restoreValue(subject, value)
  const redis = new Redis(redisUrl!)
  onTestFinished(() => redis.disconnect())
  await redis.set(new RedisKeys(partitioning, prefix).value(subject), value)
}

bothStores((open) => {
  // Found by the fuzzer: a bound that was infinite was stored as null, and the service never started again.
  it('a service starts without the rules and the item that it cannot read, reports them, and accepts new ones', async () => {
    const dataDir = await temporaryDirectory()
    const before = await open({ dataDir })
    for (const itemId of ['i1', 'i2']) await before.uploads.upsertItems([{ itemId, attributes: { price: 10 } }])
    for (const surface of [undefined, 'home']) await setRules(before, surface, PRICE_FILTER)
    await before.ingest.record([{ eventId: 'e1', userId: 'ann', itemId: 'i1', eventType: 'view' }])
    await replaceValue(before, { kind: 'rules', id: standingId('home') }, NULL_BOUND)
    await replaceValue(before, { kind: 'item', id: 'i2' }, { attributes: 7 })
    // Writes a snapshot of the embedded store.
    await before.erasures.erase('ann')
    await before.close()

    const after = await open({ dataDir, prefix: before.prefix })
    expect(after.standingRules.all.map(({ surface }) => surface)).toEqual([undefined])
    expect([after.catalogue.get('i1'), after.catalogue.get('i2')]).toEqual([expect.anything(), undefined])
    expect(after.warnings).toEqual([
      expect.stringMatching(/^an assertion failed/),
      expect.stringMatching(/catalogue/),
      expect.stringMatching(/standing rules/),
    ])
    await setRules(after, 'home', PRICE_FILTER)
    await after.uploads.upsertItems([{ itemId: 'i2', attributes: { price: 12 } }])
    await after.close()

    const again = await open({ dataDir, prefix: before.prefix })
    expect(again.standingRules.all.map(({ surface }) => surface)).toEqual([undefined, 'home'])
    expect(again.catalogue.get('i2')?.attributes).toEqual({ price: 12 })
    expect(again.warnings).toEqual([])
  })
})
