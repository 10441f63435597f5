import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { bothStoresWhenLong } from '../support/each-store.ts'
import type { Answer } from '../support/graphql-client.ts'
import { writeLinearModel } from '../support/linear-model.ts'
import { asker, connect, serve, TRANSPORTS } from '../support/server.ts'
import { type Open, type OpenedService, openOn } from '../support/service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type Tree, writeTreeModel } from '../support/tree-file.ts'

const FEATURES = ['item_views', 'pair_views', 'user_events']
const branch = (column: number, threshold: number, whenTrue: Tree, whenFalse: Tree): Tree => ({
  column,
  mode: 'BRANCH_LT',
  threshold,
  missingIsTrue: true,
  whenTrue,
  whenFalse,
})
const leaf = (weight: number, cover: number): Tree => ({ weight, cover })
const TREES = [
  branch(0, 2, branch(1, 1, leaf(-1, 60), leaf(0.5, 20)), leaf(0.25, 20)),
  branch(1, 1, leaf(-0.2, 80), branch(2, 3, leaf(0.3, 10), leaf(0.9, 10))),
]
const trees = { trees: TREES, columns: 3, features: FEATURES, calibration: { slope: 1.5, intercept: -1 } }

const ITEM = `
  item { itemId } score baseScore
  contributions(first: 3) { name value contribution }
  top: contributions(first: 1) { name }
  features { name value }
  named: features(names: ["user_events", "item_carts"]) { name value }
`
const values = z.array(z.object({ name: z.string(), value: z.number().nullable() })).nullable()
const slate = z.object({
  recommendationId: z.string(),
  model: z.string().nullable(),
  items: z.array(
    z.object({
      item: z.object({ itemId: z.string() }),
      score: z.number(),
      baseScore: z.number().nullable(),
      contributions: z.array(z.object({ name: z.string(), value: z.number().nullable(), contribution: z.number() })).nullable(),
      top: z.array(z.object({ name: z.string() })).nullable(),
      features: values,
      named: values,
    }),
  ),
})
const FIELDS = `recommendationId model items { ${ITEM} }`
const QUERY = `query ($input: RecommendationsInput!) { slate: recommendations(input: $input) { ${FIELDS} } }`
const SERVED = `query ($recommendationId: ID!) { slate(recommendationId: $recommendationId) { ${FIELDS} } }`
const LIVE = `subscription ($input: RecommendationsInput!) { slate: recommendations(input: $input, minIntervalMs: 0) { ${FIELDS} } }`

function slateOf({ data, errors }: Answer) {
  if (errors) throw new Error(JSON.stringify(errors))
  return slate.parse(data?.slate)
}

const itemOf = ({ items }: z.infer<typeof slate>, itemId: string) => items.find(({ item }) => item.itemId === itemId)!

function expectToAddUp({ score, baseScore, contributions }: z.infer<typeof slate>['items'][number]): void {
  expect(contributions).not.toBeNull()
  const sum = contributions!.reduce((total, { contribution }) => total + contribution, baseScore!)
  expect(Math.abs(sum - score)).toBeLessThan(1e-9)
}

/** a was viewed by four others, b by one; and by whoever asks once. */
async function openShop(open: Open, model: string) {
  const modelDir = await temporaryDirectory()
  await writeTreeModel(modelDir, 'trees', trees)
  await writeTreeModel(modelDir, 'without-covers', { ...trees, covers: 'ones' })
  await writeLinearModel(modelDir, 'linear', { item_views: 1 })
  const service = await open({ modelDir, model })
  await service.uploads.upsertItems(['a', 'b'].map((itemId) => ({ itemId, attributes: {} })))
  await view(service, 'me', 'b')
  for (const [userId, itemId] of ['a', 'a', 'a', 'a', 'b'].entries()) await view(service, `u${userId}`, itemId)
  await service.store.settle()
  return { service, modelDir, ask: asker(service) }
}

async function view(service: OpenedService, userId: string, itemId: string): Promise<void> {
  await service.ingest.record([{ userId, itemId, eventType: 'view' }])
}

const INPUT = { userId: 'me', first: 2 }

