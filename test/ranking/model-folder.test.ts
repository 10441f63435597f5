import { execFileSync } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FEATURE_LAYOUT_VERSION } from '../../src/accumulators/accumulator-set.ts'
import { ModelContractError, NotFoundError } from '../../src/errors.ts'
import { ModelFolder } from '../../src/ranking/model-folder.ts'
import { writeLinearModel } from '../support/linear-model.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const KNOWN = { features: new Set(['item_views']), layoutVersion: FEATURE_LAYOUT_VERSION }

async function directories(): Promise<{ outside: string; modelDir: string; folder: ModelFolder }> {
  const outside = await temporaryDirectory()
  const modelDir = join(outside, 'models')
  await mkdir(modelDir)
  await writeLinearModel(outside, 'secret', { item_views: 1 })
  await writeLinearModel(modelDir, 'mine', { item_views: 1 })
  return { outside, modelDir, folder: new ModelFolder(modelDir, KNOWN) }
}

/** The error of a model that cannot be loaded. */
async function failure(folder: ModelFolder, name: string): Promise<unknown> {
  const ranker = await folder.load(name).catch((error: unknown) => error)
  expect(ranker).toBeInstanceOf(Error)
  return ranker
}

describe('a model in the folder', () => {
  it('that passes its probes but later gives a score that is no probability fails, and its score ranks nothing', async () => {
    const { modelDir } = await directories()
    // Sums of this size are infinite both ways, and no number together.
    await writeLinearModel(modelDir, 'steep', { item_views: 3e38, item_clicks: -3e38 })
    const folder = new ModelFolder(modelDir, {
      features: new Set(['item_views', 'item_clicks']),
      layoutVersion: FEATURE_LAYOUT_VERSION,
    })
    const ranker = await folder.load('steep')
    onTestFinished(() => ranker.release())
    expect([...(await ranker.score(Float32Array.of(1, 0), 1))]).toEqual([1])
    await expect(ranker.score(Float32Array.of(1, 0, 10, 10), 2)).rejects.toThrow(
      /"steep" returns scores that are not probabilities/,
    )
  })
})

describe('a folder of models', () => {
  it('gives a model by the name of its folder', async () => {
    const { folder } = await directories()
    const ranker = await folder.load('mine')
    expect(ranker).toMatchObject({ name: 'mine', features: ['item_views'] })
    expect([...(await ranker.score(Float32Array.of(0, 1, Number.NaN), 3))]).toEqual([0.5, expect.closeTo(0.731, 3), 0.5])
    await ranker.release()
  })

  it('finishes running scores when a model is released', async () => {
    const { folder } = await directories()
    const ranker = await folder.load('mine')
    const scores = [1, 2, 3].map((views) => ranker.score(Float32Array.of(views), 1))
    await ranker.release()
    expect((await Promise.all(scores)).every(([score]) => score > 0.7)).toBe(true)
  })

  it.each([
    ...[
      '../secret',
      '..',
      '.',
      '',
      '/etc',
      'mine/../../secret',
      'mine/',
      '..\\secret',
      'mine\0',
      '.hidden',
      'ä',
      'x'.repeat(101),
    ],
  ])('opens nothing for the name %j', async (name) => {
    const { folder } = await directories()
    expect(await failure(folder, name)).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('Invalid model name'),
    })
  })

  it('follows no link out of it, neither to a folder nor to a file, but follows links within it', async () => {
    const { folder, modelDir, outside } = await directories()
    await symlink(join(outside, 'secret'), join(modelDir, 'linked'))
    await mkdir(join(modelDir, 'linked-file'))
    await symlink(join(outside, 'secret', 'model.onnx'), join(modelDir, 'linked-file', 'model.onnx'))
    // As a name the directory's own is the beginning of this one's.
    await writeLinearModel(`${modelDir}-old`, 'secret', { item_views: 1 })
    await symlink(join(`${modelDir}-old`, 'secret'), join(modelDir, 'neighbour'))
    for (const name of ['linked', 'linked-file', 'neighbour']) {
      const message = `The model ${name} is a link to a place outside MODEL_DIR: copy the folder into MODEL_DIR.`
      expect(await failure(folder, name)).toMatchObject({ code: 'NOT_FOUND', message })
    }
    await symlink('mine', join(modelDir, 'alias'))
    const ranker = await folder.load('alias')
    expect(ranker.name).toBe('alias')
    await ranker.release()
  })

  it('says what is missing, and does not wait for something that is not a file', async () => {
    const { folder, modelDir } = await directories()
    expect(await failure(folder, 'absent')).toBeInstanceOf(NotFoundError)
    await mkdir(join(modelDir, 'empty'))
    expect(await failure(folder, 'empty')).toMatchObject({ message: expect.stringContaining('put a folder empty') })
    await mkdir(join(modelDir, 'directory', 'model.onnx'), { recursive: true })
    expect(await failure(folder, 'directory')).toBeInstanceOf(NotFoundError)
    await mkdir(join(modelDir, 'pipe'))
    execFileSync('mkfifo', [join(modelDir, 'pipe', 'model.onnx')])
    expect(await failure(folder, 'pipe')).toBeInstanceOf(NotFoundError)
    expect(await failure(new ModelFolder(join(modelDir, 'nowhere'), KNOWN), 'mine')).toBeInstanceOf(NotFoundError)
  })

  it('refuses damaged models, and models with unknown features, and names what does not fit', async () => {
    const { folder, modelDir } = await directories()
    await writeLinearModel(modelDir, 'old', { item_views: 1 }, { layoutVersion: 0 })
    expect(await failure(folder, 'old')).toMatchObject({ code: 'MODEL_CONTRACT', field: 'layoutVersion' })
    await writeLinearModel(modelDir, 'foreign', { item_views: 1, moon_phase: 1 })
    expect(await failure(folder, 'foreign')).toMatchObject({ code: 'MODEL_CONTRACT', field: 'moon_phase' })
    const file = join(modelDir, 'mine', 'model.onnx')
    const whole = await readFile(file)
    for (const bytes of [whole.subarray(0, 40), Buffer.alloc(0), Buffer.from('what?')]) {
      await writeFile(file, bytes)
      expect(await failure(folder, 'mine')).toBeInstanceOf(ModelContractError)
    }
  })
})
