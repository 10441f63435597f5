import { readdir } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import type { LiveSlate } from '../../src/live/live-slates.ts'
import { bothStores, onRedis } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { asker } from '../support/server.ts'
import { type Open, type OpenedService, openOn } from '../support/service.ts'
import { SettableClock, START } from '../support/settable-clock.ts'
import { itemIds, RECOMMEND, slateOf } from '../support/slate-answer.ts'
import { REQUEST } from '../support/slate-request.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const SET = /* GraphQL */ `
  mutation ($surface: String, $rules: RulesInput!) {
    setRules(input: { surface: $surface, rules: $rules }) {
      ... on SetRulesPayload { standing { surface { name } rules updatedAt } }
      ... on Error { message field }
    }
  }
`

const REMOVE = /* GraphQL */ `
  mutation ($surface: String) {
    removeRules(input: { surface: $surface }) {
      ... on RemoveRulesPayload { removed { surface { name } rules } }
      ... on Error { code message field }
    }
  }
`

function asked(service: OpenedService) {
  const ask = asker(service)
  return {
    ask,
    set: async (surface: string | null, rules: object) => (await ask(SET, { surface, rules })).data?.setRules,
    remove: async (surface: string | null) => (await ask(REMOVE, { surface })).data?.removeRules,
    standing: async () => {
      const { data } = await ask('{ standingRules { edges { node { surface { name } rules } } } }')
      return (data!.standingRules as { edges: { node: object }[] }).edges.map(({ node }) => node)
    },
    ids: async (input: object = {}) => {
      const answer = await ask(RECOMMEND, { input: { userId: 'me', first: 3, ...input } })
      return itemIds(slateOf(answer)).join('')
    },
  }
}

/** Newest first: d, c, b, a. */
async function openShop(open: Open) {
  const clock = new SettableClock()
  const service = await open({ clock })
  for (const itemId of ['a', 'b', 'c', 'd']) {
    clock.advance(1)
    await service.uploads.upsertItems([{ itemId, attributes: {} }])
  }
  return { service, clock, ...asked(service) }
}

bothStores((open) => {
  describe('standing rules', () => {
    it('apply on their surface, unless a request or the surface overrides them', async () => {
      const { set, remove, standing, ids } = await openShop(open)
      const rules = { exclude: ['d'], pin: [{ itemId: 'a', position: 1 }] }
      const updatedAt = new Date(START + 4).toISOString()
      expect(await set(null, rules)).toEqual({ standing: { surface: null, rules, updatedAt } })
      expect(await set('home', { exclude: ['c'], filter: null })).toMatchObject({ standing: { surface: { name: 'home' } } })
      expect(await standing()).toEqual([
        { surface: null, rules },
        { surface: { name: 'home' }, rules: { exclude: ['c'] } },
      ])
      expect(await ids()).toBe('acb')
      expect(await ids({ surface: 'cart' })).toBe('acb')
      expect(await ids({ surface: 'home' })).toBe('adb')
      expect(await ids({ surface: 'home', rules: { exclude: null } })).toBe('adb')
      expect(await ids({ surface: 'home', rules: { exclude: [] } })).toBe('adc')
      expect(await ids({ surface: 'home', rules: { pin: [] } })).toBe('dba')
      // A preview without rules shows what stands, with rules only these.
      expect(await ids({ surface: 'home', preview: true })).toBe('adb')
      expect(await ids({ surface: 'home', preview: true, rules: {} })).toBe('dcb')
      expect(await remove('home')).toEqual({ removed: { surface: { name: 'home' }, rules: { exclude: ['c'] } } })
      expect(await standing()).toEqual([{ surface: null, rules }])
      expect(await ids({ surface: 'home' })).toBe('acb')
    })

    it('that cannot be right are refused, and change nothing', async () => {
      const { set, standing } = await openShop(open)
      await set('home', { diversity: 0.5 })
      expect(await set('home', { boost: [{ filter: { and: [] }, factor: -1 }] })).toEqual({
        message: 'rules.boost.0.factor is -1: use a value from 0 to 1000.',
        field: 'rules.boost.0.factor',
      })
      expect(await set('home', { pin: [{ itemId: 'a', position: 101 }] })).toMatchObject({ field: 'rules.pin.0.position' })
      expect(await set('', {})).toEqual({ message: 'surface is empty; send 1 to 128 characters.', field: 'surface' })
      expect(await standing()).toEqual([{ surface: { name: 'home' }, rules: { diversity: 0.5 } }])
    })

    it('are a list in pages', async () => {
      const { ask, set } = await openShop(open)
      for (const surface of [null, 'home', 'all']) await set(surface, { exclude: ['a'] })
      const page = async (after: string | null) => {
        const query =
          'query ($after: String) { standingRules(first: 2, after: $after) { edges { node { surface { name } } } pageInfo { hasNextPage endCursor } } }'
        const { data } = await ask(query, { after })
        return data!.standingRules as { edges: { node: { surface: object | null } }[]; pageInfo: { endCursor: string } }
      }
      const first = await page(null)
      expect(first).toMatchObject({ pageInfo: { hasNextPage: true } })
      const second = await page(first.pageInfo.endCursor)
      expect(second).toMatchObject({ pageInfo: { hasNextPage: false } })
      const surfaces = [...first.edges, ...second.edges].map(({ node }) => node.surface)
      expect(surfaces).toEqual([null, { name: 'all' }, { name: 'home' }])
    })

    it('are not removed, set or replaced if a variable has no value', async () => {
      const { ask, set, standing } = await openShop(open)
      await set(null, { exclude: ['a'] })
      await set('home', { exclude: ['b'] })
      const before = await standing()
      const forgotten = { code: 'BAD_USER_INPUT', message: expect.stringContaining('surface is missing'), field: 'surface' }
      expect(await ask(REMOVE)).toEqual({ data: { removeRules: forgotten } })
      const { data } = await ask(SET, { rules: {} })
      expect(data?.setRules).toMatchObject({ field: 'surface' })
      for (const surface of [null, 'home']) {
        const { errors } = await ask(SET, { surface })
        expect(errors).toMatchObject([{ message: expect.stringContaining('$rules') }])
      }
      expect((await ask('mutation { setRules(input: { surface: "home" }) { __typename } }')).errors).toHaveLength(1)
      expect((await ask('mutation { setRules(input: { surface: "home", rules: null }) { __typename } }')).errors).toHaveLength(1)
      expect(await standing()).toEqual(before)
    })

    it('can be removed only once, and the rules of other surfaces stay', async () => {
      const { ask, set, remove, standing, service } = await openShop(open)
      await set(null, { exclude: ['a'] })
      await set('home', { exclude: ['b'] })
      const removed = { removed: { surface: null, rules: { exclude: ['a'] } } }
      const query =
        'mutation { removeRules(input: { surface: null }) { ... on RemoveRulesPayload { removed { surface { name } rules } } } }'
      expect(await ask(query)).toEqual({ data: { removeRules: removed } })
      expect(await standing()).toEqual([{ surface: { name: 'home' }, rules: { exclude: ['b'] } }])
      const swap = vi.spyOn(service.store, 'swap')
      expect(await remove(null)).toEqual({ removed: null })
      expect(await remove('unknown')).toEqual({ removed: null })
      expect(await remove('')).toMatchObject({ code: 'BAD_USER_INPUT', field: 'surface' })
      // What is not there leaves no trace but in the audit log.
      expect(swap.mock.calls.filter(([{ subject }]) => subject.kind !== 'audit')).toEqual([])
      expect(await set(null, { exclude: ['c'] })).toMatchObject({ standing: { rules: { exclude: ['c'] } } })
    })

    it('that pin beyond the end of a slate lead to a warning', async () => {
      const { set, service } = await openShop(open)
      await set(null, { pin: [{ itemId: 'a', position: 9 }] })
      const { items, warnings } = await service.recommender.recommend({ ...REQUEST, first: 2 }, 'INITIAL')
      expect(items.map(({ itemId }) => itemId)).toEqual(['d', 'c'])
      expect(warnings).toMatchObject([{ code: 'PIN_CONFLICT', field: 'pin.0.position' }])
    })

    it('cause new slates on the open streams of their surface when they change', async () => {
      const { set, service } = await openShop(open)
      const options = { minIntervalMs: 0, refreshEveryMs: undefined, onlyChanged: false, eventTypes: undefined }
      const follow = (surface: string) => service.liveSlates.subscribe({ ...REQUEST, surface }, options)
      const [home, cart] = [follow('home'), follow('cart')]
      for (const stream of [home, cart]) expect((await stream.next()).value).toMatchObject({ trigger: 'INITIAL' })
      const shown = async (stream: typeof home) => {
        const { value }: { value?: LiveSlate } = await stream.next()
        return [value?.trigger, value?.items.map(({ itemId }) => itemId).join('')]
      }
      await set('home', { pin: [{ itemId: 'a', position: 1 }] })
      expect(await shown(home)).toEqual(['RULES', 'adc'])
      await set(null, { exclude: ['d'], pin: [{ itemId: 'b', position: 2 }] })
      // The cart has heard of nothing before.
      expect(await shown(cart)).toEqual(['RULES', 'dbc'])
      await Promise.all([home.return(), cart.return()])
    }, 15_000)
  })
})

onRedis('standing rules', (open) => {
  it('are known to every process of a store, also to those that start later', async () => {
    const { service, set } = await openShop(open)
    const { prefix } = service
    const other = asked(await open({ prefix }))
    await set('home', { exclude: ['d'] })
    await eventually(async () => expect(await other.ids({ surface: 'home' })).toBe('cba'))
    expect(await asked(await open({ prefix })).ids({ surface: 'home' })).toBe('cba')
    await other.remove('home')
    await eventually(async () => expect(await asked(service).standing()).toEqual([]))
  })
})

describe('standing rules after a restart', () => {
  it.each([
    ['the journal', 0],
    ['a snapshot', 1e-6],
  ])('are restored from %s', async (_, snapshotEvery) => {
    const dataDir = await temporaryDirectory()
    const before = await openOn(undefined, { dataDir, archiveDir: '', snapshotEvery })
    const { set, remove } = asked(before)
    const rules = {
      exclude: ['a'],
      filter: { or: [{ not: { attribute: { name: 'price', in: [1, 'x', true], lt: 3 } } }, { feature: { name: 'item_views' } }] },
      boost: [{ filter: { and: [] }, factor: 2 }],
      limitPer: [{ attribute: 'brand', limit: 2 }],
      diversity: 0.5,
      excludeSeen: true,
    }
    await set('home', rules)
    await set('cart', rules)
    await remove('cart')
    const journals = async () => (await readdir(dataDir)).filter((name) => name.endsWith('.jsonl')).length
    const snapshots = async () => (await readdir(dataDir)).filter((name) => name.startsWith('snapshot-'))
    if (snapshotEvery > 0) {
      const first = (await snapshots()).at(-1)
      await eventually(async () => {
        await before.uploads.upsertItems([{ itemId: 'a', attributes: {} }])
        const [oldest] = await snapshots()
        // None is left that was begun before the rules were set.
        expect(oldest !== undefined && (first === undefined || oldest > first)).toBe(true)
      })
    }
    expect(await journals()).toBeGreaterThan(0)
    await before.close()
    const after = await openOn(undefined, { dataDir, archiveDir: '' })
    expect(await asked(after).standing()).toEqual([{ surface: { name: 'home' }, rules }])
    expect(after.warnings).toEqual([])
  })
})
