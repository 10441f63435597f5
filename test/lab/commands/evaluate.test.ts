import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Comparison } from '../../../lab/verdicts/comparison.ts'
import type { PlainVerdict } from '../../../lab/verdicts/verdict-sections.ts'
import { LIVERANK_LAB } from '../../support/built-command.ts'
import { START } from '../../support/settable-clock.ts'
import { simulatedFolder } from '../../support/simulated-folder.ts'
import { scratchDirectory } from '../../support/temporary-directory.ts'
import { trainingAvailable } from '../../support/training-environment.ts'
import { refused } from '../../support/warm-command.ts'

const run = promisify(execFile)
const evaluate = (...args: string[]) => {
  const report = join(scratchDirectory(), 'r.html')
  const command = [LIVERANK_LAB, 'evaluate', '--report', report, ...args]
  return run(process.execPath, command, { maxBuffer: 1e7 })
}

const LOG = simulatedFolder()
/** A folder with the name of another method. */
const RULE = join(scratchDirectory(), 'rule')
mkdirSync(RULE)

/** Expects the full system to be judged against all baselines, and the shipped model, which it is here, against three. */
function expectVerdicts(comparisons: readonly Comparison[], verdicts: readonly PlainVerdict[]): void {
  const of = (candidate: string) => comparisons.filter((one) => one.candidate === candidate)
  expect(of('full_system').map(({ setting, measure }) => `${setting} ${measure}`)).toEqual([
    'static mrr20',
    'static hr20',
    'prequential mrr20',
    'prequential hr20',
  ])
  for (const { against } of of('full_system')) {
    const methods = against.map(({ method }) => method)
    expect(methods).toEqual(expect.arrayContaining(['random', 'vstan', 'rule', ...(trainingAvailable ? ['ease'] : [])]))
    expect(methods).not.toContain('another')
  }
  for (const { against, hasSeenLog } of of('shipped_model')) {
    expect(against.map(({ method }) => method).sort()).toEqual(['item_to_item', 'popularity', 'rule'])
    expect(hasSeenLog).toBe(false)
  }
  expect(verdicts.map(({ candidate, setting, measure }) => `${candidate} ${setting} ${measure}`)).toEqual(
    ['full_system', 'shipped_model'].flatMap((candidate) =>
      ['prequential mrr20', 'prequential hr20', 'static mrr20', 'static hr20'].map((figure) => `${candidate} ${figure}`),
    ),
  )
}

