import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openLogs } from '../../../lab/learning/open-logs.ts'
import type { RecordedLog } from '../../../lab/learning/recorded-log.ts'
import { checkVectors } from '../../../lab/learning/vector-check.ts'
import { Random } from '../../../lab/random.ts'
import type { Accumulator } from '../../../src/accumulators/accumulator.ts'
import type { Domain } from '../../../src/domain/domain.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { UnavailableError } from '../../../src/errors.ts'
import type { EventInput } from '../../../src/events/validate-event.ts'
import { givenItems } from '../../../src/slate/given-items.ts'
import type { GivenItems, SlateRequest } from '../../../src/slate/slate.ts'
import { connectRedis } from '../../../src/state/redis/connection.ts'
import { RedisKeys } from '../../../src/state/redis/keys.ts'
import { LogTrimmer } from '../../../src/state/redis/log-trimmer.ts'
import { DAY } from '../../../src/time-units.ts'
import { COHORT_SHOP } from '../../support/declaring-shop.ts'
import { onRedis } from '../../support/each-store.ts'
import { eventually } from '../../support/eventually.ts'
import { IS_LONG, itWhenLong } from '../../support/long.ts'
import { type Neighbours, serveNeighbours } from '../../support/neighbour-lists.ts'
import { type OpenedService, openOn, UNLIMITED } from '../../support/service.ts'
import { REQUEST } from '../../support/slate-request.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const ITEMS = Array.from({ length: 25 }, (_, n) => `i${n}`)
const TYPES = ['view', 'click', 'add_to_cart', 'remove_from_cart', 'purchase', 'impression']

async function openLog(folder: string, domain: Domain = eCommerce): Promise<RecordedLog> {
  const scratch = join(await temporaryDirectory(), 'held')
  const [log] = await openLogs([folder], { domain, archive: undefined, scratch })
  return log as RecordedLog
}

/** A list of a caller: some items twice, some unknown, some with a score. */
function given(random: Random): GivenItems {
  const candidates = Array.from({ length: random.integer(1, 12) }, () => ({
    itemId: random.pick([...ITEMS, 'never uploaded']),
    score: random.pick([undefined, random.integer(-50, 50) / 8]),
  }))
  return givenItems(candidates, random.chance(0.5))
}

/** For some items, similar items, one of them unknown. */
function randomNeighbours(random: Random): Neighbours {
  const listOf = (of: string) => ({
    [random.pick(ITEMS.filter((itemId) => itemId !== of))]: random.integer(1, 9),
    'never uploaded': 3,
  })
  return Object.fromEntries(ITEMS.filter(() => random.chance(0.5)).map((itemId) => [itemId, listOf(itemId)]))
}

/** Everything at once: users who act, some of it late, slates for them, items and lists that change, ids that become others. The lists
 * of neighbours change during slates, and items begin new lives. */
