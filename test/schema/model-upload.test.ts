import { createHash, randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { MODEL_UPLOADS, modelPart, PART_BYTES, type UploadedFileName } from '../../src/ranking/uploaded-model.ts'
import { MINUTE } from '../../src/time-units.ts'
import { bothStores } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import { linearModel } from '../support/linear-model.ts'
import type { OpenedService } from '../support/service.ts'
import { scratchDirectory } from '../support/temporary-directory.ts'
import { clientOf, nodesOf, openShop, slateOf } from './model-client.ts'

const LOUD = linearModel({ item_views: 1 })
const QUIET = linearModel({ item_views: -1 })
const UPLOAD = `mutation ($input: UploadModelInput!) {
  uploadModel(input: $input) { __typename ... on UploadModelPayload { bytes } ... on Error { code message field } }
}`
const answer = z.object({
  __typename: z.string(),
  bytes: z.number().optional(),
  message: z.string().optional(),
  field: z.string().nullish(),
})

const hashOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')

/** A model of so many bytes at least: metadata that nobody reads fill it up. */
function largeModel(bytes: number): Uint8Array {
  return linearModel({ item_views: 1 }, { versions: { filling: randomBytes(bytes / 2).toString('hex') } })
}

function uploaderOf(service: OpenedService) {
  const { ask } = clientOf(service)
  const send = async (input: object) => {
    const { data, errors } = await ask(UPLOAD, { input })
    if (errors) throw new Error(errors[0].message)
    return answer.parse(data?.uploadModel)
  }
  const upload = async (name: string, content: Uint8Array, file = 'MODEL', bytes = PART_BYTES) => {
    const parts = Math.ceil(content.byteLength / bytes)
    for (let part = 0; part < parts; part++) {
      const of = Buffer.from(content.subarray(part * bytes, (part + 1) * bytes))
      const sent = await send({ name, file, part, parts, sha256: hashOf(content), content: of.toString('base64') })
      expect(sent).toEqual({ __typename: 'UploadModelPayload', bytes: of.byteLength })
    }
  }
  return { send, upload }
}

/** Whether the store has the first part of a file. */
async function has({ store }: OpenedService, content: Uint8Array, file: UploadedFileName = 'model.onnx'): Promise<boolean> {
  const [value] = await store.readValues([modelPart(file, { sha256: hashOf(content) }, 0)])
  return value !== undefined
}

bothStores((open, store) => {
  describe('an uploaded model', () => {
    it('ranks in every process, which needs no folder for it', async () => {
      const prefix = `uploads-${store}-every-process`
      const { service, client } = await openShop(open, { prefix })
      const { upload } = uploaderOf(service)
      await upload('mine', LOUD)
      // It is not used yet.
      expect(await client.standings()).toEqual([])
      expect(await client.register('mine')).toMatchObject({ __typename: 'Model', status: 'REGISTERED', features: ['item_views'] })
      expect(await client.activate('mine')).toMatchObject({ status: 'ACTIVE' })
      expect(await slateOf(service)).toMatchObject({ model: 'mine', order: 'abcd', warnings: [] })
      if (store === 'embedded') return
      const other = await open({ prefix, modelDir: scratchDirectory() })
      expect(await slateOf(other)).toMatchObject({ model: 'mine', order: 'abcd' })
      await upload('second', QUIET)
      await client.register('second')
      await client.activate('second')
      await eventually(async () => expect(await slateOf(other)).toMatchObject({ model: 'second', order: 'dcba' }))
    })

    it('is there again after a restart, also from a snapshot, and its report with it', async () => {
      const dataDir = scratchDirectory()
      const prefix = `uploads-${store}-restart`
      const report = {
        calibration: { slope: 1, intercept: 0, bins: [{ rows: 10, predicted: 0.1, observed: 0.2 }] },
        gain: { item_views: 1 },
      }
      for (const snapshotEvery of [0, 0.001, 0]) {
        const service = await open({ dataDir, prefix, snapshotEvery, modelDir: scratchDirectory() })
        const client = clientOf(service)
        if ((await client.models()).length === 0) {
          await service.uploads.upsertItems([{ itemId: 'a', attributes: {} }])
          await service.ingest.record([{ userId: 'bob', eventType: 'view', itemId: 'a' }])
          await service.store.settle()
          const { upload } = uploaderOf(service)
          await upload('mine', LOUD)
          await upload('mine', Buffer.from(JSON.stringify(report)), 'TRAINING', 40)
          expect(await client.register('mine')).toMatchObject({ __typename: 'Model' })
          expect(await client.activate('mine')).toMatchObject({ status: 'ACTIVE' })
        }
        expect(await slateOf(service)).toMatchObject({ model: 'mine' })
        const { data } = await client.ask('{ models { edges { node { isUploaded training { importance { feature gain } } } } } }')
        const training = { importance: [{ feature: 'item_views', gain: 1 }] }
        expect(nodesOf(z.object({ isUploaded: z.boolean(), training: z.unknown() }), data?.models)).toEqual([
          { isUploaded: true, training },
        ])
        // Snapshots are written beside events.
        await service.ingest.record([{ userId: 'ann', eventType: 'view', itemId: 'a' }])
        await service.close()
      }
    })

    it('can have many parts, in any order, and each more than once', async () => {
      const { service, client } = await openShop(open)
      const { send } = uploaderOf(service)
      const content = largeModel(1_600_000)
      const parts = Math.ceil(content.byteLength / PART_BYTES)
      expect(parts).toBe(4)
      const order = [2, 0, 2, 3, 0, 1]
      for (const [sent, part] of order.entries()) {
        if (sent > 0) {
          expect(await client.register('large')).toMatchObject({ __typename: 'NotFoundError', field: 'name' })
          expect((await client.register('large')).message).toMatch(
            /^Part \d of the 4 parts of model.onnx of the model large is missing/,
          )
        }
        const of = Buffer.from(content.subarray(part * PART_BYTES, (part + 1) * PART_BYTES))
        await send({ name: 'large', part, parts, sha256: hashOf(content), content: of.toString('base64') })
      }
      expect(await client.register('large')).toMatchObject({ __typename: 'Model' })
    })

    it('is replaced whole by another file of the same name, while it ranks', async () => {
      const { service, client } = await openShop(open)
      const { upload } = uploaderOf(service)
      await upload('mine', LOUD)
      await client.register('mine')
      await client.activate('mine')
      await upload('mine', QUIET)
      expect(await slateOf(service)).toMatchObject({ model: 'mine', order: 'abcd' })
      expect(await client.register('mine')).toMatchObject({ status: 'ACTIVE' })
      expect(await slateOf(service)).toMatchObject({ model: 'mine', order: 'dcba' })
      expect([await has(service, LOUD), await has(service, QUIET)]).toEqual([false, true])
      // Again the same: nothing is lost.
      await upload('mine', QUIET)
      await client.register('mine')
      await client.register('mine')
      expect([await has(service, QUIET), (await slateOf(service)).order]).toEqual([true, 'dcba'])
    })

    it('comes before a folder of the same name, and leaves nothing in the store once it is retired', async () => {
      const { service, client, modelDir } = await openShop(open)
      const { upload } = uploaderOf(service)
      await upload('loud', QUIET)
      await client.register('loud')
      await client.activate('loud')
      expect((await slateOf(service)).order).toBe('dcba')
      await client.retire('loud')
      expect(await has(service, QUIET)).toBe(false)
      await client.register('loud')
      await client.activate('loud')
      expect((await slateOf(service)).order).toBe('abcd')
      await client.retire('loud')
      await rm(join(modelDir, 'loud'), { recursive: true })
      expect(await client.register('loud')).toMatchObject({
        __typename: 'NotFoundError',
        message: 'There is no model loud: upload it, or put a folder loud with a model.onnx into MODEL_DIR.',
      })
    })

    it('keeps files that another model has too', async () => {
      const { service, client } = await openShop(open)
      const { upload } = uploaderOf(service)
      for (const name of ['one', 'two']) {
        await upload(name, LOUD)
        await client.register(name)
      }
      await client.retire('one')
      expect(await has(service, LOUD)).toBe(true)
      expect(await client.activate('two')).toMatchObject({ status: 'ACTIVE' })
    })

    it('gives up the oldest of more than three that arrive, and none that is registered', async () => {
      const { service, client } = await openShop(open)
      const { upload } = uploaderOf(service)
      const contents = [0, 1, 2, 3, 4].map((n) => linearModel({ item_views: 1 + n }))
      await upload('m0', contents[0])
      await client.register('m0')
      for (let n = 1; n < 5; n++) await upload(`m${n}`, contents[n])
      expect(await Promise.all(contents.map((content) => has(service, content)))).toEqual([true, false, true, true, true])
      expect(await client.register('m1')).toMatchObject({ __typename: 'NotFoundError' })
      for (const name of ['m2', 'm3', 'm4']) expect(await client.register(name)).toMatchObject({ status: 'REGISTERED' })
    })

    it('is given up ten minutes after a process ended between keeping its files and recording the model', async () => {
      const { service, client } = await openShop(open)
      const { upload } = uploaderOf(service)
      await upload('lost', LOUD)
      const lost = await service.modelUploads.latest('lost')
      await service.modelUploads.keep(lost!, () => false)
      const register = async (name: string, content: Uint8Array) => {
        await upload(name, content)
        await client.register(name)
      }
      await register('next', QUIET)
      expect(await has(service, LOUD)).toBe(true)
      service.clock.advance(11 * MINUTE)
      await register('last', linearModel({ item_views: 2 }))
      expect([await has(service, LOUD), await has(service, QUIET)]).toEqual([false, true])
    })

    it('cannot take more than 256 MB with all others', async () => {
      const { service } = await openShop(open)
      const files = (n: number) => ({ 'model.onnx': { sha256: hashOf(Buffer.of(n)), parts: 128 } })
      for (let n = 0; n < 4; n++)
        await service.modelUploads.keep({ name: `m${n}`, files: files(n), registeredAt: null }, () => true)
      await expect(
        service.modelUploads.keep({ name: 'm4', files: files(4), registeredAt: null }, () => true),
      ).rejects.toMatchObject({
        field: 'name',
        message: 'The uploaded models would have 320 MB; at most 256 are allowed. First retire a model that you do not need.',
      })
    })

    it('is not registered if its content has another hash, is damaged, or needs what the service lacks', async () => {
      const { service, client } = await openShop(open)
      const { send, upload } = uploaderOf(service)
      const wrong = { name: 'wrong', part: 0, parts: 1, sha256: hashOf(QUIET), content: Buffer.from(LOUD).toString('base64') }
      await send(wrong)
      expect(await client.register('wrong')).toMatchObject({ __typename: 'ModelContractError', field: 'sha256' })
      // The right content takes its place.
      await send({ ...wrong, content: Buffer.from(QUIET).toString('base64') })
      expect(await client.register('wrong')).toMatchObject({ __typename: 'Model' })
      await upload('damaged', LOUD.subarray(0, 100))
      expect(await client.register('damaged')).toMatchObject({ __typename: 'ModelContractError' })
      await upload('other', linearModel({ item_weather: 1 }))
      expect(await client.register('other')).toMatchObject({ __typename: 'ModelContractError', field: 'item_weather' })
      await upload('report', Buffer.from('{}'), 'TRAINING')
      expect(await client.register('report')).toMatchObject({
        message: 'The file model.onnx of the model report is missing: upload it.',
      })
      expect(await client.standings()).toEqual(['wrong REGISTERED 0'])
    })

    const good = { name: 'm', part: 0, parts: 1, sha256: hashOf(LOUD), content: 'AAAA' }
    it.each([
      ['name', { name: '../m' }, 'Invalid model name "../m"'],
      ['name', { name: '' }, 'Invalid model name ""'],
      ['sha256', { sha256: 'ABC' }, 'sha256 is not a SHA-256 hash'],
      ['parts', { parts: 0 }, 'parts is 0: use a whole number from 1 to 128. A file may have at most 64 MB.'],
      ['parts', { parts: 129 }, 'parts is 129'],
      ['parts', { parts: 17, file: 'TRAINING' }, 'from 1 to 16. A file may have at most 8 MB.'],
      ['part', { part: 1 }, 'part is 1: use a whole number from 0 to 0.'],
      ['part', { part: -1 }, 'part is -1'],
      ['content', { content: '' }, 'The part has 0 bytes'],
      ['content', { content: 'A' }, 'content is not Base64'],
      ['content', { content: 'AA\nAA' }, 'content is not Base64'],
      ['content', { content: Buffer.alloc(PART_BYTES + 1).toString('base64') }, `The part has ${PART_BYTES + 1} bytes`],
    ])('is refused for a wrong %s: %j', async (field, change, message) => {
      const { service } = await openShop(open)
      const sent = await uploaderOf(service).send({ ...good, ...change })
      expect(sent).toMatchObject({ field, message: expect.stringContaining(message) })
      expect(await service.store.readValues([MODEL_UPLOADS])).toEqual([undefined])
    })

    it('is refused if its parts were counted otherwise before', async () => {
      const { service } = await openShop(open)
      const { send } = uploaderOf(service)
      await send(good)
      expect(await send({ ...good, parts: 2 })).toMatchObject({
        field: 'parts',
        message: expect.stringContaining('begun with 1 parts, not 2'),
      })
    })
  })
})
