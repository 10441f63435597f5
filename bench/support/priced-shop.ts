import { SignJWT } from 'jose'
import { wallClock } from '../../src/clock.ts'
import { defineDomain } from '../../src/domain/define-domain.ts'
import type { EventInput } from '../../src/events/validate-event.ts'
import { warningsOnStderr } from '../../src/logging/logger.ts'
import { systemRandomness } from '../../src/random.ts'
import { readConfig } from '../../src/service/config.ts'
import { openService, type Service } from '../../src/service/service.ts'
import { popularNumber } from './shop-items.ts'

/** Numbers in the vector of an item. */
const DIMENSIONS = 64
/** Users who have as many events as the service keeps of a user. */
export const FULL_USERS = 20
const EVENTS_OF_A_FULL_USER = 220
const EVENTS_OF_A_USER = 4
const CITIES = 400
const BATCH = 500
const TYPES = ['view', 'impression', 'click', 'view', 'add_to_cart', 'purchase']
const SECRET = 'a secret of a benchmark, of more than 32 bytes'

export interface ShopSize {
  readonly items: number
  /** Users with a few events, beside those with a full history. */
  readonly users: number
}

/** A shop with all that operations can ask for: vectors, cohorts, an experiment, rules, users with full histories. */
export interface PricedShop extends ShopSize {
  readonly service: Service
  /** A slate of the user `full-0`. */
  readonly recommendationId: string
}

const domain = defineDomain({
  extends: 'e-commerce',
  name: 'priced',
  embedding: 'vector',
  userAttributes: { city: 'key' },
  cohorts: { city: ['user.city'] },
  experiment: { policies: [1, 2, 3].map((n) => ({ name: `policy_${n}`, share: 1 })) },
})

/** Opens a service on the embedded store, with the model that ships, which asks for tokens, and fills it. */
export async function openPricedShop(size: ShopSize, dataDir?: string): Promise<PricedShop> {
  const config = readConfig({ JWT_SECRET: SECRET })
  const logger = warningsOnStderr()
  const service = await openService({ config, dataDir, domain, clock: wallClock(), random: systemRandomness(), logger })
  await fillItems(service, size.items)
  await fillUsers(service, size)
  await service.store.settle()
  const request = { userId: fullUser(0), first: 100, surface: 'home', sessionId: undefined, device: undefined }
  const { recommendationId } = await service.recommender.recommend(request, 'INITIAL')
  return { ...size, service, recommendationId }
}

/** Id of a user with a full history. */
export const fullUser = (n: number) => `full-${n % FULL_USERS}`
/** Id of an item of the catalogue. */
export const itemOf = ({ items }: ShopSize, n: number) => `item-${n % items}`

/** An item as it is uploaded. */
export function itemInput(itemId: string, n: number) {
  return {
    itemId,
    attributes: {
      title: `Item ${n} with a title of the usual length`,
      category: `c${n % 20}`,
      brand: `b${n % 600}`,
      price: 5 + (n % 300),
      vector: Array.from({ length: DIMENSIONS }, (_, i) => Math.round(1000 * Math.sin((n % 50) * (i + 1) + n)) / 1000),
    },
  }
}

async function fillItems({ uploads }: Service, items: number): Promise<void> {
  for (let start = 0; start < items; start += BATCH) {
    const length = Math.min(BATCH, items - start)
    await uploads.upsertItems(Array.from({ length }, (_, i) => itemInput(`item-${start + i}`, start + i)))
  }
}

async function fillUsers(service: Service, size: ShopSize): Promise<void> {
  const now = service.clock.wall()
  const userIds = [
    ...Array.from({ length: FULL_USERS }, (_, n) => fullUser(n)),
    ...Array.from({ length: size.users }, (_, n) => `user-${n}`),
  ]
  for (let start = 0; start < userIds.length; start += BATCH) {
    const input = userIds.slice(start, start + BATCH)
    await service.uploads.upsertUsers(
      input.map((userId, n) => ({ userId, attributes: { city: `city-${(start + n) % CITIES}` } })),
    )
  }
  let made = 0
  let batch: EventInput[] = []
  for (const [user, userId] of userIds.entries()) {
    const events = user < FULL_USERS ? EVENTS_OF_A_FULL_USER : EVENTS_OF_A_USER
    for (let n = 0; n < events; n++) {
      const itemId = itemOf(size, popularNumber(made++, size.items) + (user < FULL_USERS ? n : 0))
      const eventAttributes = { surface: 'home', position: 1 + (n % 20), price: 10 }
      batch.push({ userId, itemId, eventType: TYPES[n % TYPES.length], eventAttributes, timestamp: now - (events - n) * 20_000 })
      if (batch.length < BATCH) continue
      await service.ingest.record(batch)
      batch = []
    }
  }
  await service.ingest.record(batch)
}

/** Makes a token of a role; for a device, of this user. */
export function tokenOf(role: string, subject: string): Promise<string> {
  const signed = new SignJWT({ role }).setProtectedHeader({ alg: 'HS256' }).setSubject(subject).setExpirationTime('4h')
  return signed.sign(new TextEncoder().encode(SECRET))
}
