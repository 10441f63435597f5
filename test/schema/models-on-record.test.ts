import { cp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { onRedis } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { writeLinearModel } from '../support/linear-model.ts'
import { openOn } from '../support/service.ts'
import { REQUEST } from '../support/slate-request.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { clientOf, modelDirectory, modelsOf, openShop, slateOf } from './model-client.ts'

describe('models on record in the embedded store', () => {
  it('are in snapshots too', async () => {
    const modelDir = await modelDirectory()
    const dataDir = await temporaryDirectory()
    const first = await openShop((options) => openOn(undefined, options), { modelDir, dataDir, snapshotEvery: 0.05 })
    await first.client.register('loud')
    await first.client.activate('loud')
    // Until no journal that is left tells of it.
    const isInJournal = async () => {
      const files = (await readdir(dataDir)).filter((name) => name.endsWith('.jsonl'))
      const texts = await Promise.all(files.map((name) => readFile(join(dataDir, name), 'utf8').catch(() => '')))
      return texts.some((text) => text.includes('"kind":"models"'))
    }
    expect(await isInJournal()).toBe(true)
    await eventually(async () => {
      await first.service.ingest.record([{ userId: 'someone', itemId: 'a', eventType: 'view' }])
      expect(await isInJournal()).toBe(false)
    }, 20)
    await first.service.close()
    const again = await openOn(undefined, { modelDir, dataDir })
    expect(await clientOf(again).standings()).toEqual(['loud ACTIVE 100'])
    expect(await slateOf(again)).toMatchObject({ model: 'loud' })
  })

  it('do not make an empty store count as used', async () => {
    const modelDir = await modelDirectory()
    const dataDir = await temporaryDirectory()
    const first = await openOn(undefined, { modelDir, dataDir })
    await clientOf(first).register('loud')
    await first.close()
    expect((await openOn(undefined, { modelDir, dataDir })).isNew).toBe(true)
  })
})

onRedis('two services of one store', (open) => {
  async function openTwo(options: { otherModels?: string } = {}) {
    const modelDir = await modelDirectory()
    const one = await openShop(open, { modelDir, model: 'loud' })
    const { prefix } = one.service
    const two = await open({ modelDir: options.otherModels ?? modelDir, prefix, model: 'loud' })
    return { one, two, other: clientOf(two), modelDir }
  }

  it('serve the same model after a change through either of them, and open streams of both get it', async () => {
    const { one, two, other } = await openTwo()
    const options = { minIntervalMs: 0, refreshEveryMs: undefined, onlyChanged: false, eventTypes: undefined }
    const stream = two.liveSlates.subscribe({ ...REQUEST, first: 4 }, options)
    expect((await stream.next()).value).toMatchObject({ trigger: 'INITIAL', model: 'loud' })
    await one.client.register('quiet')
    await one.client.activate('quiet')
    expect((await stream.next()).value).toMatchObject({ trigger: 'MODEL', model: 'quiet' })
    await stream.return()
    expect(await slateOf(two)).toMatchObject({ model: 'quiet', order: 'dcba' })
    await other.activate('loud', 0.5)
    await eventually(async () => expect(await one.client.standings()).toEqual(await other.standings()))
    await eventually(async () => expect(await modelsOf(one.service)).toEqual(await modelsOf(two)))
    expect(await other.standings()).toEqual(['loud ACTIVE 50', 'quiet ACTIVE 50'])
  })

  it('lose no simultaneous change', async () => {
    const { one, other } = await openTwo()
    await Promise.all([one.client.register('quiet'), other.register('loud'), one.client.shadow('loud')])
    await eventually(async () => expect(await other.standings()).toEqual(['loud SHADOW 0', 'quiet REGISTERED 0']))
    expect(await one.client.standings()).toEqual(['loud SHADOW 0', 'quiet REGISTERED 0'])
  })

  it('keep the old model if the new one is missing, report this, and change when they can load it', async () => {
    const otherModels = await temporaryDirectory()
    await writeLinearModel(otherModels, 'loud', { item_views: 1 })
    const { one, two, other, modelDir } = await openTwo({ otherModels })
    await one.client.register('quiet')
    await one.client.activate('quiet')
    const message = expect.stringContaining('The model quiet is active, but this process cannot serve it')
    await eventually(async () =>
      expect(await slateOf(two)).toMatchObject({
        model: 'loud',
        order: 'abcd',
        fallback: false,
        warnings: [{ code: 'MODEL_NOT_LOADED', message }],
      }),
    )
    expect(two.warnings).toEqual([message])
    expect(await other.standings()).toEqual(['loud REGISTERED 0', 'quiet ACTIVE 100'])
    expect(await slateOf(one.service)).toMatchObject({ model: 'quiet', warnings: [] })
    // One that starts now has no old model: it serves that of its settings.
    const three = await open({ modelDir: otherModels, prefix: two.prefix, model: 'loud' })
    expect(await slateOf(three)).toMatchObject({ model: 'loud', warnings: [{ code: 'MODEL_NOT_LOADED' }] })
    // The folder comes; any change makes it look again.
    await cp(join(modelDir, 'quiet'), join(otherModels, 'coming'), { recursive: true })
    await rename(join(otherModels, 'coming'), join(otherModels, 'quiet'))
    await one.client.register('quiet')
    await eventually(async () => expect(await slateOf(two)).toMatchObject({ model: 'quiet', warnings: [] }))
    await eventually(async () => expect(await slateOf(three)).toMatchObject({ model: 'quiet', warnings: [] }))
    await rm(join(otherModels, 'quiet'), { recursive: true })
    // What is loaded needs its folder no more.
    expect(await slateOf(two)).toMatchObject({ model: 'quiet' })
  })
})
