import { expect, it } from 'vitest'
import type { Rules } from '../../src/rules/rules.ts'
import { GOES_ON_FOR, MAX_EARLIER } from '../../src/slate/earlier-slates.ts'
import { DAY, MINUTE } from '../../src/time-units.ts'
import { bothStoresWhenLong } from '../support/each-store.ts'
import { asker, connect, serve, TRANSPORTS } from '../support/server.ts'
import type { Open, OpenedService } from '../support/service.ts'
import { itemIds, LIVE, RECOMMEND, RECORD_AND_RERANK, recordedOf, type SlateAnswer, slateOf } from '../support/slate-answer.ts'

const idsOf = (count: number) => Array.from({ length: count }, (_, n) => `i${n}`)

type Input = {
  readonly userId?: string
  readonly first?: number
  readonly afterSlate?: string
  readonly rules?: Rules
  readonly preview?: boolean
}

/** A shop with so many items, and a way to ask for slates of three items for the user `me`. */
async function openShop(open: Open, count = 20) {
  const service = await open()
  await service.uploads.upsertItems(idsOf(count).map((itemId) => ({ itemId, attributes: {} })))
  const ask = asker(service)
  const page = async (input: Input = {}) => slateOf(await ask(RECOMMEND, { input: { userId: 'me', first: 3, ...input } }))
  return { service, ask, page }
}

function codes({ warnings }: SlateAnswer): string[] {
  return warnings.map(({ code }) => code)
}

async function view({ ingest, store }: OpenedService, userId: string, itemId: string): Promise<void> {
  await ingest.record([{ userId, eventType: 'view', itemId }])
  await store.settle()
}

