import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { SPLITS } from '../../../lab/learning/dataset-writer.ts'
import { FolderLog } from '../../../lab/learning/folder-log.ts'
import { Random } from '../../../lab/random.ts'
import { AccumulatorSet, FEATURE_LAYOUT_VERSION } from '../../../src/accumulators/accumulator-set.ts'
import { eCommerce } from '../../../src/domain/e-commerce.ts'
import { DataFolder } from '../../../src/import/data-folder.ts'
import { noProblems } from '../../../src/import/log-problems.ts'
import { ModelFolder } from '../../../src/ranking/model-folder.ts'
import { LIVERANK_LAB } from '../../support/built-command.ts'
import { liverank } from '../../support/command.ts'
import { eventually } from '../../support/eventually.ts'
import { writeLinearModel } from '../../support/linear-model.ts'
import { IS_LONG, itWhenLong } from '../../support/long.ts'
import { readDataset } from '../../support/read-dataset.ts'
import { openOn } from '../../support/service.ts'
import { simulatedFolder } from '../../support/simulated-folder.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { train, trainingAvailable } from '../../support/training-environment.ts'
import { refused } from '../../support/warm-command.ts'

const QUICK = ['--decisions', '800', '--negatives', '10', '--label', 'next_item']
const known = {
  features: new Set(new AccumulatorSet(eCommerce.accumulators).features.keys()),
  layoutVersion: FEATURE_LAYOUT_VERSION,
}

/** Fails unless the service would take the model. */
async function expectServable(modelDir: string, name: string): Promise<void> {
  await (await new ModelFolder(modelDir, known).load(name)).release()
}

/** Starts the command and kills it, and it alone, as soon as it says this. @returns what it had said */
async function killWhenItSays(what: RegExp, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [LIVERANK_LAB, 'train', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    if (what.test(line)) break
  }
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
  return said.join('\n')
}

/** Why the command refuses. */
async function refusal(args: readonly string[], code = 1): Promise<string> {
  const { errors, ...end } = await refused(['train', ...args])
  expect(end).toMatchObject({ code })
  return errors
}

function event(n: number, rest: object = {}) {
  return {
    eventId: `e${String(n).padStart(6, '0')}`,
    userId: `u${n % 7}`,
    sessionId: `s${n % 7}`,
    itemId: `i${n % 5}`,
    eventType: 'view',
    timestamp: 1.7e12 + n * 1000,
    ...rest,
  }
}

async function folderOf(lines: readonly (object | string)[]): Promise<string> {
  const folder = await temporaryDirectory()
  const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
  await writeFile(join(folder, 'events.jsonl'), text)
  return folder
}

