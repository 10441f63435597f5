import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { expect, vi } from 'vitest'
import { z } from 'zod'
import { LIVERANK_LAB } from './built-command.ts'

const quantity = z.union([z.number(), z.string(), z.boolean(), z.null()])

/** What every benchmark prints, one a line. */
const benchFigure = z
  .object({
    bench: z.string().min(1),
    store: z.enum(['embedded', 'redis']).optional(),
    case: z.string().min(1),
  })
  .catchall(z.union([quantity, z.record(z.string(), quantity)]))

export type BenchFigure = z.infer<typeof benchFigure>

/** Runs a benchmark as it is built. @returns what it prints @throws Error if it fails */
async function bench(args: readonly string[]): Promise<string> {
  const command = spawn(process.execPath, [LIVERANK_LAB, 'bench', ...args])
  const [out, errors, code] = await Promise.all([
    text(command.stdout),
    text(command.stderr),
    new Promise<number | null>((resolve) => command.on('close', resolve)),
  ])
  if (code !== 0) throw new Error(`The benchmark ${args.join(' ')} ended with ${code}: ${errors}`)
  return out
}

/**
 * Runs a benchmark. Each line that it prints must be a figure of it, and its help must name each key.
 * @returns the figures by store and case
 */
export async function figuresOf(name: string, ...options: string[]): Promise<ReadonlyMap<string, BenchFigure>> {
  const [help, lines] = await Promise.all([helpOf(name), bench([name, ...options])])
  const figures = lines.split('\n').flatMap((line) => (line === '' ? [] : [benchFigure.parse(JSON.parse(line))]))
  for (const figure of figures) {
    expect(figure.bench).toBe(name)
    for (const [key, value] of Object.entries(figure)) {
      expect(help).toMatch(new RegExp(`^${key}  +\\S`, 'm'))
      if (typeof value !== 'object' || value === null) continue
      for (const part of Object.keys(value)) expect(help).toMatch(new RegExp(`\\b${part}\\b`))
    }
  }
  const byCase = new Map(figures.map((figure) => [[figure.store, figure.case].filter(Boolean).join(' '), figure]))
  expect(byCase.size).toBe(figures.length)
  return byCase
}

/** What the benchmark prints with `--help`. */
async function helpOf(name: string): Promise<string> {
  const { default: run } = (await import(`../../bench/${name}.ts`)) as { default: (args: string[]) => Promise<void> }
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    await run(['--help'])
    return written.mock.calls.map(([piece]) => String(piece)).join('')
  } finally {
    written.mockRestore()
  }
}

/** The number of a key, or of a part of it. */
export function numberOf(figures: ReadonlyMap<string, BenchFigure>, name: string, key: string, part?: string): number {
  const value = figures.get(name)?.[key]
  const number = part === undefined ? value : z.record(z.string(), quantity).parse(value)[part]
  if (typeof number !== 'number') throw new Error(`${name} has no number ${key} ${part ?? ''}: ${[...figures.keys()].join(', ')}`)
  return number
}
