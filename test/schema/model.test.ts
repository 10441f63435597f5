import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { bothStores } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { linearModel, writeLinearModel } from '../support/linear-model.ts'
import { REQUEST } from '../support/slate-request.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { clientOf, modelDirectory, modelsOf, nodesOf, openShop, slateOf, USERS } from './model-client.ts'

bothStores((open, store) => {
  describe('a model', () => {
    it('is registered, activated, rolled back and retired by mutation, and ranks accordingly', async () => {
      const { service, client } = await openShop(open)
      expect(await slateOf(service)).toMatchObject({ model: undefined, fallback: true })
      expect(await client.register('loud')).toMatchObject({ __typename: 'Model', status: 'REGISTERED', traffic: 0 })
      await client.register('quiet')
      expect(await slateOf(service)).toMatchObject({ model: undefined })
      expect(await client.activate('loud')).toMatchObject({ status: 'ACTIVE', traffic: 1 })
      expect(await slateOf(service)).toMatchObject({ model: 'loud', order: 'abcd', fallback: false })
      await client.activate('quiet')
      expect(await slateOf(service)).toMatchObject({ model: 'quiet', order: 'dcba' })
      expect(await client.standings()).toEqual(['loud REGISTERED 0', 'quiet ACTIVE 100'])
      await client.activate('loud')
      expect(await slateOf(service)).toMatchObject({ model: 'loud', order: 'abcd' })
      expect(await client.retire('loud')).toMatchObject({ status: 'RETIRED', traffic: 0 })
      expect(await client.standings()).toEqual(['loud RETIRED 0', 'quiet ACTIVE 100'])
      await client.retire('quiet')
      expect(await slateOf(service)).toMatchObject({ model: undefined, fallback: true })
    })

    it('shows its metadata, also as a node', async () => {
      const { client } = await openShop(open)
      await client.register('loud')
      const [loud] = await client.models()
      expect(loud).toMatchObject({ features: ['item_views'], trainedAt: '2025-03-01T12:00:00.000Z', shadow: null })
      expect(loud.metrics).toMatchObject({ ndcg10: { value: 0.5, low: 0.4, high: 0.6 }, auc: null, rows: 100 })
      const { data } = await client.ask('{ models { edges { node { id } } } }')
      const [{ id }] = nodesOf(z.object({ id: z.string() }), data?.models)
      const answer = await client.ask('query ($id: ID!) { node(id: $id) { __typename id ... on Model { name } } }', { id })
      expect(answer.data).toEqual({ node: { __typename: 'Model', id, name: 'loud' } })
      const unknown = Buffer.from('Model:nobody').toString('base64')
      expect((await client.ask('query ($id: ID!) { node(id: $id) { id } }', { id: unknown })).data).toEqual({ node: null })
    })

    it('shows what its training wrote beside it, and nothing if that is absent or damaged', async () => {
      const { client, modelDir } = await openShop(open)
      const calibration = { slope: 1, intercept: 0, bins: [{ rows: 10, predicted: 0.1, observed: 0.2 }] }
      await writeFile(
        join(modelDir, 'loud', 'metrics.json'),
        JSON.stringify({ calibration, gain: { item_views: 0.25, item_clicks: 0.75 } }),
      )
      await writeFile(join(modelDir, 'quiet', 'metrics.json'), '{ "calibration": 1')
      const trainingOf = async (name: string) => {
        await client.register(name)
        const { data, errors } = await client.ask(
          '{ models { edges { node { name training { calibration { rows predicted observed } importance { feature gain } } } } } }',
        )
        expect(errors).toBeUndefined()
        return nodesOf(z.looseObject({ name: z.string() }), data?.models).find((model) => model.name === name)?.training
      }
      expect(await trainingOf('loud')).toEqual({
        calibration: calibration.bins,
        importance: [
          { feature: 'item_clicks', gain: 0.75 },
          { feature: 'item_views', gain: 0.25 },
        ],
      })
      expect(await trainingOf('quiet')).toBeNull()
      await rm(join(modelDir, 'loud'), { recursive: true })
      expect((await client.ask('{ models { edges { node { training { importance { gain } } } } } }')).data).toEqual({
        models: { edges: [{ node: { training: null } }, { node: { training: null } }] },
      })
    })

    it('counts how far the features of its slates are from those of its training', async () => {
      const { service, client, modelDir } = await openShop(open)
      const write = (name: string, bins: object[]) =>
        writeFile(
          join(modelDir, name, 'metrics.json'),
          JSON.stringify({ calibration: { bins: [] }, distributions: { item_views: { missing: 0, bins } } }),
        )
      const halves = (upTo: number, share: number) => [
        { upTo, share },
        { upTo: null, share: 1 - share },
      ]
      await write('loud', halves(2, 0.5))
      await write('quiet', halves(0, 1))
      const driftOf = async (name: string) => {
        const fields = 'slates features { feature psi missingInTraining missingLately bins { upTo training lately } }'
        const { data, errors } = await client.ask(`{ models { edges { node { name drift { ${fields} } } } } }`)
        expect(errors).toBeUndefined()
        return nodesOf(z.looseObject({ name: z.string() }), data?.models).find((model) => model.name === name)?.drift
      }
      await client.register('loud')
      expect(await driftOf('loud')).toBeNull()
      await client.activate('loud')
      await slateOf(service)
      const feature = { feature: 'item_views', missingInTraining: 0, missingLately: 0 }
      const same = [
        { upTo: 2, training: 0.5, lately: 0.5 },
        { upTo: null, training: 0.5, lately: 0.5 },
      ]
      expect(await driftOf('loud')).toEqual({ slates: 1, features: [{ ...feature, psi: null, bins: same }] })
      for (let n = 1; n < 100; n++) await slateOf(service)
      expect(await driftOf('loud')).toEqual({ slates: 100, features: [{ ...feature, psi: 0, bins: same }] })
      await client.register('quiet')
      await client.activate('quiet')
      for (let n = 0; n < 100; n++) await slateOf(service)
      // By hand: twice (1 − 0.0001) ln(1 / 0.0001), since no bin counts as smaller than 0.0001.
      expect(await driftOf('quiet')).toMatchObject({ features: [{ psi: expect.closeTo(2 * 0.9999 * Math.log(1e4), 6) }] })
      expect(await driftOf('loud')).toBeNull()
    })

    it('serves its share of the users, and always the same ones', async () => {
      const { service, client } = await openShop(open)
      for (const name of ['loud', 'quiet']) await client.register(name)
      await client.activate('loud')
      await client.activate('quiet', 0.3)
      expect(await client.standings()).toEqual(['loud ACTIVE 70', 'quiet ACTIVE 30'])
      const before = await modelsOf(service)
      expect(await modelsOf(service)).toEqual(before)
      const share = before.filter((name) => name === 'quiet').length / USERS.length
      expect(share).toBeGreaterThan(0.1)
      expect(share).toBeLessThan(0.5)
      await client.activate('quiet', 0.6)
      const after = await modelsOf(service)
      expect(after).not.toEqual(before)
      before.forEach((name, i) => {
        if (name === 'quiet') expect(after[i]).toBe('quiet')
      })
      expect(await client.activate('quiet', 1.5)).toMatchObject({
        __typename: 'InvalidInputError',
        message: 'traffic is 1.5: use a value from 0 to 1.',
        field: 'traffic',
      })
    })

    it('that cannot be used is refused with the name of the problem, and the old model stays in use', async () => {
      const { service, client, modelDir } = await openShop(open)
      await client.register('loud')
      await client.activate('loud')
      await writeLinearModel(modelDir, 'foreign', { item_views: 1, moon_phase: 1 })
      await writeLinearModel(modelDir, 'old', { item_views: 1 }, { layoutVersion: 0 })
      await writeLinearModel(modelDir, 'corrupt', { item_views: 1 })
      await writeFile(join(modelDir, 'corrupt', 'model.onnx'), linearModel({ item_views: 1 }).subarray(0, 60))
      const refused = { __typename: 'ModelContractError', code: 'MODEL_CONTRACT' }
      expect(await client.register('foreign')).toMatchObject({ ...refused, field: 'moon_phase' })
      expect(await client.register('old')).toMatchObject({ ...refused, field: 'layoutVersion' })
      expect(await client.register('corrupt')).toMatchObject({
        ...refused,
        field: null,
        message: expect.stringContaining('is damaged'),
      })
      for (const name of ['absent', '../loud', 'loud/../quiet'])
        expect(await client.register(name)).toMatchObject({ __typename: 'NotFoundError' })
      // Not registered.
      expect(await client.activate('quiet')).toEqual({
        __typename: 'NotFoundError',
        code: 'NOT_FOUND',
        message: 'No model quiet is registered: call registerModel first.',
        field: 'name',
      })
      // Damaged after it was registered.
      await client.register('quiet')
      await writeFile(join(modelDir, 'quiet', 'model.onnx'), 'what?')
      expect(await client.activate('quiet')).toMatchObject(refused)
      expect(await client.shadow('quiet')).toMatchObject(refused)
      expect(await client.standings()).toEqual(['loud ACTIVE 100', 'quiet REGISTERED 0'])
      expect(await slateOf(service)).toMatchObject({ model: 'loud', order: 'abcd', warnings: [] })
    })

    it('that is registered again while it is active is read again', async () => {
      const { service, client, modelDir } = await openShop(open)
      await client.register('loud')
      await client.activate('loud')
      await writeLinearModel(modelDir, 'loud', { item_views: -1 })
      expect(await slateOf(service)).toMatchObject({ order: 'abcd' })
      await client.register('loud')
      expect(await slateOf(service)).toMatchObject({ model: 'loud', order: 'dcba' })
    })

    it('of the settings is active until another one is activated, and then the record decides', async () => {
      const { service, client } = await openShop(open, { model: 'loud' })
      expect(await client.standings()).toEqual(['loud ACTIVE 100'])
      expect(await slateOf(service)).toMatchObject({ model: 'loud' })
      await client.register('quiet')
      await client.activate('quiet', 0.25)
      expect(await client.standings()).toEqual(['loud ACTIVE 75', 'quiet ACTIVE 25'])
    })

    it('in shadow is compared with the served slates, and the figures equal those computed by hand', async () => {
      const { service, client, modelDir } = await openShop(open)
      await writeLinearModel(modelDir, 'shy', { item_views: -1 })
      for (const name of ['loud', 'shy']) await client.register(name)
      await client.activate('loud')
      expect(await client.shadow('shy')).toMatchObject({ status: 'SHADOW', traffic: 0, shadow: null })
      const ask = (first: number) => service.recommender.recommend({ ...REQUEST, first }, 'INITIAL')
      // Served: ab of abcd. It would have shown dc.
      expect((await ask(2)).items.map(({ itemId }) => itemId)).toEqual(['a', 'b'])
      await service.shadows.settle()
      const figures = async () => (await client.models()).find(({ name }) => name === 'shy')?.shadow
      expect(await figures()).toMatchObject({ slates: 1, overlapAt10: 0, rankCorrelation: expect.closeTo(-1, 9) })
      // Served: abc. It would have shown dcb.
      await ask(3)
      await service.shadows.settle()
      expect(await figures()).toMatchObject({ slates: 2, overlapAt10: expect.closeTo((0 + 2 / 3) / 2, 9) })
      // Served with what is not ranked at all: all that there is.
      await ask(4)
      await service.shadows.settle()
      expect(await figures()).toEqual({
        slates: 3,
        overlapAt10: expect.closeTo((0 + 2 / 3 + 1) / 3, 9),
        rankCorrelation: expect.closeTo(-1, 9),
        since: new Date(service.clock.wall()).toISOString(),
      })
      expect(await slateOf(service)).toMatchObject({ model: 'loud', order: 'abcd' })
      await client.activate('shy', 0.1)
      expect(await figures()).toBeNull()
    })

    it('can be changed under load without a request that fails or falls back', async () => {
      const { service, client } = await openShop(open)
      for (const name of ['loud', 'quiet']) await client.register(name)
      await client.activate('loud')
      let isOver = false
      let requests = 0
      const used = new Set<string>()
      const load = Array.from({ length: 8 }, async (_, lane) => {
        for (let i = 0; !isOver; i++) {
          const query = `{ recommendations(input: { userId: "u${lane}-${i}", first: 4 }) { model fallback items { item { itemId } } } }`
          const { data, errors } = await client.ask(query)
          expect(errors).toBeUndefined()
          const slate = z
            .object({ model: z.string(), fallback: z.literal(false), items: z.array(z.unknown()).length(4) })
            .parse(data?.recommendations)
          used.add(slate.model)
          requests++
        }
      })
      const changes = (async () => {
        for (let round = 0; round < 3; round++) {
          await client.activate('quiet', 0.5)
          const seen = requests
          await eventually(() => expect(requests).toBeGreaterThan(seen + 8))
          await client.activate('quiet')
          await client.shadow('loud')
          await client.activate('loud')
          await client.retire('quiet')
          await client.register('quiet')
        }
      })().finally(() => {
        isOver = true
      })
      await Promise.all([...load, changes])
      expect(used).toEqual(new Set(['loud', 'quiet']))
      expect(requests).toBeGreaterThan(24)
      expect(service.warnings).toEqual([])
    })

    it('that becomes active causes a slate on open streams within seconds', async () => {
      const { service, client } = await openShop(open)
      for (const name of ['loud', 'quiet']) await client.register(name)
      await client.activate('loud')
      const options = { minIntervalMs: 0, refreshEveryMs: undefined, onlyChanged: false, eventTypes: undefined }
      const stream = service.liveSlates.subscribe({ ...REQUEST, first: 4 }, options)
      expect((await stream.next()).value).toMatchObject({ trigger: 'INITIAL', model: 'loud' })
      const next = stream.next()
      // Neither of these changes what ranks.
      await client.shadow('quiet')
      await client.register('quiet')
      await client.activate('quiet')
      expect((await next).value).toMatchObject({ trigger: 'MODEL', model: 'quiet', changed: true })
      await stream.return()
    })

    it('is active after a restart if it was active before, whatever the settings say', async () => {
      const modelDir = await modelDirectory()
      const dataDir = store === 'embedded' ? await temporaryDirectory() : undefined
      const prefix = `models-${process.pid}-${Date.now()}`
      const options = { modelDir, prefix, ...(dataDir && { dataDir }) }
      const { service, client } = await openShop(open, { ...options, model: 'loud' })
      await client.register('quiet')
      await client.activate('quiet', 0.4)
      const before = await modelsOf(service)
      await service.close()
      const again = await open({ ...options, model: '' })
      expect(await clientOf(again).standings()).toEqual(['loud ACTIVE 60', 'quiet ACTIVE 40'])
      expect(await modelsOf(again)).toEqual(before)
    })
  })
})