async function live(
  service: OpenedService,
  steps: number,
  between: (step: number) => Promise<void> = async () => {},
): Promise<void> {
  const { clock, ingest, uploads, recommender, people } = service
  const random = new Random(3, 'live')
  const user = () => `u${random.integer(0, 11)}`
  const slates: string[] = []
  let sent = 0
  const event = (): EventInput => {
    const late = random.chance(0.2) ? random.integer(0, 3 * DAY) : 0
    const named = random.chance(0.4) && slates.length > 0 ? { recommendationId: random.pick(slates) } : {}
    return {
      eventId: `e${++sent}`,
      userId: user(),
      itemId: random.pick(ITEMS),
      eventType: random.pick(TYPES),
      timestamp: clock.now() - late,
      sessionId: `s${random.integer(0, 3)}`,
      eventAttributes: {
        surface: random.pick(['home', 'cart']),
        position: random.integer(1, 8),
        rating: random.integer(1, 5),
        gift: random.chance(0.3),
        platform: random.pick(['ios', 'web', 'tv']),
      },
      ...named,
    }
  }
  const ask = async () => {
    const request: SlateRequest = {
      userId: user(),
      first: 6,
      surface: random.pick([undefined, 'home', 'cart']),
      device: random.pick([undefined, 'phone']),
      context: random.pick([
        undefined,
        {
          temperature: random.integer(-9, 30),
          country: ['at', 'ch'],
          raining: true,
          platform: random.pick(['ios', 'web', 'tv']),
        },
      ]),
      anchorItemIds: random.pick([undefined, [random.pick(ITEMS)], [...new Set([random.pick(ITEMS), random.pick(ITEMS)])]]),
      sessionId: random.pick([undefined, `s${random.integer(0, 3)}`]),
      ...(random.chance(0.3) && { given: given(random) }),
      ...(random.chance(0.3) && slates.length > 0 && { after: { recommendationId: slates[slates.length - 1] } }),
    }
    slates.push((await recommender.recommend(request, 'INITIAL')).recommendationId)
  }
  const upload = () => {
    const attributes = { category: random.pick(['a', 'b', 'c']), brand: random.pick(['x', 'y']), price: random.integer(1, 90) }
    return uploads.upsertItems([{ itemId: random.pick(ITEMS), attributes }])
  }
  const renew = async () => {
    const itemId = random.pick(ITEMS)
    await uploads.deleteItems([itemId])
    await uploads.upsertItems([{ itemId, attributes: { category: random.pick(['a', 'b']), price: random.integer(1, 90) } }])
  }
  const describe = () => {
    const attributes = { age: random.integer(10, 70), city: random.pick(['Graz', 'Wien']), member: random.chance(0.5) }
    return uploads.upsertUsers([{ userId: user(), attributes }])
  }
  await uploads.upsertItems(ITEMS.map((itemId, n) => ({ itemId, attributes: { category: 'a', brand: 'x', price: n + 1 } })))
  for (let step = 0; step < steps; step++) {
    await between(step)
    clock.advance(random.integer(1, 40) * 1000)
    const batch = Array.from({ length: random.integer(1, 6) }, event)
    const work: Promise<unknown>[] = [ingest.record(batch), ask()]
    if (random.chance(0.5)) work.push(ask(), ask())
    if (random.chance(0.2)) work.push(upload())
    if (random.chance(0.2)) work.push(renew())
    if (random.chance(0.3)) work.push(describe())
    if (step % 15 === 5) work.push(serveNeighbours(service, `v${step}`, randomNeighbours(random)))
    if (step === Math.floor(steps / 2)) work.push(people.merge('u1', 'u2'))
    await Promise.all(work)
  }
}

/** Moves the whole log of Redis into the archive, as soon as it is folded. */
async function archived(service: OpenedService, archive: string): Promise<void> {
  const keys = new RedisKeys(service.partitioning, service.prefix)
  const logs = Array.from({ length: keys.partitioning.partitions }, (_, partition) => keys.log(partition))
  const connection = connectRedis({ url: service.redisUrl! }, () => {})
  try {
    await eventually(async () => {
      await new LogTrimmer({ connection, keys, archive, margin: 0, warn: () => {} }).trim()
      for (const log of logs) expect(await connection.commands.xlen(log)).toBe(0)
    }, 2)
  } finally {
    await connection.close()
  }
}

/** A feature that asks what nobody could know: how often the item will have been acted on in the end. */
function leaking(counts: ReadonlyMap<string, number>): Domain {
  const leak: Accumulator = {
    name: 'leak',
    entity: 'ITEM',
    description: 'What becomes of an item.',
    roles: [],
    features: [
      {
        name: 'item_leak',
        entity: 'ITEM',
        description: 'What becomes of an item.',
        missing: 'never',
        column:
          ({ itemIds }) =>
          (row) =>
            counts.get(itemIds[row]) ?? 0,
      },
    ],
  }
  return { ...UNLIMITED, accumulators: [...UNLIMITED.accumulators, leak] }
}