bothStoresWhenLong((open) => {
  it('the pages of a feed show each item once, until there are no more', async () => {
    const { service, page } = await openShop(open, 10)
    await view(service, 'somebody', 'i7')
    const first = await page()
    expect(codes(first)).toEqual([])
    const shown = itemIds(first)
    let last = first
    for (const length of [3, 3, 1, 0]) {
      last = await page({ afterSlate: last.recommendationId })
      expect(itemIds(last)).toHaveLength(length)
      expect(codes(last)).toEqual(length < 3 ? ['TOO_FEW_ITEMS'] : [])
      shown.push(...itemIds(last))
    }
    expect(shown.sort()).toEqual(idsOf(10))
  })

  it('a page that is requested again has the same items, and is not sent again with unless', async () => {
    const { ask, page } = await openShop(open)
    const { recommendationId: afterSlate } = await page()
    const second = await page({ afterSlate })
    expect(itemIds(await page({ afterSlate }))).toEqual(itemIds(second))
    const query =
      'query ($input: RecommendationsInput!, $unless: ID) { recommendations(input: $input, unless: $unless) { recommendationId } }'
    const again = { input: { userId: 'me', first: 3, afterSlate }, unless: second.recommendationId }
    expect(await ask(query, again)).toEqual({ data: { recommendations: null } })
  })

  it('a feed continues for 30 minutes after each page', async () => {
    const { service, page } = await openShop(open)
    const pages = [await page()]
    for (let n = 0; n < 3; n++) {
      service.clock.advance(GOES_ON_FOR)
      const next = await page({ afterSlate: pages[n].recommendationId })
      expect(codes(next)).toEqual([])
      pages.push(next)
    }
    const shown = pages.flatMap(itemIds)
    expect(new Set(shown).size).toBe(12)
    service.clock.advance(GOES_ON_FOR + 1)
    const late = await page({ afterSlate: pages[3].recommendationId })
    expect(codes(late)).toEqual(['AFTER_UNKNOWN'])
    expect(itemIds(late)).toEqual(itemIds(pages[0]))
  })

  it('an unknown slate, a slate of yesterday and one of another user give the same answer', async () => {
    const { service, page } = await openShop(open)
    await view(service, 'gone', 'i1')
    const plain = await page()
    const ofAnother = await page({ userId: 'you' })
    const ofErased = await page({ userId: 'gone' })
    await service.erasures.erase('gone')
    const named = await page()
    const event = { userId: 'me', eventType: 'impression', recommendationId: named.recommendationId, positions: [1] }
    const unknown = ['00-unknown', 'nonsense', '﷐', ofAnother.recommendationId, ofErased.recommendationId]
    const answers: unknown[] = []
    for (const afterSlate of unknown) {
      const { items, warnings } = await page({ afterSlate })
      expect(items.map(({ item }) => item.itemId)).toEqual(itemIds(plain))
      answers.push(warnings)
    }
    const [{ code, field }] = answers[0] as SlateAnswer['warnings']
    expect([code, field]).toEqual(['AFTER_UNKNOWN', 'afterSlate'])
    expect(answers).toEqual(unknown.map(() => answers[0]))
    // Its events make the service keep a slate for longer than a request may go on from it.
    await service.ingest.record([event])
    service.clock.advance(DAY - MINUTE)
    expect((await page({ afterSlate: named.recommendationId })).warnings).toEqual(answers[0])
  })

  it('a feed continues after a merge without the items shown to the other id, and starts again after an erasure', async () => {
    const { service, page } = await openShop(open)
    const anonymous = await page({ userId: 'phone' })
    await view(service, 'phone', 'i1')
    await service.people.merge('phone', 'me')
    const next = await page({ afterSlate: anonymous.recommendationId })
    expect(codes(next)).toEqual([])
    expect(itemIds(next).filter((itemId) => itemIds(anonymous).includes(itemId))).toEqual([])
    const exported = await service.exports.export('me')
    expect(exported.data.slates).toContainEqual(expect.objectContaining({ earlier: itemIds(anonymous) }))
    await service.erasures.erase('me')
    expect((await service.exports.export('me')).data.slates).toEqual([])
    expect(codes(await page({ afterSlate: next.recommendationId }))).toEqual(['AFTER_UNKNOWN'])
    expect(codes(await page({ afterSlate: anonymous.recommendationId }))).toEqual(['AFTER_UNKNOWN'])
  })

  it('a feed uses no stored data of a user who has opted out', async () => {
    const { service, page } = await openShop(open)
    const first = await page()
    await service.uploads.upsertUsers([{ userId: 'me', optOut: true, attributes: {} }])
    expect(codes(await page({ afterSlate: first.recommendationId }))).toEqual(['AFTER_UNKNOWN'])
  })

  it('a page leaves out an earlier item even if it is pinned or previewed', async () => {
    const { page } = await openShop(open)
    const rules = { pin: [{ itemId: 'i5', position: 1 }] }
    const first = await page({ rules })
    expect(itemIds(first)[0]).toBe('i5')
    for (const preview of [false, true]) {
      const next = await page({ rules, afterSlate: first.recommendationId, preview })
      expect(itemIds(next)).not.toContain('i5')
      expect(codes(next)).toEqual([])
    }
    // The pin holds on a page of which no earlier one met it.
    const other = await page({ rules, afterSlate: (await page({ rules: { exclude: ['i5'] } })).recommendationId })
    expect(itemIds(other)[0]).toBe('i5')
  })

  it('a feed shows only one variant of a product on all its pages', async () => {
    const { service, page } = await openShop(open, 0)
    const variants = idsOf(12).map((itemId, n) => ({ itemId, attributes: { item_group_id: `g${n % 6}` } }))
    await service.uploads.upsertItems(variants)
    const groupOf = (itemId: string) => Number(itemId.slice(1)) % 6
    const first = await page()
    const second = await page({ afterSlate: first.recommendationId })
    const groups = [...itemIds(first), ...itemIds(second)].map(groupOf)
    expect(groups.sort()).toEqual([0, 1, 2, 3, 4, 5])
    expect(itemIds(await page({ afterSlate: second.recommendationId }))).toEqual([])
  })

  it('a page of a longer feed leaves out only the latest thousand items, and says so', async () => {
    const { page } = await openShop(open, MAX_EARLIER + 150)
    let last = await page({ first: 100 })
    const shown = itemIds(last)
    for (let n = 1; n <= MAX_EARLIER / 100; n++) {
      last = await page({ first: 100, afterSlate: last.recommendationId })
      expect(codes(last)).toEqual([])
      shown.push(...itemIds(last))
    }
    expect(new Set(shown).size).toBe(shown.length)
    const beyond = await page({ first: 100, afterSlate: last.recommendationId })
    expect(codes(beyond)).toEqual(['AFTER_SHORTENED'])
    const latest = new Set(shown.slice(-MAX_EARLIER))
    expect(itemIds(beyond).filter((itemId) => latest.has(itemId))).toEqual([])
    expect(itemIds(beyond)).toHaveLength(100)
  })

  it('a feed continues in the answer to an event', async () => {
    const { ask, page } = await openShop(open)
    const first = await page()
    const [seen] = itemIds(first)
    const answer = await ask(RECORD_AND_RERANK, {
      input: { userId: 'me', eventType: 'view', itemId: seen },
      slate: { first: 3, afterSlate: first.recommendationId },
    })
    const next = recordedOf(answer).recommendations!
    expect(itemIds(next).filter((itemId) => itemIds(first).includes(itemId))).toEqual([])
    expect(codes(next)).toEqual([])
  })

  it('afterSlate is refused with an impossible id, and in a subscription', async () => {
    const { service, ask, page } = await openShop(open)
    for (const afterSlate of ['', 'a\nb', 'x'.repeat(129)]) {
      const answer = await ask(RECOMMEND, { input: { userId: 'me', afterSlate } })
      expect(answer).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    }
    const { url } = await serve(service)
    const { recommendationId } = await page()
    for (const transport of Object.values(TRANSPORTS)) {
      const stream = connect(transport, url).subscribe(LIVE, { input: { userId: 'me', afterSlate: recommendationId } })
      const message = await stream.next()
      expect(message).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
      expect(message.errors?.[0].message).toMatch(/^afterSlate: a subscription/)
    }
  })
})
