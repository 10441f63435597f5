import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { writeLinearModel } from '../support/linear-model.ts'
import { asker, openTestService } from '../support/server.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const definition = z.object({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  entity: z.string(),
  description: z.string().min(5),
  unit: z.string().nullable(),
  missing: z.string().min(5),
  usedByActiveModel: z.boolean(),
})
const accumulator = z.object({
  name: z.string(),
  entity: z.string(),
  description: z.string().min(5),
  eventTypes: z.array(z.string()),
  ttlSeconds: z.number().nullable(),
  features: z.array(definition),
})

const QUERY = /* GraphQL */ `
  query ($entity: EntityKind) {
    accumulators(entity: $entity) {
      name entity description eventTypes ttlSeconds
      features { name entity description unit missing usedByActiveModel }
    }
  }
`

describe('accumulators', () => {
  it('have descriptions, and list every feature once', async () => {
    const service = await openTestService()
    const all = z.array(accumulator).parse((await asker(service)(QUERY)).data?.accumulators)
    expect(all.map(({ name }) => name)).toEqual(service.domain.accumulators.map(({ name }) => name))
    const names = all.flatMap(({ features }) => features.map(({ name }) => name))
    expect(names).toEqual([...new Set(names)])
    expect(names.sort()).toEqual([...service.accumulators.features.keys()].sort())
    const clicks = all.find(({ name }) => name === 'item_click_rate')
    expect(clicks).toMatchObject({ entity: 'ITEM', eventTypes: ['impression', 'click'], ttlSeconds: 90 * 86_400 })
    expect(clicks?.features[0]).toMatchObject({ name: 'item_ctr_7d', entity: 'ITEM', unit: 'clicks per impression' })
    const session = all.find(({ name }) => name === 'session')
    // Of any event; and with features of more than one kind.
    expect(session).toMatchObject({ entity: 'SESSION', eventTypes: [], ttlSeconds: 1800 })
    expect(new Set(session?.features.map(({ entity }) => entity))).toEqual(new Set(['SESSION', 'USER_ITEM']))
    expect(all.find(({ name }) => name === 'context')?.ttlSeconds).toBeNull()
  })

  it('can be listed for one kind of entity', async () => {
    const ask = asker(await openTestService())
    for (const entity of ['USER', 'ITEM', 'SLATE', 'CONTEXT']) {
      const some = z.array(accumulator).parse((await ask(QUERY, { entity })).data?.accumulators)
      expect(some.length).toBeGreaterThan(0)
      expect(new Set(some.map((each) => each.entity))).toEqual(new Set([entity]))
    }
  })

  it('say which features the model uses that ranks', async () => {
    const modelDir = await temporaryDirectory()
    await writeLinearModel(modelDir, 'one', { item_ctr_7d: 1, pair_views: 1 })
    await writeLinearModel(modelDir, 'other', { pair_views: 1, item_views: 1 })
    const service = await openTestService({ modelDir })
    const used = async () => {
      const all = z.array(accumulator).parse((await asker(service)(QUERY)).data?.accumulators)
      return all.flatMap(({ features }) => features.filter(({ usedByActiveModel }) => usedByActiveModel).map(({ name }) => name))
    }
    await service.modelChanges.register('one')
    await service.modelChanges.register('other')
    expect(await used()).toEqual([])
    await service.modelChanges.activate('one', 1)
    expect(await used()).toEqual(['item_ctr_7d', 'pair_views'])
    await service.modelChanges.activate('other', 0.1)
    expect((await used()).sort()).toEqual(['item_ctr_7d', 'item_views', 'pair_views'])
  })
})