describe('a served vector, on the embedded store', () => {
  it('equals that of a replay of the journal, bit for bit, with late and with simultaneous events', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, vectorShare: 1, domain: COHORT_SHOP })
    await live(service, 60)
    await service.close()
    const check = await checkVectors(await openLog(dataDir, COHORT_SHOP))
    const logged = await readFile(join(dataDir, 'journal.jsonl'), 'utf8')
    for (const name of ['user_age_from_50', 'context_temperature', 'item_event_rating_mean_30d'])
      expect(logged).toContain(`"${name}"`)
    expect(check).toMatchObject({ differing: 0, passedOver: 0, examples: [] })
    expect(check.compared).toBeGreaterThan(60)
  })

  itWhenLong('equals that of a replay that starts from the archive and snapshots', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, vectorShare: 0.5, snapshotEvery: 0.3, domain: COHORT_SHOP })
    await live(service, 80)
    await service.close()
    expect((await readdir(dataDir)).some((name) => name.startsWith('snapshot-'))).toBe(true)
    const check = await checkVectors(await openLog(dataDir, COHORT_SHOP))
    expect(check).toMatchObject({ differing: 0, passedOver: 0 })
    expect(check.compared).toBeGreaterThan(20)
  })

  it('has the neighbour lists that the process served, also if it learned late of a newer version in the log', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, vectorShare: 1 })
    const { neighbourLists, recommender, uploads, ingest } = service
    await uploads.upsertItems(['a', 'x', 'y'].map((itemId) => ({ itemId, attributes: {} })))
    await ingest.record([{ eventId: 'e1', userId: 'me', eventType: 'view', itemId: 'a' }])
    await recommender.recommend(REQUEST, 'INITIAL')
    await serveNeighbours(service, 'v1', { a: { x: 1 } })
    const before = neighbourLists.latest
    service.clock.advance(1)
    await serveNeighbours(service, 'v2', { a: { y: 1 } })
    await recommender.recommend(REQUEST, 'INITIAL')
    neighbourLists.set(before)
    await recommender.recommend(REQUEST, 'INITIAL')
    await service.close()
    expect(await checkVectors(await openLog(dataDir))).toMatchObject({ compared: 3, differing: 0, passedOver: 0, examples: [] })
  })

  it('equals that of a replay of an archive from which users were erased while slates were made', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, vectorShare: 1, snapshotEvery: 0.2 })
    const { erasures } = service
    await live(service, 40, async (step) => {
      if (step % 20 === 10) await erasures.erase(`u${4 + step / 10}`)
    })
    await service.close()
    const check = await checkVectors(await openLog(dataDir))
    expect(check).toMatchObject({ differing: 0, examples: [] })
    expect(check.compared).toBeGreaterThan(40)
  })

  it('knows in which life the process took an item to be, also if it learned late of a new one in the log', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, vectorShare: 1 })
    const { catalogue, recommender, uploads, ingest } = service
    await uploads.upsertItems(['a', 'b'].map((itemId) => ({ itemId, attributes: {} })))
    for (const [n, itemId] of ['a', 'a', 'b'].entries())
      await ingest.record([{ eventId: `e${n}`, userId: `u${n}`, eventType: 'view', itemId }])
    const late = vi.spyOn(catalogue, 'set').mockImplementation(() => {})
    await uploads.deleteItems(['a'])
    await uploads.upsertItems([{ itemId: 'a', attributes: {} }])
    // It stands above the other item among those in trend, as in the life before.
    await recommender.recommend({ ...REQUEST, rules: { exclude: ['a'] } }, 'INITIAL')
    late.mockRestore()
    await service.close()
    expect(await checkVectors(await openLog(dataDir))).toMatchObject({ compared: 1, differing: 0, passedOver: 0, examples: [] })
  })

  it('has the embeddings of the items on screen and in the session, also of those that are no candidates', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, vectorShare: 1, domain: eCommerce })
    const { recommender, uploads, ingest } = service
    const embeddings = { a: [1, 0], b: [1, 1], c: [0, 1] }
    await uploads.upsertItems(Object.entries(embeddings).map(([itemId, embedding]) => ({ itemId, attributes: { embedding } })))
    await ingest.record([{ eventId: 'e1', userId: 'me', eventType: 'view', itemId: 'a' }])
    for (const anchorItemIds of [[], ['c']]) await recommender.recommend({ ...REQUEST, userId: 'me', anchorItemIds }, 'INITIAL')
    await service.close()
    const log = await openLog(dataDir)
    const [logged] = (await readFile(join(dataDir, 'journal.jsonl'), 'utf8'))
      .split('\n')
      .filter((line) => line.includes('"vectors"'))
    expect(logged).toContain('"session_embedding_cosine"')
    expect(await checkVectors(log)).toMatchObject({ compared: 2, differing: 0, passedOver: 0, examples: [] })
  })

  it('differs, with the name of the feature, if the log is not the recorded one', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, vectorShare: 1 })
    await live(service, 40)
    await service.close()
    const path = join(dataDir, 'journal.jsonl')
    const lines = (await readFile(path, 'utf8')).split('\n')
    const at = lines.findIndex((line, n) => n > 60 && line.startsWith('{"kind":"events"'))
    const lost = await temporaryDirectory()
    await mkdir(lost, { recursive: true })
    await writeFile(join(lost, 'journal.jsonl'), lines.toSpliced(at, 1).join('\n'))
    const check = await checkVectors(await openLog(lost))
    expect(check.differing).toBeGreaterThan(0)
    expect(check.examples[0]).toMatch(/^[\w-]+: \w+ of i\d+ was \S+ when served, and is \S+ in the replay$/)
  })

  it('reveals a leak: a feature that uses the future differs from its served value', async () => {
    const dataDir = await temporaryDirectory()
    const seen = new Map<string, number>()
    const domain = leaking(seen)
    const service = await openOn(undefined, { dataDir, vectorShare: 1, domain })
    await live(service, 20, async (step) => {
      for (const itemId of ITEMS) seen.set(itemId, step)
    })
    await service.close()
    const check = await checkVectors(await openLog(dataDir, domain))
    expect(check.differing).toBeGreaterThan(0)
    expect(check.examples[0]).toContain('item_leak')
  })

  it('is logged for a sample only, and never for users who must not be recorded', async () => {
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir, vectorShare: 0.2 })
    await live(service, 60)
    await service.recommender.recommend(
      {
        userId: 'u1',
        first: 3,
        surface: undefined,
        device: undefined,
        sessionId: undefined,
        preview: true,
      },
      'INITIAL',
    )
    await service.close()
    const lines = (await readFile(join(dataDir, 'journal.jsonl'), 'utf8')).split('\n')
    const slates = lines.filter((line) => line.startsWith('{"kind":"slate"'))
    const withVectors = slates.filter((line) => line.includes('"vectors":'))
    expect(withVectors.length).toBeGreaterThan(slates.length * 0.05)
    expect(withVectors.length).toBeLessThan(slates.length * 0.4)
  })
})

