import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ComparedLog } from '../../../lab/verdicts/comparison.ts'
import { liverank } from '../../support/command.ts'
import { scratchDirectory } from '../../support/temporary-directory.ts'
import { refused } from '../../support/warm-command.ts'
import { comparedLog } from '../verdicts/compared-logs.ts'

const folder = scratchDirectory()
const at = (name: string) => join(folder, name)

/** A file with what the summary needs of a result of `evaluate --json`, and more, as a result has. */
function result(name: string, logs: readonly ComparedLog[]): string {
  const path = at(name)
  const judged = logs.map(({ log, fullSystem, comparisons }) => ({
    kind: 'next_item',
    folder: `/logs/${log}`,
    systems: [
      { method: 'full_system', what: fullSystem },
      { method: 'rule', what: 'no model' },
    ],
    comparisons,
    figures: [],
  }))
  const making = { command: `liverank evaluate ${name}`, madeAt: '2026-11-28T12:00:00.000Z', code: `commit of ${name}` }
  writeFileSync(path, JSON.stringify({ ...making, verdicts: [], logs: [...judged, { kind: 'impressions', figures: [] }] }))
  return path
}

const SPRING = result('spring.json', [
  comparedLog('spring', [['stan', 0.3, 0.02, 0.01, 0.0002]], { hasSeenLog: false }),
  { ...comparedLog('easter', [['stan', 0.3, 0.001, 0.002, 0.4]], { hasSeenLog: true }), fullSystem: 'models/default' },
])
const AUTUMN = result('autumn.json', [
  comparedLog('autumn', [
    ['ease', 0.2, -0.02, 0.005, 0.0002],
    ['stan', 0.1, 0.08, 0.02, 0.0002],
  ]),
])

describe('npm run evaluation-summary', () => {
  const page = at('new/page.md')
  let text: string
  let printed: string

  beforeAll(async () => {
    const { code, out, errors } = await liverank(['evaluation-summary', SPRING, AUTUMN, '--out', page])
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    printed = out
    text = readFileSync(page, 'utf8')
  })

  it('writes one page of all results, with the goals and the losses first', () => {
    expect([...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title)).toEqual([
      'Evaluation summary',
      'Goals',
      'Losses of the full system',
      'Full system, prequential',
      'Full system, static',
      'Shipped model, prequential',
      'Every baseline, prequential',
      'spring',
      'easter',
      'autumn',
      'How this page was made',
      'Terms',
    ])
    expect(text).toContain('| the full system loses on no log | 1 of 3 logs are losses | no |')
    expect(text).toContain('| autumn | prequential | ease | 0.1800 | 0.2000 | -0.0200 (-0.0250 to -0.0150) | 0.0002 |')
    const verdicts = [...text.matchAll(/^\| (\w+) \| (loss|not worse|ahead) \| 321 \|/gm)].map(
      ([, log, word]) => `${log}: ${word}`,
    )
    const full = ['autumn: loss', 'easter: not worse', 'spring: ahead']
    expect(verdicts).toEqual([...full, ...full, 'easter: not worse', 'spring: ahead'])
  })

  it('says which model the full system has on each log', () => {
    const section = text.slice(text.indexOf('## Full system, prequential'), text.indexOf('## Full system, static'))
    for (const sentence of ['on spring: trained on spring', 'on easter: models/default', 'on autumn: trained on autumn'])
      expect(section).toContain(`The full system ${sentence}.`)
  })

  it('says how each part was made', () => {
    for (const name of ['spring', 'autumn'])
      expect(text).toContain(`On 2026-11-28, at commit of ${name}.json:\n\n\`\`\`sh\nliverank evaluate ${name}.json\n\`\`\``)
  })

  it('draws a chart beside the page, and links only to what exists', () => {
    const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => join(dirname(page), link))
    expect(links).toHaveLength(2)
    expect(links.filter((path) => !existsSync(path))).toEqual([])
    const svg = readFileSync(at('new/page.svg'), 'utf8')
    for (const log of ['spring', 'easter', 'autumn', 'prequential', 'static']) expect(svg).toContain(`>${log}<`)
    expect(svg).not.toContain('NaN')
  })

  it('prints the same verdicts', () => {
    expect(printed).toContain('the full system loses on no log')
    expect(printed).toMatch(/autumn +prequential +ease +0\.1800/)
    expect(printed).toContain(`${page} has the summary.`)
  })

  it.each([
    ['is no result of an evaluation (whole file', 'no JSON'],
    [
      'is no result of an evaluation (logs.0.systems',
      JSON.stringify({ ...JSON.parse(readFileSync(AUTUMN, 'utf8')), logs: [{ kind: 'next_item', folder: 'x' }] }),
    ],
    ['both have results of the log autumn', readFileSync(AUTUMN, 'utf8')],
  ])('refuses a file that %s', async (sentence, content) => {
    const wrong = at('wrong.json')
    writeFileSync(wrong, content)
    const { code, errors } = await refused(['evaluation-summary', AUTUMN, wrong, '--out', at('none.md')])
    expect({ code, errors }).toEqual({ code: 2, errors: expect.stringContaining(sentence) })
    expect(existsSync(at('none.md'))).toBe(false)
  })
})
