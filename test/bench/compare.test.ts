import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { PACKAGE_ROOT } from '../../src/package-root.ts'
import { figuresOf, numberOf } from '../support/bench-figures.ts'
import { LIVERANK_LAB } from '../support/built-command.ts'
import { itWhenLong } from '../support/long.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Figures {
  readonly calibration?: readonly number[]
  readonly embedded?: number
  readonly redis?: number
}

function linesOf({ calibration = [50], embedded, redis }: Figures): string {
  const figures = [
    ...calibration.map((processorMs) => ({ bench: 'live', case: 'calibration', processorMs })),
    // Without a cost: nothing to compare.
    { bench: 'live', store: 'embedded', case: 'a batch', firstMs: 300 },
    ...(embedded === undefined ? [] : [{ bench: 'live', store: 'embedded', case: '50 events/s', processorMs: embedded }]),
    ...(redis === undefined ? [] : [{ bench: 'live', store: 'redis', case: '50 events/s', processorMs: redis }]),
  ]
  return figures.map((figure) => `${JSON.stringify(figure)}\n`).join('')
}

/** Runs the command on these texts. */
async function compare(before: string, after: string, ...options: string[]) {
  const baseline = join(await temporaryDirectory(), 'baseline.jsonl')
  await writeFile(baseline, before)
  return run(after, '--baseline', baseline, ...options)
}

async function run(after: string, ...options: string[]) {
  const command = spawn(process.execPath, [LIVERANK_LAB, 'bench', 'compare', ...options])
  command.stdin.end(after)
  const [out, errors, code] = await Promise.all([
    text(command.stdout),
    text(command.stderr),
    new Promise<number | null>((resolve) => command.on('close', resolve)),
  ])
  return { ratios: out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).ratio])), errors, code }
}

it('passes figures that cost about the same, on a machine that is slower in all', async () => {
  const before = linesOf({ calibration: [40, 60], embedded: 4, redis: 6 })
  const after = linesOf({ calibration: [110, 90], embedded: 8.4, redis: 12 })
  expect(await compare(before, after)).toEqual({ ratios: [1.05, 1], errors: '', code: 0 })
})

it('fails on a step back, and names it', async () => {
  const { ratios, errors, code } = await compare(linesOf({ embedded: 4, redis: 6 }), linesOf({ embedded: 6, redis: 6 }))
  expect(ratios).toEqual([1.5, 1])
  expect(errors).toBe('More than 1.3 times the baseline: live embedded 50 events/s (1.5).\n')
  expect(code).toBe(1)
})

it('fails when fewer slates a second are made at the saturation, or more memory is needed', async () => {
  const text = (calibration: number, slatesPerSecond: number, residentMb: number) =>
    [
      { bench: 'live', case: 'calibration', processorMs: calibration },
      { bench: 'live', store: 'embedded', case: 'open', residentMb },
      // The rate of the load, and no property of the service.
      { bench: 'live', store: 'embedded', case: '50 events/s', slatesPerSecond: slatesPerSecond / 4 },
      { bench: 'live', store: 'embedded', case: 'saturation', slatesPerSecond },
    ]
      .map((figure) => `${JSON.stringify(figure)}\n`)
      .join('')
  expect(await compare(text(10, 200, 300), text(20, 100, 300))).toEqual({ ratios: [1, 1], errors: '', code: 0 })
  expect(await compare(text(10, 200, 300), text(10, 100, 450))).toEqual({
    ratios: [1.5, 2],
    errors:
      'More than 1.3 times the baseline: live embedded open, memory (1.5), live embedded saturation, time of a slate (2).\n',
    code: 1,
  })
})

it('fails when an event stays without a slate, a version falls, or /ready is not 200', async () => {
  const text = (unanswered: number, fallen: number, notReady: number) =>
    `${linesOf({})}${JSON.stringify({ bench: 'live', store: 'redis', case: 'overload', unanswered, fallen, notReady })}\n`
  expect(await compare(text(0, 0, 0), text(0, 0, 0))).toEqual({ ratios: [], errors: '', code: 0 })
  for (const [unanswered, fallen, notReady] of [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ])
    expect(await compare(text(0, 0, 0), text(unanswered, fallen, notReady))).toEqual({
      ratios: [],
      errors: 'Without a slate, fallen or not ready, and not so in the baseline: live redis overload (1).\n',
      code: 1,
    })
})

it('takes the bound that is given', async () => {
  const [before, after] = [linesOf({ embedded: 4 }), linesOf({ embedded: 6 })]
  expect(await compare(before, after, '--most', '1.6')).toMatchObject({ ratios: [1.5], code: 0 })
  expect(await compare(before, after, '--most', 'a')).toMatchObject({ ratios: [], code: 2 })
})