describe('npm run evaluate', () => {
  it('judges a log from end to end, and writes a report that needs no network', async () => {
    const report = join(scratchDirectory(), 'evaluation.html')
    const svg = scratchDirectory()
    const summary = join(scratchDirectory(), 'summary.md')
    const another = join(scratchDirectory(), 'another')
    cpSync('models/default', another, { recursive: true })
    const { stdout } = await evaluate(
      simulatedFolder(),
      ...[
        '--model',
        'models/default',
        '--beside',
        another,
        '--rows',
        '80',
        '--delays',
        '1,1440',
        '--json',
        '--report',
        report,
        '--summary',
        summary,
        '--diversities',
        '0.05,0.2',
        '--svg',
        svg,
        ...(trainingAvailable ? ['--ease'] : []),
      ],
    )
    const { logs, verdicts, command, code } = JSON.parse(stdout)
    expect(logs.map(({ kind }: { kind: string }) => kind)).toEqual(['next_item', 'impressions'])
    const [{ figures, differences, delays, lists, recall, slates, tuned }, impressions] = logs
    const keys = figures.map(({ setting, rowSet, method }: Record<string, string>) => `${setting} ${rowSet} ${method}`)
    expect(new Set(keys).size).toBe(keys.length)
    for (const setting of ['static', 'prequential'])
      for (const rowSet of ['all', 'new', 'other', 'newToUser', 'asServed', 'openings'])
        for (const method of [
          'random',
          'popularity',
          'recently_seen',
          'item_to_item',
          'popularity_hour',
          'popularity_week',
          'personal_frequency',
          'item_knn',
          'vs_knn',
          'vs_knn_tuned',
          'stan',
          'vstan',
          'vmis_knn',
          'full_system',
          'another',
          'first_stage',
          'rule',
          ...(trainingAvailable ? ['ease'] : []),
        ])
          expect(keys).toContain(`${setting} ${rowSet} ${method}`)
    for (const row of figures) {
      for (const measure of ['hr20', 'mrr20', 'ndcg20']) {
        const [low, high] = row.intervals[measure]
        expect(low).toBeLessThanOrEqual(row[measure])
        expect(high).toBeGreaterThanOrEqual(row[measure])
      }
      expect(row.mrr20).toBeLessThanOrEqual(row.ndcg20)
      expect(row.ndcg20).toBeLessThanOrEqual(row.hr20)
    }
    expect(differences.length).toBe(2 * 6 * (trainingAvailable ? 17 : 16))
    expect(tuned.map(({ method }: { method: string }) => method)).toContain('vstan')
    expect(delays.length).toBe(2 * 2 * 3)
    const variants = slates
      .filter(({ rowSet }: { rowSet: string }) => rowSet === 'new')
      .map(({ variant }: { variant: { name: string } }) => variant.name)
    expect(variants).toEqual([
      'relevance',
      'diversity 0.05',
      'diversity 0.2',
      'excludePurchased',
      'kinds',
      'as served',
      'fading 0.9',
      'fading 0.5',
    ])
    expect(readFileSync(join(svg, readdirSync(svg)[0]), 'utf8')).toContain('coverage')
    expect(lists[0].diversity).toBeGreaterThan(0)
    expect(recall[0].recall.union).toBeGreaterThan(0)
    expect(impressions.figures.map(({ method }: { method: string }) => method)).toContain('click_rate')
    expectVerdicts(logs[0].comparisons, verdicts)
    const page = readFileSync(summary, 'utf8')
    expect(page).toContain(command)
    expect(page).toContain(code)
    expect(page).toContain('## Shipped model, prequential')
    const html = readFileSync(report, 'utf8')
    expect(html).toContain('<h3>Losses of the full system</h3>')
    expect(html).toContain('openings: the first item of each session')
    expect(html.match(/<svg /g)?.length).toBeGreaterThan(10)
    expect(html).not.toMatch(/(src|href)="(?!#)|url\(|@import|<script/)
  })

  it.each([
    ["missing required argument 'folder'", []],
    ['nowhere does not exist', ['nowhere']],
    [
      "option '--only <what>' argument 'clicks' is invalid. Allowed choices are next_item, impressions.",
      ['x', '--only', 'clicks'],
    ],
    ['--diversities is 2: give numbers from 0 to 1', [LOG, '--diversities', '0.1,2']],
    ['--delays is soon', [LOG, '--delays', '1,soon']],
    ['rule: another method is named rule', [LOG, '--beside', RULE]],
    ['--summary is about next items', [LOG, '--only', 'impressions', '--summary', join(scratchDirectory(), 'page.md')]],
    ['--without-model is for next items: add --only next_item', [LOG, '--without-model']],
    ['--without-model judges no model', [LOG, '--without-model', '--only', 'next_item', '--model', 'models/default']],
    ['--sequence-models is for next items', [LOG, '--only', 'impressions', '--sequence-models']],
    ['Allowed choices are portable, any_domain, all, undeclared.', ['x', '--features', 'most']],
  ])('says what is wrong with its arguments: %s', async (sentence, args) => {
    expect(await refused(['evaluate', ...args])).toMatchObject({ code: 2, errors: expect.stringContaining(sentence) })
  })

  it('judges the first stage in place of a model, and finds what it learned', async () => {
    const args = ['--without-model', '--only', 'next_item', '--rows', '300', '--slate-rows', '10', '--diversities', '0.01']
    const report = join(scratchDirectory(), 'evaluation.html')
    const folder = scratchDirectory()
    // Everyone acts four times on each item. The rule puts similar items first.
    const events = Array.from({ length: 1200 }, (_, n) => {
      const user = n >> 3
      const itemId = `i${(n % 8 < 4 ? user : user * 7 + 3) % 30}`
      return { eventId: `e${n}`, userId: `u${user}`, itemId, eventType: 'view', timestamp: START + n * 1000 }
    })
    writeFileSync(join(folder, 'events.jsonl'), events.map((event) => JSON.stringify(event)).join('\n'))
    const { stdout } = await evaluate(folder, ...args, '--delays', 'none', '--json', '--report', report)
    const [{ systems, figures }] = JSON.parse(stdout).logs
    expect(systems.map(({ method }: { method: string }) => method)).toEqual(['first_stage', 'rule', 'shipped_model'])
    const mrr = (of: string) =>
      figures.find(
        (row: { setting: string; rowSet: string; method: string }) =>
          row.setting === 'prequential' && row.rowSet === 'all' && row.method === of,
      ).mrr20
    expect(mrr('first_stage')).toBeGreaterThan(1.1 * mrr('rule'))
  })

  it('says what is wrong with a model or a log', async () => {
    const folder = simulatedFolder()
    expect(await refused(['evaluate', folder, '--model', 'models/nobody'])).toMatchObject({
      code: 2,
      errors: expect.stringContaining('models/nobody does not exist'),
    })
    expect(await refused(['evaluate', folder, '--model', 'models/default', '--surface-attribute', 'tab'])).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/events\.jsonl: no event has eventAttributes\.tab\. Pass the name of an attribute/),
    })
    const broken = scratchDirectory()
    const lines = readFileSync(join(folder, 'events.jsonl'), 'utf8').split('\n').slice(0, 500)
    writeFileSync(join(broken, 'events.jsonl'), [...lines, '{"eventId":', 'no event'].join('\n'))
    expect(await refused(['evaluate', broken, '--model', 'models/default'])).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/2 of 502 lines are broken[\s\S]*events\.jsonl:501/),
    })
  })
})