describe.skipIf(!trainingAvailable)('npm run train', () => {
  let folder: string
  beforeAll(() => {
    folder = simulatedFolder(IS_LONG ? 120 : 70)
  })

  itWhenLong('continues where it was interrupted, but only with the same options', async () => {
    const modelDir = await temporaryDirectory()
    const args = [folder, '--out', join(modelDir, 'own'), ...QUICK, '--keep-trained']
    const visible = async () => (await readdir(modelDir)).filter((name) => !name.startsWith('.'))

    await killWhenItSays(/events, 0 broken lines/, args)
    expect(await visible()).toEqual([])
    await killWhenItSays(/^Tree 1:/, args)
    expect(await visible()).toEqual([])
    // Another seed is other work, which leaves what waits alone.
    expect(await killWhenItSays(/Reusing|events, 0 broken lines/, [...args, '--seed', '8'])).not.toContain('Reusing')
    const said = await train(args)
    expect(said).toContain('Reusing the training set of an earlier run')
    expect(said).not.toContain('decisions in')
    await expectServable(modelDir, 'own')
    expect(said).toMatch(/On \d+ test rows, the service agrees with XGBoost to [\d.]+e-\d+, and the tree walk to [\d.]+e-\d+\n/)
    expect(said).toMatch(/seconds +of CPU +peak MB\nreading .*\nfit .*\ncheck .*\nall +[\d.]+ +[\d.]+ +\d+\n/)
    // A fit whose command was killed ends when it has something to say, and the next command clears away what was not whole.
    expect(await refusal([folder, '--within-sessions', '--out', join(modelDir, 'other')], 2)).toContain('needs --label next_item')
    expect(await refusal([folder, '--out', join(modelDir, 'own')], 2)).toContain('own exists')
    await refusal(['nowhere', '--out', join(modelDir, 'none')], 2)
    await eventually(async () => expect(await readdir(modelDir)).toEqual(['own']))
  })

  itWhenLong('leaves nothing when the disk is full', async ({ skip }) => {
    const disk = await temporaryDirectory()
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk], { stdio: 'ignore' })
    } catch {
      skip('a small disk can be made by root only')
    }
    onTestFinished(() => void execFileSync('umount', [disk]))
    const { code, errors } = await liverank(['train', folder, '--out', join(disk, 'own'), ...QUICK])
    expect(code).toBe(1)
    expect(errors).toMatch(/The disk is full, so no model was written: free some/)
    expect(await readdir(disk)).toEqual([])
  })

  it('says what is wrong with a log, and what to do', async () => {
    const out = join(await temporaryDirectory(), 'own')
    const sound = Array.from({ length: 3000 }, (_, n) => event(n))
    const of = async (lines: readonly (object | string)[], ...rest: string[]) =>
      refusal([await folderOf(lines), '--out', out, ...rest])

    const broken = sound.map((line, n) => (n % 200 === 100 ? `{"eventId": ${n}` : line))
    const said = await of(broken)
    expect(said).toMatch(/15 of 3000 lines are broken, more than one in a thousand: repair or remove them\./)
    expect(said.match(/events\.jsonl:\d+: the line is not JSON/g)).toHaveLength(10)
    expect(await of([event(2), event(1)])).toMatch(/events\.jsonl:2: event e000001 follows .*Sort the log by/)
    expect(await of(sound.slice(0, 150), '--label', 'next_item')).toMatch(
      /The train split has no decisions to learn from: it covers 0\.0 hours of the log, and the first \d+\.\d hours of each/,
    )
    expect(await of(sound.map((line, n) => ({ ...line, userId: `u${n}`, sessionId: `s${n}` })))).toMatch(
      /no session acts on a second item/,
    )
    const shown = sound.map((line, n) => ({
      ...line,
      eventType: 'impression',
      eventAttributes: { slate: `s${Math.floor(n / 5)}` },
    }))
    const unclicked = await of(shown, '--label', 'impressions', '--window', '0.01')
    expect(unclicked).toMatch(/all items have the same label, mostly because nothing was clicked.*Use a longer log/)
    expect(await of([], '--label', 'next_item')).toMatch(/no session acts/)
    expect(await refusal(['nowhere', '--out', out], 2)).toMatch(/nowhere does not exist: name a/)
    expect(await readdir(join(out, '..'))).toEqual([])
  })

  itWhenLong(
    'learns from a log that shows each item alone, and says that no order could be judged',
    {
      timeout: 120_000,
    },
    async () => {
      const shown = Array.from({ length: 1500 }, (_, n) =>
        event(n, { userId: `u${n}`, sessionId: `s${n}`, eventType: 'impression' }),
      )
      const clicks = shown.flatMap((impression, n) =>
        n % 5 > 2 || n % 11 === 0 ? [{ ...impression, eventId: `e${String(n).padStart(6, '0')}-click`, eventType: 'click' }] : [],
      )
      const folder = await folderOf(
        [...shown, ...clicks].sort((a, b) => a.timestamp - b.timestamp || (a.eventId < b.eventId ? -1 : 1)),
      )
      const modelDir = await temporaryDirectory()
      const out = join(modelDir, 'own')
      const said = await train([folder, '--out', out, '--label', 'impressions', '--window', '0.01'])
      expect(said).toMatch(/Chose \d+ trees: the best Log loss on /)
      await expectServable(modelDir, 'own')
      expect(await readFile(join(out, 'card.md'), 'utf8')).toContain('no order within slates could be judged')
    },
  )

  itWhenLong('learns from neighbour lists of the log, but not from lists beside those of a service', async () => {
    const target = join(await temporaryDirectory(), 'set')
    await train([folder, '--dataset', target, '--ease', ...QUICK])
    for (const split of SPLITS) {
      const values = readDataset(target).column(split, 'offline_neighbours_score_rank')
      expect(values.filter((value) => !Number.isNaN(value)).length).toBeGreaterThan(values.length / 10)
    }
    const dataDir = await temporaryDirectory()
    const service = await openOn(undefined, { dataDir })
    await service.ingest.record([{ userId: 'u', eventId: 'e', eventType: 'view', itemId: 'i' }])
    await service.close()
    const refused = await refusal([dataDir, '--dataset', join(await temporaryDirectory(), 'set'), '--ease'], 2)
    expect(refused).toMatch(/--ease is for logs of other systems, but .* knows the neighbour lists that it served: omit/)
  })

  itWhenLong(
    'keeps no model that has learned nothing, and says which ranking is better',
    {
      timeout: 300_000,
    },
    async () => {
      const random = new Random(5, 'noise')
      const items = Array.from({ length: 60 }, (_, n) => `i${n}`)
      const noise = Array.from({ length: 6000 }, (_, n) => {
        const session = Math.floor(n / 5)
        const who = { userId: `u${session % 300}`, sessionId: `s${session}` }
        return event(n, { ...who, itemId: random.pick(items), timestamp: 1.7e12 + n * 20_000 })
      })
      const modelDir = await temporaryDirectory()
      const args = [await folderOf(noise), ...QUICK]
      const reason =
        /The ranking "\w+" is better on the validation split: MRR@20 is 0\.\d{4} instead of 0\.\d{4} on \d+ next items/
      const errors = await refusal([...args, '--out', join(modelDir, 'own')])
      expect(errors).toMatch(/: The trained model is not kept\. .*Serve without it, or keep it with --keep-trained\./)
      expect(errors).toMatch(reason)
      expect(await readdir(modelDir)).toEqual([])

      const said = await train([...args, '--out', join(modelDir, 'kept'), '--keep-trained'])
      expect(said).toMatch(
        /MRR@20 on validation, \d+ next items new to the session:\n {2}this model +0\.\d{4} \(with another seed 0\.\d{4}\)/,
      )
      expect(said).toMatch(/Warning: .* It is kept because of --keep-trained\./)
      expect(said).toMatch(reason)
      await expectServable(modelDir, 'kept')
      expect(await readdir(modelDir)).toEqual(['kept'])
    },
  )

  it('counts an event once that the log contains twice', async () => {
    const lines = Array.from({ length: 30 }, (_, n) => event(n)).flatMap((line, n) => (n % 3 === 0 ? [line, line] : [line]))
    const problems = noProblems()
    const ids: string[] = []
    const log = new FolderLog(new DataFolder(await folderOf(lines)), eCommerce)
    for await (const { event } of log.events(problems)) ids.push(event.eventId)
    expect(ids).toEqual([...new Set(ids)])
    expect(ids).toHaveLength(30)
    expect(problems).toMatchObject({ lines: 40, broken: 0, duplicates: 10 })
  })

  it('does not compare with a model of another layout', async () => {
    const modelDir = await temporaryDirectory()
    await writeLinearModel(modelDir, 'other', { item_price: 1 }, { layoutVersion: FEATURE_LAYOUT_VERSION + 1 })
    const compare = async (other: string) =>
      refusal([folder, '--out', join(modelDir, 'own'), ...QUICK, '--compare', join(modelDir, other)], 2)
    expect(await compare('other')).toMatch(
      /: --compare \S+other: The model was trained on feature layout \d+, but .*train it again/,
    )
    expect(await compare('none')).toMatch(/: --compare: \S+none does not exist/)
    expect(await readdir(modelDir)).toEqual(['other'])
  })

  it('never overwrites a model', async () => {
    const modelDir = await temporaryDirectory()
    await mkdir(join(modelDir, 'own'))
    expect(await refusal([folder, '--out', join(modelDir, 'own')], 2)).toMatch(/own exists, and a model is never overwritten/)
  })
})
