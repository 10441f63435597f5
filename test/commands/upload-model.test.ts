import { cp, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PACKAGE_ROOT } from '../../src/package-root.ts'
import { PART_BYTES } from '../../src/ranking/uploaded-model.ts'
import { post } from '../support/graphql-client.ts'
import { writeLinearModel } from '../support/linear-model.ts'
import { StartedService } from '../support/started-service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { liverank } from '../support/warm-command.ts'

const MODELS = '{ models { edges { node { name status isUploaded training { importance { feature } } } } } }'

/** A service that only callers with this key may use. */
async function guarded() {
  const settings = { DATA_DIR: await temporaryDirectory(), MODEL_DIR: await temporaryDirectory() }
  const key = (await liverank(['keys', 'create', '--role', 'admin', '--name', 'deploy'], settings)).out.trim()
  const service = new StartedService({ ...settings, HOST: '0.0.0.0' })
  return { service, url: await service.serving(), key }
}

describe('liverank upload-model', () => {
  it('uploads a trained model with its report, registers it, and can be repeated', async () => {
    const { service, url, key } = await guarded()
    const folder = join(await temporaryDirectory(), 'mine')
    await cp(join(PACKAGE_ROOT, 'models/default'), folder, { recursive: true })
    for (const name of ['mine', 'other', 'mine']) {
      const said = await liverank(['upload-model', folder, '--url', url, ...(name === 'mine' ? [] : ['--name', name])], {
        LIVERANK_TOKEN: key,
      })
      expect(said).toMatchObject({ code: 0, errors: '' })
      expect(said.out).toMatch(
        new RegExp(`^Uploaded \\d+ bytes. The service at .* has the model ${name}, with the status REGISTERED.\n$`),
      )
    }
    const { data } = await post(url, MODELS, {}, key)
    const node = (name: string) => ({
      node: {
        name,
        status: 'REGISTERED',
        isUploaded: true,
        training: { importance: expect.arrayContaining([{ feature: expect.any(String) }]) },
      },
    })
    expect(data).toEqual({ models: { edges: [node('mine'), node('other')] } })
    expect(await service.stop('SIGTERM')).toBe(0)
  })

  it('says what is wrong with a folder, a name, a model or a key', async () => {
    const { service, url, key } = await guarded()
    const folder = await temporaryDirectory()
    await writeLinearModel(folder, 'of-other-features', { item_weather: 1 })
    await writeLinearModel(folder, 'too-large', { item_views: 1 })
    await truncate(join(folder, 'too-large', 'model.onnx'), 128 * PART_BYTES + 1)
    await writeLinearModel(folder, 'with-a-large-report', { item_views: 1 })
    await writeFile(join(folder, 'with-a-large-report', 'metrics.json'), Buffer.alloc(16 * PART_BYTES + 1))
    await writeLinearModel(folder, 'sound', { item_views: 1 })
    await cp(join(folder, 'sound'), join(folder, 'bad name'), { recursive: true })
    const told = async (name: string, token = key) =>
      liverank(['upload-model', join(folder, name), '--url', url], { LIVERANK_TOKEN: token })
    expect(await told('of-other-features')).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/^liverank: The service does not register the model\. .*item_weather/),
    })
    for (const name of ['too-large', 'with-a-large-report'])
      expect(await told(name)).toMatchObject({
        code: 2,
        errors: expect.stringContaining('can be uploaded: use MODEL_DIR for this model.'),
      })
    expect(await told('bad name')).toMatchObject({ code: 2, errors: expect.stringContaining('Invalid model name "bad name"') })
    expect(await told('sound', 'lrk_0000')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('Set LIVERANK_TOKEN to the key of an admin.'),
    })
    expect((await post(url, '{ models { edges { node { name } } } }', {}, key)).data).toEqual({ models: { edges: [] } })
    expect(await service.stop('SIGTERM')).toBe(0)
  })
})
