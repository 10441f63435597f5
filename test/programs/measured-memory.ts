/**
 * Compares what a process estimates of its memory with what the garbage collector frees when the data go: prints both, in bytes, for each
 * kind of data, as JSON. Run it with `--expose-gc`.
 */
import { Catalogue } from '../../src/catalogue/catalogue.ts'
import { wallClock } from '../../src/clock.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'
import { makeLogger } from '../../src/logging/logger.ts'
import { systemRandomness } from '../../src/random.ts'
import { readConfig } from '../../src/service/config.ts'
import { openService } from '../../src/service/service.ts'

const USERS = 3000
// Enough that sums of some 5 MB are freed: what the process allocates meanwhile differs by 0.1 MB.
const ITEMS = 6000
const EVENTS = 40_000
const BATCH = 500

function held(): number {
  globalThis.gc!()
  globalThis.gc!()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const service = await openService({
  config: readConfig({ MODEL: '' }),
  dataDir: undefined,
  domain: eCommerce,
  clock: wallClock(),
  random: systemRandomness(),
  logger: makeLogger('silent'),
})
const types = ['view', 'click', 'cart', 'purchase']
for (let from = 0; from < EVENTS; from += BATCH) {
  const input = Array.from({ length: BATCH }, (_, i) => {
    const at = from + i
    const sessionId = `session-${at % 9000}`
    return { userId: `user-${(at * 7919) % USERS}`, itemId: `item-${(at * 31) % ITEMS}`, eventType: types[at % 4], sessionId }
  })
  await service.ingest.record(input)
}
const full = held()
const users = service.ingest.heldBytes
service.ingest.forget()
const withoutUsers = held()
const { sums } = service.store as unknown as { sums: { allocated: number; keys(): Iterable<string>; drop(key: string): void } }
const ofSums = sums.allocated
for (const key of [...sums.keys()]) sums.drop(key)
const withoutSums = held()

const catalogue = new Catalogue(eCommerce.attributes)
for (let i = 0; i < 5000; i++) {
  const attributes = {
    title: `The article ${i} of the shop`,
    price: i + 0.5,
    brand: `brand ${i % 50}`,
    tags: ['new', `tag ${i}`],
  }
  const [updatedAt, addedAt] = [Date.now(), Date.now() - i]
  catalogue.set(`item-${i}`, {
    attributes: JSON.parse(JSON.stringify(attributes)),
    available: true,
    updatedAt,
    addedAt,
    deleted: false,
  })
}
const ofCatalogue = held() - withoutSums
console.log(
  JSON.stringify({
    decoded_users: { estimated: users, freed: full - withoutUsers },
    sums: { estimated: ofSums, freed: withoutUsers - withoutSums },
    catalogue: { estimated: catalogue.bytes, freed: ofCatalogue },
  }),
)
await service.close()