bothStoresWhenLong((open) => {
  describe('the contributions to a score', () => {
    it('add up to it, the largest effect first, beside the values that the model read', async () => {
      const { ask } = await openShop(open, 'trees')
      const answered = slateOf(await ask(QUERY, { input: INPUT }))
      expect(answered).toMatchObject({ model: 'trees', items: [{}, {}] })
      for (const item of answered.items) {
        expectToAddUp(item)
        const effects = item.contributions!.map(({ contribution }) => Math.abs(contribution))
        expect(effects).toEqual([...effects].sort((a, b) => b - a))
        expect(item.top).toEqual([{ name: item.contributions![0].name }])
        expect(item.named).toEqual([{ name: 'user_events', value: 1 }])
      }
      const a = itemOf(answered, 'a')
      expect(a.features).toEqual([
        { name: 'item_views', value: 4 },
        { name: 'pair_views', value: 0 },
        { name: 'user_events', value: 1 },
      ])
      // Of a it counts that many viewed it; of b that this user did.
      expect(a.contributions!.find(({ name }) => name === 'item_views')).toMatchObject({
        value: 4,
        contribution: expect.any(Number),
      })
      expect(a.contributions!.find(({ name }) => name === 'item_views')!.contribution).toBeGreaterThan(0)
      expect(itemOf(answered, 'b').contributions!.find(({ name }) => name === 'pair_views')!.contribution).toBeGreaterThan(0)
      expect(a.contributions!.find(({ name }) => name === 'pair_views')!.contribution).toBeLessThan(0)
    })

    it('are multiplied by the factors of boosts', async () => {
      const { service, ask } = await openShop(open, 'trees')
      await service.uploads.upsertItems([{ itemId: 'a', attributes: { brand: 'Acme' } }])
      const plain = itemOf(slateOf(await ask(QUERY, { input: INPUT })), 'a')
      const rules = { boost: [{ filter: { attribute: { name: 'brand', eq: 'Acme' } }, factor: 3 }] }
      const boosted = itemOf(slateOf(await ask(QUERY, { input: { ...INPUT, rules } })), 'a')
      expectToAddUp(boosted)
      expect(boosted.score / plain.score).toBeCloseTo(3, 9)
      expect(boosted.baseScore! / plain.baseScore!).toBeCloseTo(3, 6)
      expect(boosted.contributions![0].contribution / plain.contributions![0].contribution).toBeCloseTo(3, 6)
    })

    it('are those of the time of the slate, on a stream and when the slate is read again', async () => {
      const { service, ask } = await openShop(open, 'trees')
      const { url } = await serve(service)
      const messages = connect(TRANSPORTS['graphql-transport-ws'], url).subscribe(LIVE, { input: INPUT })
      const first = slateOf(await messages.next())
      await view(service, 'me', 'a')
      const second = slateOf(await messages.next())
      for (const item of [...first.items, ...second.items]) expectToAddUp(item)
      expect([first, second].map((one) => itemOf(one, 'a').named![0].value)).toEqual([1, 2])
      // It is the view of this user that moved it now.
      const effectOf = (one: typeof first) =>
        itemOf(one, 'a').contributions!.find(({ name }) => name === 'pair_views')!.contribution
      expect(effectOf(second)).toBeGreaterThan(effectOf(first))
      for (const served of [first, second])
        expect(slateOf(await ask(SERVED, { recommendationId: served.recommendationId }))).toEqual(served)
    })

    it('exist for the first 20 items of a slate, each computed once and in a separate turn of the event loop', async () => {
      const { service, ask } = await openShop(open, 'trees')
      const itemIds = Array.from({ length: 30 }, (_, i) => `i${i}`)
      await service.uploads.upsertItems(itemIds.map((itemId) => ({ itemId, attributes: {} })))
      for (const itemId of itemIds) await view(service, `viewer of ${itemId}`, itemId)
      await service.store.settle()
      const explainer = service.models.loaded('trees')!.explainer
      if (!explainer || 'unexplained' in explainer) throw new Error('The model cannot explain itself.')
      let turn = 0
      const turns: number[] = []
      const explain = explainer.explain.bind(explainer)
      const spy = vi.spyOn(explainer, 'explain').mockImplementation((...args) => {
        turns.push(turn)
        return explain(...args)
      })
      onTestFinished(() => spy.mockRestore())
      let counting = setImmediate(function count() {
        turn++
        counting = setImmediate(count)
      })
      onTestFinished(() => clearImmediate(counting))
      const { items } = slateOf(await ask(QUERY, { input: { userId: 'me', first: 25 } }))
      expect(items).toHaveLength(25)
      for (const item of items.slice(0, 20)) expectToAddUp(item)
      for (const { baseScore, contributions } of items.slice(20)) expect([baseScore, contributions]).toEqual([null, null])
      expect(turns).toHaveLength(20)
      expect(new Set(turns).size).toBe(20)
    })

    it('are missing if a model with other columns under the same name ranked the slate', async () => {
      const { ask, modelDir } = await openShop(open, 'trees')
      const { recommendationId } = slateOf(await ask(QUERY, { input: INPUT }))
      await writeTreeModel(modelDir, 'trees', { ...trees, features: ['item_carts', 'pair_views', 'user_events'] })
      const mutation =
        'mutation { registerModel(input: { name: "trees" }) { __typename } activateModel(input: { name: "trees" }) { __typename } }'
      expect((await ask(mutation)).errors).toBeUndefined()
      const [item] = slateOf(await ask(SERVED, { recommendationId })).items
      expect(item).toMatchObject({ contributions: null, baseScore: null, features: null })
    })

    it('are missing if another model with the same name and columns ranked the slate, but its values are there', async () => {
      const { ask, modelDir } = await openShop(open, 'trees')
      const { recommendationId, items } = slateOf(await ask(QUERY, { input: INPUT }))
      await writeTreeModel(modelDir, 'trees', { ...trees, calibration: { slope: 1, intercept: 0 } })
      const mutation =
        'mutation { registerModel(input: { name: "trees" }) { __typename } activateModel(input: { name: "trees" }) { __typename } }'
      expect((await ask(mutation)).errors).toBeUndefined()
      const [item] = slateOf(await ask(SERVED, { recommendationId })).items
      expect(item).toMatchObject({ contributions: null, baseScore: null, features: items[0].features })
    })
  })
})