it('takes medians, also in microseconds, each with the calibration of its benchmark', async () => {
  const calibration = (bench: string, processorMs: number) => ({ bench, case: 'calibration', processorMs })
  const text = (...figures: object[]) => figures.map((figure) => `${JSON.stringify(figure)}\n`).join('')
  const single = { bench: 'record', store: 'redis', case: 'single' }
  const whole = { bench: 'recommend', store: 'redis', case: 'whole' }
  const before = text(
    ...[calibration('record', 5), { ...single, processorUs: { median: 400, most: 1 } }],
    ...[{ ...whole, processorMs: { median: 3 } }, calibration('recommend', 10)],
  )
  const after = text(
    ...[{ ...whole, processorMs: { median: 3.3 } }, calibration('recommend', 10)],
    ...[calibration('record', 10), { ...single, processorUs: { median: 1200, most: 1 } }],
  )
  expect(await compare(before, after)).toMatchObject({
    ratios: [1.1, 1.5],
    errors: expect.stringContaining('record redis single (1.5)'),
    code: 1,
  })
})

it('prints the ratio of a step that is too short to be measured well, and passes', async () => {
  expect(await compare(linesOf({ embedded: 0.02 }), linesOf({ embedded: 0.05 }))).toEqual({ ratios: [2.5], errors: '', code: 0 })
})

it('refuses figures of other settings than those of the baseline', async () => {
  const after = linesOf({ embedded: 4 }).replace('"processorMs":50', '"processorMs":50,"settings":{"workers":2}')
  expect(await compare(linesOf({ embedded: 4 }), after)).toMatchObject({
    errors: expect.stringContaining('measured with {"workers":2}, and the baseline with {}'),
    code: 2,
  })
})

it('finds the baseline of each benchmark by its name', async () => {
  const names = ['live', 'recommend', 'record']
  const files = names.map((name) => readFile(join(PACKAGE_ROOT, `bench/baselines/${name}.jsonl`), 'utf8'))
  const figures = (await Promise.all(files)).join('')
  const same = await run(figures)
  expect(same).toMatchObject({ errors: '', code: 0 })
  expect(same.ratios.length).toBeGreaterThan(30)
  expect(new Set(same.ratios)).toEqual(new Set([1]))
  // As if the fixed piece of work had taken half of the time, and all else as long as before.
  const slower = figures.replace(/("case":"calibration","processorMs":)([\d.]+)/g, (_, key, ms) => `${key}${ms / 2}`)
  const { errors, code } = await run(slower)
  expect(code).toBe(1)
  for (const name of names) expect(errors).toMatch(new RegExp(`${name} redis [^)]+ \\(2\\)`))
})

it('says how to make a baseline that is missing', async () => {
  const after = linesOf({ embedded: 4 }).replaceAll('"live"', '"growth"')
  expect(await run(after)).toMatchObject({ errors: expect.stringContaining('npm run -s bench -- growth >'), code: 2 })
})

itWhenLong('passes if the figures equal the baseline, and fails if they have doubled', async () => {
  const figures = await figuresOf('recommend', '--store', 'embedded', '--rounds', '3')
  const [whole, features] = ['whole', 'features'].map((name) => numberOf(figures, `embedded ${name}`, 'processorMs', 'median'))
  expect(whole).toBeGreaterThan(features)
  expect(numberOf(figures, 'embedded whole', 'candidates')).toBeGreaterThan(50)
  expect(figures.get('embedded whole / (2 x model + store trip)')?.atMost).toEqual({ wallRatio: 1 })
  const text = [...figures.values()].map((figure) => `${JSON.stringify(figure)}\n`).join('')
  expect(await compare(text, text)).toMatchObject({ errors: '', code: 0 })
  const doubled = text.replace(
    /("case":"whole",.*"processorMs":\{"median":)([\d.]+)/,
    (_, key: string, ms: string) => `${key}${2 * Number(ms)}`,
  )
  expect(await compare(text, doubled)).toMatchObject({
    errors: expect.stringContaining(': recommend embedded whole (2).'),
    code: 1,
  })
})

it('reports a case that the baseline lacks', async () => {
  expect(await compare(linesOf({ embedded: 4 }), linesOf({ redis: 6 }))).toEqual({ ratios: [null], errors: '', code: 0 })
})

it('refuses lines that are not figures, and figures without a calibration', async () => {
  const good = linesOf({ embedded: 4 })
  expect(await compare(good, `${good}{"bench":`)).toMatchObject({
    errors: expect.stringContaining('standard input, line 4 is'),
    code: 2,
  })
  expect(await compare(linesOf({ calibration: [], embedded: 4 }), good)).toMatchObject({
    errors: expect.stringContaining('no figure of the case "calibration"'),
    code: 2,
  })
})
