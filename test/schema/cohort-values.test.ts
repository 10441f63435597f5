import { expect, it } from 'vitest'
import { COHORT_SHOP } from '../support/declaring-shop.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { asker } from '../support/server.ts'
import { SettableClock } from '../support/settable-clock.ts'

const QUERY = /* GraphQL */ `
  query ($cohort: String!, $values: [String!], $first: Int = 20) {
    cohortValues(cohort: $cohort, values: $values, first: $first) {
      value users items(first: 2) { item { itemId } share shareInShop }
    }
  }
`

interface Value {
  readonly value: string | null
  readonly users: number
  readonly items: { readonly item: { readonly itemId: string }; readonly share: number; readonly shareInShop: number }[]
}

onEachStoreWhenLong('what people act on, by value of a cohort', (openOn) => {
  const open = async () => {
    const service = await openOn({ domain: COHORT_SHOP, clock: new SettableClock() })
    const ask = asker(service)
    const read = async (variables: object) => {
      const { data, errors } = await ask(QUERY, { ...variables })
      return { values: data?.cohortValues as Value[], message: errors?.[0]?.message }
    }
    /** People with attributes, each of whom views these items. */
    const people = async (name: string, count: number, attributes: object, itemIds: readonly string[]) => {
      const users = Array.from({ length: count }, (_, n) => ({ userId: `${name}-${n}`, attributes }))
      await service.uploads.upsertUsers(users)
      const views = users.flatMap(({ userId }) =>
        itemIds.map((itemId) => ({ userId, itemId, eventType: 'view', eventId: `${userId} ${itemId}` })),
      )
      await service.ingest.record(views)
      await service.store.settle()
    }
    await service.uploads.upsertItems(['sled', 'boat', 'bread'].map((itemId) => ({ itemId, attributes: {} })))
    return { service, read, people }
  }

  it('is the number of distinct users, and shares of items', async () => {
    const { service, read, people } = await open()
    await people('graz', 3, { city: 'Graz' }, ['sled', 'sled', 'bread'])
    await people('linz', 1, { city: ['Linz', 'Graz'] }, ['boat'])
    await people('seen', 2, { city: 'Wien' }, [])
    const { values } = await read({ cohort: 'city' })
    expect(values.map(({ value, users }) => [value, users])).toEqual([
      ['Graz', 4],
      ['Linz', 1],
    ])
    const [graz, linz] = values.map(({ items }) => items)
    expect(new Set(graz.map(({ item }) => item.itemId))).toEqual(new Set(['sled', 'bread']))
    for (const { share, shareInShop } of graz)
      expect([share, shareInShop]).toEqual([expect.closeTo(3 / 7, 5), expect.closeTo(3 / 7, 5)])
    expect(linz).toEqual([{ item: { itemId: 'boat' }, share: expect.closeTo(1, 5), shareInShop: expect.closeTo(1 / 7, 5) }])
    expect((await read({ cohort: 'city', values: ['Linz', 'Linz', 'Wien', 'Rome'] })).values).toHaveLength(1)
    expect((await read({ cohort: 'city', first: 1 })).values.map(({ value }) => value)).toEqual(['Graz'])
    await service.erasures.erase('linz-0')
    await service.store.settle()
    expect((await read({ cohort: 'city' })).values.map(({ value, users }) => [value, users])).toEqual([['Graz', 3]])
  })

  it('leaves out values of a protected attribute that few users have', async () => {
    const { read, people } = await open()
    await people('few', 19, { postcode: '8010' }, ['sled'])
    await people('many', 20, { postcode: '4020' }, ['boat'])
    for (const values of [undefined, ['8010', '4020']])
      expect((await read({ cohort: 'postcode', values })).values.map(({ value, users }) => [value, users])).toEqual([
        ['4020', 20],
      ])
  })

  it('names the cohorts if there is none of the name', async () => {
    const { read } = await open()
    expect((await read({ cohort: 'shoe' })).message).toMatch(/^The domain has no cohort shoe\. Use one of age, city, /)
    expect((await read({ cohort: 'city', first: -1 })).message).toContain('first')
    expect((await read({ cohort: 'city', values: Array(501).fill('Graz') })).message).toContain('values')
  })
})