describe('the contributions to a score', () => {
  const onEmbedded: Open = (options) => openOn(undefined, options)

  it('are missing if a rule ranked', async () => {
    const { ask } = await openShop(onEmbedded, '')
    const { items } = slateOf(await ask(QUERY, { input: INPUT }))
    for (const item of items) expect(item).toMatchObject({ contributions: null, baseScore: null, features: null, named: null })
  })

  it.each([
    ['linear', 'The scores of the model linear cannot be explained: its scores go through MatMul.'],
    [
      'without-covers',
      'The scores of the model without-covers cannot be explained: its trees lack covers (nodes_hitrates), which `npm run train` writes.',
    ],
  ])('are missing if the model cannot explain its scores, and the message says why: %s', async (name, unexplained) => {
    const { ask } = await openShop(onEmbedded, name)
    const { items, model } = slateOf(await ask(QUERY, { input: INPUT }))
    expect(model).toBe(name)
    for (const item of items) {
      expect(item).toMatchObject({ contributions: null, baseScore: null })
      expect(item.features!.find((feature) => feature.name === 'item_views')!.value).toBeGreaterThan(0)
    }
    expect((await ask('{ models { edges { node { name unexplained } } } }')).data).toEqual({
      models: { edges: [{ node: { name, unexplained } }] },
    })
  })

  it('are missing for an item that fills up the slate', async () => {
    const { service, ask } = await openShop(onEmbedded, 'trees')
    await service.uploads.upsertItems([{ itemId: 'new', attributes: {} }])
    const answered = slateOf(await ask(QUERY, { input: { ...INPUT, first: 3 } }))
    expect(itemOf(answered, 'new')).toMatchObject({ score: 0, contributions: null, features: null })
    for (const itemId of ['a', 'b']) expectToAddUp(itemOf(answered, itemId))
  })

  it.each([
    ['features(names: ["no_such"]) { name }', 'Unknown feature no_such: use a name that the query accumulators lists.'],
    ['contributions(first: -1) { name }', 'first is -1: use a value from 0 to 500.'],
  ])('cannot be requested in this way: %s', async (field, message) => {
    const { ask } = await openShop(onEmbedded, 'trees')
    const { data, errors } = await ask(
      `query { recommendations(input: { userId: "me", first: 1 }) { items { score ${field} } } }`,
    )
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }])
    expect(data).toMatchObject({ recommendations: { items: [{ score: expect.any(Number) }] } })
  })
})
