import {
  ConnectionHandler,
  commitMutation,
  type Environment,
  getSingularSelector,
  requestSubscription,
  type SelectorStoreUpdater,
} from 'relay-runtime'
import { expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { MAX_ALIAS_CHARACTERS } from '../../src/server/query-shape-limits.ts'
import type { Service } from '../../src/service/service.ts'
import { onEachStoreWhenLong } from '../support/each-store.ts'
import { post } from '../support/graphql-client.ts'
import { serve } from '../support/server.ts'
import { compiledApp } from './compiled-app.ts'
import { loadScreen, relayEnvironment, ScrolledList } from './relay-client.ts'

const app = compiledApp()
const COUNT = 25
const PAGE = 10
const ME = globalId('User', 'me')

/** The lists of the app: the screen, its fragment, what tells its entries apart, and how many there are. */
const LISTS = [
  { list: 'items', screen: 'itemTable', fragment: 'rows', key: 'itemId', count: COUNT },
  { list: 'users', screen: 'userTable', fragment: 'rows', key: 'userId', count: COUNT + 1 },
  { list: 'events of a user', screen: 'userHistory', fragment: 'user', key: 'eventId', count: COUNT },
  { list: 'entries of the audit log', screen: 'auditTrail', fragment: 'entries', key: 'sequence', count: COUNT },
] as const

function globalId(typename: string, id: string): string {
  return Buffer.from(`${typename}:${id}`).toString('base64')
}

async function fill(service: Service, url: string): Promise<void> {
  const numbers = Array.from({ length: COUNT }, (_, n) => n)
  await service.uploads.upsertItems(numbers.map((n) => ({ itemId: `i${n}`, attributes: { title: `Item ${n}` } })))
  // Several users have as many events as others.
  const searches = numbers.flatMap((n) => (n % 3 === 0 ? [`u${n}`, `u${n}`] : [`u${n}`]))
  await service.ingest.record([
    ...numbers.map((n) => ({ userId: 'me', eventId: `e${n}`, eventType: 'view', itemId: `i${n}` })),
    ...searches.map((userId) => ({ userId, eventType: 'search' })),
  ])
  await service.store.settle()
  for (const n of numbers)
    await post(url, `mutation { setRules(input: { surface: "s${n}", rules: { exclude: ["i0"] } }) { __typename } }`)
}

async function openList(environment: Environment, screen: string, fragment: string, variables: object): Promise<ScrolledList> {
  const data = z
    .looseObject({ node: z.looseObject({ user: z.unknown() }).optional() })
    .parse(await loadScreen(environment, app.operation(`${screen}Query`), { ...variables }))
  return new ScrolledList(environment, app.fragment(`${screen}_${fragment}`), data.node?.user ?? data)
}

function shownIn(list: ScrolledList, key: string): unknown[] {
  return list.shown.edges.map(({ node }) => node[key])
}

const slate = z.object({
  recommendationId: z.string(),
  trigger: z.string(),
  version: z.number(),
  items: z.array(z.looseObject({ position: z.number() })),
})

/** @returns the answer, once the store of the client has it */
function mutate(environment: Environment, name: string, variables: object, updater?: SelectorStoreUpdater): Promise<unknown> {
  return new Promise((resolve, reject) => {
    commitMutation(environment, {
      mutation: app.operation(name),
      variables: { ...variables },
      updater,
      onCompleted: resolve,
      onError: reject,
    })
  })
}

it('the compiler writes no name that is longer than an alias may be', () => {
  const screens = LISTS.map(({ screen }) => `${screen}Query`)
  for (const name of [...screens, 'liveSlateSubscription']) {
    const { text } = app.operation(name).params
    const longest = Math.max(...(text ?? '').match(/\w+/g)!.map(({ length }) => length))
    expect(longest).toBeGreaterThan(10)
    expect(longest).toBeLessThan(MAX_ALIAS_CHARACTERS)
  }
})

onEachStoreWhenLong('an app on Relay', (open) => {
  async function openApp() {
    const service = await open()
    const { url } = await serve(service)
    await fill(service, url)
    return { service, environment: relayEnvironment(url) }
  }

  it.each(LISTS)('scrolls all $list by loadNext, and sees each of them once', async ({ screen, fragment, key, count }) => {
    const { environment } = await openApp()
    const all = shownIn(await openList(environment, screen, fragment, { first: 500, id: ME }), key)
    expect(new Set(all).size).toBe(count)

    const list = await openList(environment, screen, fragment, { first: PAGE, id: ME })
    expect(shownIn(list, key)).toEqual(all.slice(0, PAGE))
    for (let pages = 2; list.hasNext; pages++) {
      await list.loadNext(PAGE)
      expect(shownIn(list, key)).toEqual(all.slice(0, pages * PAGE))
    }
    expect(shownIn(list, key)).toEqual(all)
  })

  it('scrolls items backward by loadPrevious, and sees each of them once', async () => {
    const { environment } = await openApp()
    const all = shownIn(await openList(environment, 'itemTable', 'rows', { first: 500 }), 'itemId')
    const list = await openList(environment, 'itemTable', 'rows', { last: PAGE })
    expect(shownIn(list, 'itemId')).toEqual(all.slice(-PAGE))
    while (list.hasPrevious) await list.loadPrevious(PAGE)
    expect(shownIn(list, 'itemId')).toEqual(all)
  })

  it('sees no item twice although items come and go while it scrolls', async () => {
    const { service, environment } = await openApp()
    const list = await openList(environment, 'itemTable', 'rows', { first: PAGE })
    const [first] = shownIn(list, 'itemId') as string[]
    const last = shownIn(list, 'itemId').at(-1) as string
    await service.uploads.deleteItems([first, last])
    await service.uploads.upsertItems([
      { itemId: 'zz', attributes: {} },
      { itemId: '00', attributes: {} },
    ])
    while (list.hasNext) await list.loadNext(PAGE)
    const seen = shownIn(list, 'itemId')
    expect(new Set(seen).size).toBe(seen.length)
    // New items sort before the first page and after the last one, by the order of the list: one of them is seen.
    expect(seen.filter((itemId) => itemId === 'zz' || itemId === '00')).toHaveLength(1)
    expect(seen).toHaveLength(COUNT + 1)
  })

  it('fetches an item again by its id, and all screens that show it change', async () => {
    const { environment } = await openApp()
    const list = await openList(environment, 'itemTable', 'rows', { first: 1 })
    const { node } = list.shown.edges[0]
    const row = getSingularSelector(app.fragment('itemRow_item'), node)!
    expect(environment.lookup(row).data).toMatchObject({ itemId: node.itemId, available: true })
    const notified = vi.fn()
    const subscription = environment.subscribe(environment.lookup(row), notified)
    onTestFinished(() => subscription.dispose())

    const changed = { itemId: node.itemId, available: false, attributes: { title: 'Sold out' } }
    expect(await mutate(environment, 'itemRowUploadMutation', { input: [changed] })).toEqual({ upsertItems: { accepted: 1 } })
    await loadScreen(environment, app.operation('itemRowRefetchQuery'), { id: node.id })
    expect(environment.lookup(row).data).toMatchObject(changed)
    expect(notified).toHaveBeenCalledTimes(1)
  })

  it('takes a deleted item out of its list and its store', async () => {
    const { environment } = await openApp()
    const list = await openList(environment, 'itemTable', 'rows', { first: 3 })
    const [, { node }] = list.shown.edges
    const { id, itemId } = z.object({ id: z.string(), itemId: z.string() }).parse(node)
    const connectionId = list.shown.__id!
    const answer = await mutate(environment, 'itemTableRemoveMutation', { itemIds: [itemId, 'nobody'] }, (store) => {
      ConnectionHandler.deleteNode(store.get(connectionId)!, id)
      store.delete(id)
    })
    expect(answer).toEqual({ deleteItems: { deleted: 1, errors: [{ itemId: 'nobody', code: 'NOT_FOUND' }] } })
    expect(shownIn(list, 'itemId')).toHaveLength(2)
    expect(shownIn(list, 'itemId')).not.toContain(itemId)
    expect(await loadScreen(environment, app.operation('itemRowRefetchQuery'), { id })).toEqual({ node: null })
  })

  it('puts a recorded event on top of the history that it shows', async () => {
    const { environment } = await openApp()
    const list = await openList(environment, 'userHistory', 'user', { first: PAGE, id: ME })
    const before = shownIn(list, 'eventId')
    const event = { userId: 'me', eventId: 'new', eventType: 'click', itemId: 'i1' }
    const answer = await mutate(environment, 'userHistoryRecordMutation', { event, connections: [list.shown.__id] })
    expect(answer).toMatchObject({ recordEvent: { __typename: 'RecordEventPayload', event: { eventId: 'new' } } })
    expect(shownIn(list, 'eventId')).toEqual(['new', ...before])
    while (list.hasNext) await list.loadNext(PAGE)
    expect(new Set(shownIn(list, 'eventId')).size).toBe(COUNT + 1)
  })

  it('replaces each slate of a subscription by the next one', async () => {
    const { service, environment } = await openApp()
    const input = { userId: 'me', first: 5 }
    const { recommendations } = z
      .object({ recommendations: z.looseObject({}) })
      .parse(await loadScreen(environment, app.operation('liveSlateQuery'), { input }))
    const selector = getSingularSelector(app.fragment('liveSlate_slate'), recommendations)!
    const shown = () => slate.parse(environment.lookup(selector).data)
    const nextSlate = () =>
      new Promise<void>((resolve) => {
        const before = shown().recommendationId
        const watch = (): void => {
          const watched = environment.subscribe(environment.lookup(selector), () => {
            watched.dispose()
            if (shown().recommendationId === before) watch()
            else resolve()
          })
        }
        watch()
      })
    expect(shown()).toMatchObject({ trigger: 'INITIAL', items: { length: 5 } })
    const { version } = shown()

    const failed = vi.fn()
    const first = nextSlate()
    const subscription = requestSubscription(environment, {
      subscription: app.operation('liveSlateSubscription'),
      variables: { input },
      // What a subscription brings has a place of its own in the store: the app copies it to where its screen looks.
      updater: (store) =>
        store.getRoot().getLinkedRecord('recommendations', { input })!.copyFieldsFrom(store.getRootField('recommendations')!),
      onError: failed,
    })
    onTestFinished(() => subscription.dispose())
    await first
    expect(shown()).toMatchObject({ trigger: 'INITIAL', version })
    const second = nextSlate()
    await service.ingest.record([{ userId: 'me', eventId: 'now', eventType: 'view', itemId: 'i7' }])
    await second
    expect(shown().trigger).toBe('EVENT')
    expect(shown().version).toBeGreaterThan(version)
    expect(shown().items.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5])
    expect(failed).not.toHaveBeenCalled()
  })
})
