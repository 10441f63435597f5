import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { LIVERANK_LAB } from '../support/built-command.ts'
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
    { bench: 'live', store: 'embedded', case: 'open', residentMb: 300 },
    ...(embedded === undefined ? [] : [{ bench: 'live', store: 'embedded', case: '50 events/s', processorMs: embedded }]),
    ...(redis === undefined ? [] : [{ bench: 'live', store: 'redis', case: '50 events/s', processorMs: redis }]),
  ]
  return figures.map((figure) => `${JSON.stringify(figure)}\n`).join('')
}

/** Runs the command on these texts. */
async function compare(before: string, after: string, ...options: string[]) {
  const baseline = join(await temporaryDirectory(), 'baseline.jsonl')
  await writeFile(baseline, before)
  const command = spawn(process.execPath, [LIVERANK_LAB, 'bench', 'compare', '--baseline', baseline, ...options])
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
  expect(errors).toBe('More than 1.3 times the processor time of the baseline: live embedded 50 events/s (1.5).\n')
  expect(code).toBe(1)
})

it('takes the bound that is given', async () => {
  const [before, after] = [linesOf({ embedded: 4 }), linesOf({ embedded: 6 })]
  expect(await compare(before, after, '--most', '1.6')).toMatchObject({ ratios: [1.5], code: 0 })
  expect(await compare(before, after, '--most', 'a')).toMatchObject({ ratios: [], code: 2 })
})

it('tells of a case that the baseline lacks', async () => {
  expect(await compare(linesOf({ embedded: 4 }), linesOf({ redis: 6 }))).toEqual({ ratios: [null], errors: '', code: 0 })
})

it('refuses what is no figure, and figures without a calibration', async () => {
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
