import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { modelName, type RunParts, run } from '../../../lab/learner/learning-run.ts'
import { LiverankError } from '../../../src/errors.ts'
import { linearModel } from '../../support/linear-model.ts'
import { asker } from '../../support/server.ts'
import { openOn } from '../../support/service.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

/** What the fit would have written about a model that is ahead of what ranks by so many standard errors. */
const metrics = (errors: number, incumbent: string) => {
  const interval = { value: errors / 100, low: errors / 100 - 0.02, high: errors / 100 + 0.02, error: 0.01, freedom: 1000 }
  const of = { [incumbent]: interval }
  const set = { name: 'new', decisions: 100, seeds: [0.5], values: { [incumbent]: 0.5 - errors / 100 }, best: incumbent }
  return {
    ...{ trees: 50, learnedNothing: null, calibration: { bins: [] } },
    comparison: { measure: 'MRR@20', sets: [{ ...set, differences: of, ofThisModel: of }] },
  }
}

/** A learner beside a service in this process, which trains nothing, but writes models that are ahead by so many standard errors. */
async function learner() {
  const service = await openOn(undefined, { dataDir: null, modelDir: await temporaryDirectory() })
  const askIt = asker(service)
  const work = await temporaryDirectory()
  await mkdir(join(work, 'models'))
  const steps: string[] = []
  let weight = 1
  const learn = (model: string, errors: number, changes: Partial<RunParts> = {}) =>
    run(model, {
      ...{ work, log: 'log', say: (line) => steps.push(line) },
      ask: async (query, variables) => {
        const { data, errors: failures } = await askIt(query, variables as Record<string, unknown>)
        if (failures) throw new LiverankError('BAD_USER_INPUT', failures[0].message)
        return data as object
      },
      survey: async () => ({ actions: 5000, days: 10 }),
      makeLists: async () => void steps.push('lists'),
      train: async (out, compare) => {
        steps.push(`train ${compare?.split('/').at(-1) ?? 'alone'}`)
        await mkdir(out)
        await writeFile(join(out, 'model.onnx'), linearModel({ item_views: weight++ }))
        await writeFile(join(out, 'metrics.json'), JSON.stringify(metrics(errors, compare ? 'compared' : 'first_stage')))
      },
      upload: async (folder, name) => {
        steps.push(`upload ${name}`)
        const { readFile } = await import('node:fs/promises')
        const { createHash } = await import('node:crypto')
        const content = await readFile(join(folder, 'model.onnx'))
        const sha256 = createHash('sha256').update(content).digest('hex')
        await service.modelUploads.upload({ name, file: 'model.onnx', part: 0, parts: 1, sha256, content })
        await service.modelChanges.register(name)
      },
      ...changes,
    })
  const standings = () => service.models.record.models.map(({ name, standing }) => `${name} ${standing.status}`)
  return { service, learn, steps, standings, work }
}

describe('a run of the learner', () => {
  it('puts a model into shadow that is ahead of what ranks, and no other', async () => {
    const { learn, steps, standings, work } = await learner()
    expect(await learn('auto-1', 3)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('not ahead of the ranking "first_stage"'),
    })
    expect([standings(), await readdir(join(work, 'models'))]).toEqual([[], []])
    expect(await learn('auto-2', 5)).toMatchObject({ outcome: 'promoted' })
    expect(steps).toEqual(['lists', 'train alone', 'lists', 'train alone', 'upload auto-2'])
    expect(standings()).toEqual(['auto-2 SHADOW'])
    // The next one must be ahead of that.
    steps.length = 0
    expect(await learn('auto-3', 3)).toMatchObject({ outcome: 'refused', reason: expect.stringContaining('"compared"') })
    expect(await learn('auto-4', 5)).toMatchObject({ outcome: 'promoted' })
    expect(steps).toEqual(['lists', 'train auto-2', 'lists', 'train auto-2', 'upload auto-4'])
    expect(standings()).toEqual(['auto-2 RETIRED', 'auto-4 SHADOW'])
    expect(await readdir(join(work, 'models'))).toEqual(['auto-4'])
  })

  it('goes on learning beside its own model that a person has activated, and waits beside any other', async () => {
    const { service, learn, standings, work } = await learner()
    await learn('auto-1', 5)
    await service.modelChanges.activate('auto-1', 1)
    expect(await learn('auto-2', 5)).toMatchObject({ outcome: 'promoted' })
    expect(standings()).toEqual(['auto-1 ACTIVE', 'auto-2 SHADOW'])
    await rm(join(work, 'models', 'auto-2'), { recursive: true })
    expect(await learn('auto-3', 5)).toMatchObject({ outcome: 'paused', reason: expect.stringContaining('auto-2 is gone') })
    await service.modelChanges.register('default')
    await service.modelChanges.activate('default', 0.5)
    expect(await learn('auto-3', 5)).toMatchObject({
      outcome: 'paused',
      reason: expect.stringContaining('The model default ranks, which a person has activated.'),
    })
    expect(standings()).toEqual(['auto-1 ACTIVE', 'auto-2 SHADOW', 'default ACTIVE'])
  })

  it('waits until the log has enough', async () => {
    const { learn, steps } = await learner()
    for (const [actions, days] of [
      [1999, 9],
      [9999, 2.9],
    ])
      expect(await learn('auto-1', 5, { survey: async () => ({ actions, days }) })).toEqual({
        outcome: 'waiting',
        reason: `The log has ${actions} actions on items in ${days.toFixed(1)} days. Learning begins with 2000 in 3 days.`,
      })
    expect(steps).toEqual([])
  })

  it('that was cut off behind any step does each of the later ones, and ends the same', async () => {
    const { learn, steps, standings } = await learner()
    const cut = new Error('killed')
    const killed = async () => Promise.reject(cut)
    await expect(learn('auto-1', 5, { train: killed })).rejects.toBe(cut)
    await expect(learn('auto-1', 5, { upload: killed })).rejects.toBe(cut)
    await expect(
      learn('auto-1', 5, {
        upload: async (folder, name) => {
          steps.push(`${folder.split('/').at(-1)} ${name}`)
          throw cut
        },
      }),
    ).rejects.toBe(cut)
    expect(standings()).toEqual([])
    expect(await learn('auto-1', 5)).toMatchObject({ outcome: 'promoted' })
    // Once it was trained, it is not trained again.
    expect(steps.filter((step) => step.startsWith('train'))).toEqual(['train alone'])
    expect(await learn('auto-1', 5)).toMatchObject({ outcome: 'promoted' })
    expect(standings()).toEqual(['auto-1 SHADOW'])
  })

  it('goes on without lists if these cannot be made', async () => {
    const { learn, steps, standings } = await learner()
    const makeLists = async () => Promise.reject(new LiverankError('UNAVAILABLE', 'liverank offline failed. Why.'))
    expect(await learn('auto-1', 5, { makeLists })).toMatchObject({ outcome: 'promoted' })
    expect(steps[0]).toBe('No neighbour lists: liverank offline failed. Why.')
    await learn('auto-2', 5, { makeLists: undefined })
    expect(standings()).toEqual(['auto-1 RETIRED', 'auto-2 SHADOW'])
  })

  it('has a name that a model may have', () => {
    expect(modelName(Date.UTC(2026, 11, 7, 12, 36, 59))).toBe('auto-20261207-1236')
  })
})
