import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readLearnerState, writeLearnerState } from '../../../lab/learner/learner-state.ts'
import { createShop } from '../../../lab/simulation/shop.ts'
import { createShoppers } from '../../../lab/simulation/shopper.ts'
import { simulateLog } from '../../../lab/simulation/simulate-log.ts'
import { lockFolder } from '../../../src/state/embedded/data-folder-lock.ts'
import { DAY } from '../../../src/time-units.ts'
import { liverank } from '../../support/command.ts'
import { post } from '../../support/graphql-client.ts'
import { loggedFolder } from '../../support/logged-folder.ts'
import { itWhenLong } from '../../support/long.ts'
import { StartedService } from '../../support/started-service.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { trainingAvailable } from '../../support/training-environment.ts'

/** A log with one view, and a learner's folder beside a running service. */
async function learner() {
  const service = new StartedService({ DATA_DIR: await temporaryDirectory() })
  const url = await service.serving()
  const view = { eventId: 'e1', userId: 'ann', eventType: 'view', itemId: 'a', timestamp: Date.UTC(2026, 10, 1) }
  const log = loggedFolder([view]).folder
  const work = join(await temporaryDirectory(), 'learner')
  const learn = (settings: Record<string, string> = {}, to = url) =>
    liverank(['learn', log, '--url', to, '--work', work, '--once'], settings)
  return { service, url, log, work, learn }
}

describe('liverank learn', () => {
  it.runIf(trainingAvailable)('waits for a log with enough, and notes each run', async () => {
    const { service, work, learn } = await learner()
    const reason = 'The log has 1 actions on items in 0.0 days. Learning begins with 2000 in 3 days.'
    const first = await learn()
    expect(first).toMatchObject({ code: 0, errors: '' })
    expect(first.out).toMatch(/^Run (auto-\d{8}-\d{4})\n\1: waiting\. The log has 1 actions/)
    const { current, runs } = await readLearnerState(work)
    expect(current).toBeNull()
    expect(runs).toMatchObject([{ outcome: 'waiting', reason }])
    expect((await learn()).out).toMatch(/^No run is due: the last one, .*, ended as "waiting"\.\n$/)
    // As if it had been yesterday, and the run had been cut off.
    const model = 'auto-20261101-0000'
    await writeLearnerState(work, { format: 1, current: { model, startedAt: 1, logBytes: 1 }, runs })
    expect((await learn()).out).toContain(`Going on with ${model}, which was cut off\n${model}: waiting.`)
    expect((await readLearnerState(work)).runs.map((run) => run.model)).toEqual([model, runs[0].model])
    const [latest] = (await readLearnerState(work)).runs
    await writeLearnerState(work, { format: 1, current: null, runs: [{ ...latest, startedAt: Date.now() - DAY }] })
    expect((await learn()).out).toMatch(/: waiting\./)
    expect(await service.stop('SIGTERM')).toBe(0)
  })

  it('says what is missing, and tries that again later', async () => {
    const { service, work, learn } = await learner()
    const without = await learn({ PYTHON: 'no-such-python' })
    expect(without).toMatchObject({ code: 1, out: expect.stringContaining(': failed. Training needs Python') })
    expect((await readLearnerState(work)).runs).toMatchObject([{ outcome: 'failed' }])
    expect(await service.stop('SIGTERM')).toBe(0)
  })

  it('refuses a folder that another learner uses, or whose list of runs is damaged', async () => {
    const { service, work, learn } = await learner()
    const release = await lockFolder(work)
    expect(await learn()).toMatchObject({
      code: 78,
      errors: expect.stringContaining('Stop that learner, or give another --work.'),
    })
    await release()
    await writeFile(join(work, 'learner.json'), '{ "format": 1 }')
    expect(await learn()).toMatchObject({
      code: 78,
      errors: expect.stringContaining('learner.json is damaged: remove the file.'),
    })
    expect(await readFile(join(work, 'learner.json'), 'utf8')).toBe('{ "format": 1 }')
    expect(await service.stop('SIGTERM')).toBe(0)
  })

  itWhenLong('trains a model from a log, and puts it into shadow only if it is better', { timeout: 900_000 }, async () => {
    const { service, url, work } = await learner()
    const startsAt = Date.UTC(2026, 5, 1)
    const shop = createShop({ seed: 5, items: 120, categories: 6, startsAt })
    const shoppers = createShoppers(shop, { seed: 5, count: 900, days: 6 })
    const { folder } = loggedFolder([...simulateLog(shop, { seed: 5, shoppers, days: 6, startsAt })], { items: shop.items })
    const said = await liverank(['learn', folder, '--url', url, '--work', work, '--once', '--decisions', '3000'])
    expect(said, said.out).toMatchObject({ code: 0 })
    const [{ outcome, model, reason }] = (await readLearnerState(work)).runs
    expect(['promoted', 'refused'], reason).toContain(outcome)
    expect(said.out).toMatch(/The service at .* uses version ease-/)
    const { data } = await post(url, '{ models { edges { node { name status } } } }')
    const edges = outcome === 'promoted' ? [{ node: { name: model, status: 'SHADOW' } }] : []
    expect(data).toEqual({ models: { edges } })
    expect(await service.stop('SIGTERM')).toBe(0)
  })
})