onRedis('a served vector, on Redis', (open) => {
  itWhenLong('equals that of a replay of the archive, while the fold lags behind and events come late', async () => {
    const archive = await temporaryDirectory()
    const service = await open({ vectorShare: 1, partitions: 3, shards: 3, domain: COHORT_SHOP })
    const connection = connectRedis({ url: service.redisUrl! }, () => {})
    onTestFinished(() => connection.close())
    const keys = new RedisKeys(service.partitioning, service.prefix)
    let lagged = 0
    const nobodyFolds = async () => {
      await connection.commands.set(keys.lease, 'nobody')
      let sent = 0
      await eventually(async () => {
        await service.ingest.record([{ eventId: `still-${lagged}-${sent++}`, userId: 'u0', itemId: 'i0', eventType: 'view' }])
        expect(await service.store.foldLag()).toBeGreaterThan(300)
      }, 50)
    }
    // Whoever holds the lease folds: for half of the time that is nobody.
    await live(service, IS_LONG ? 160 : 80, async (step) => {
      const phase = step % 80
      if (phase === 0) await nobodyFolds()
      if (phase < 40 && (await service.store.foldLag()) > 0) lagged++
      if (phase === 40) await connection.commands.liverankRelease(keys.lease, 'nobody')
      if (phase === 60) await service.store.settle()
    })
    await connection.commands.liverankRelease(keys.lease, 'nobody')
    await service.store.settle()
    expect(lagged).toBeGreaterThan(20)
    await archived(service, archive)
    const check = await checkVectors(await openLog(archive, COHORT_SHOP))
    expect(check).toMatchObject({ differing: 0, passedOver: 0, examples: [] })
    expect(check.compared).toBeGreaterThan(75)
  })

  it('equals that of a replay of the archive while an erasure is under way, which has subtracted from sums', async () => {
    const archive = await temporaryDirectory()
    const service = await open({ vectorShare: 1, partitions: 2, shards: 2, domain: COHORT_SHOP })
    const { store, uploads, ingest, recommender, erasures, clock } = service
    await uploads.upsertItems(ITEMS.map((itemId) => ({ itemId, attributes: { category: 'a' } })))
    const people = Array.from({ length: 40 }, (_, n) => ({ userId: `u${n}`, attributes: { city: n % 2 ? 'Graz' : 'Linz' } }))
    await uploads.upsertUsers(people)
    const views = people.flatMap(({ userId }, n) =>
      [n % 2, 2 + (n % 5)].map((item) => ({ eventId: `${userId} ${item}`, userId, itemId: ITEMS[item], eventType: 'click' })),
    )
    await ingest.record(views)
    await store.settle()
    // What the person added is subtracted first. Only later do their entries leave the log.
    vi.spyOn(store, 'erase').mockRejectedValue(new UnavailableError('cut'))
    for (const { userId } of people.slice(0, 10)) await expect(erasures.erase(userId)).rejects.toThrow(UnavailableError)
    await store.settle()
    clock.advance(1000)
    for (const userId of ['u20', 'u21']) await recommender.recommend({ ...REQUEST, userId }, 'INITIAL')
    await store.settle()
    await archived(service, archive)
    const check = await checkVectors(await openLog(archive, COHORT_SHOP))
    expect(check).toMatchObject({ compared: 2, differing: 0, passedOver: 0, examples: [] })
  })

  // Its brand's popularity was read before the upload, and the decision was logged with the brand after it.
  it('has no decision about an item that was deleted and uploaded again while its features were read', async () => {
    const service = await open({ vectorShare: 1, domain: eCommerce, partitions: 1 })
    const { store, uploads, ingest, recommender } = service
    const upload = (brand: string) => uploads.upsertItems([{ itemId: 'i1', attributes: { brand } }])
    await upload('x')
    await ingest.record([{ eventId: 'e1', userId: 'ann', itemId: 'i1', eventType: 'click' }])
    await store.settle()
    await recommender.recommend(REQUEST, 'INITIAL')
    // The fold of this first decision moves the position too.
    await store.settle()
    const position = store.position.bind(store)
    let reads = 0
    vi.spyOn(store, 'position').mockImplementation(async () => {
      const at = await position()
      // All was read between the first two positions, which are the same.
      if (++reads === 2) await upload('y')
      return at
    })
    await recommender.recommend(REQUEST, 'INITIAL')
    expect(reads).toBe(2)
    const archive = await temporaryDirectory()
    await archived(service, archive)
    expect(await checkVectors(await openLog(archive))).toMatchObject({ compared: 1, differing: 0, passedOver: 0, examples: [] })
  })
})
