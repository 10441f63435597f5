import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { z } from 'zod'
import { InvalidInputError } from '../../src/errors.ts'
import { type ComparedLog, type Comparison, comparisonSchema } from './comparison.ts'

/** How a result was made. */
export interface Making {
  readonly command: string
  /** In the format ISO 8601. */
  readonly madeAt: string
  /** Commit or version of the code. */
  readonly code: string
}

/** What a summary needs of one run of `evaluate`. */
export interface EvaluationResult extends Making {
  readonly logs: readonly ComparedLog[]
}

const logSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('next_item'),
    folder: z.string(),
    /** The first one is the full system. */
    systems: z.array(z.object({ what: z.string() })).min(1),
    comparisons: z.array(comparisonSchema),
  }),
  z.object({ kind: z.literal('impressions') }),
])

/** Schema of what `evaluate --json` prints, as far as a summary needs it. */
const resultSchema = z.object({ command: z.string(), madeAt: z.iso.datetime(), code: z.string(), logs: z.array(logSchema) })

type LogOfResult =
  | {
      readonly kind: 'next_item'
      readonly folder: string
      readonly systems: readonly { readonly what: string }[]
      readonly comparisons: readonly Comparison[]
    }
  | { readonly kind: 'impressions' }

/**
 * Returns what a summary needs of a result. Its names of logs are those of their folders, or whole paths where two folders have one
 * name. Measurements by impressions are left out.
 */
export function resultOf({ command, madeAt, code, logs }: Making & { readonly logs: readonly LogOfResult[] }): EvaluationResult {
  const judged = logs.filter((log) => log.kind === 'next_item')
  const names = judged.map(({ folder }) => basename(resolve(folder)))
  const nameOf = (name: string, at: number) => (names.indexOf(name) === names.lastIndexOf(name) ? name : judged[at].folder)
  return {
    command,
    madeAt,
    code,
    logs: judged.map(({ systems: [{ what }], comparisons }, at) => ({
      log: nameOf(names[at], at),
      fullSystem: what,
      comparisons,
    })),
  }
}

/**
 * Reads what `evaluate --json` printed.
 * @throws InvalidInputError if a file is something else, or if two files have results of the same log
 */
export async function readResults(paths: readonly string[]): Promise<EvaluationResult[]> {
  const results: EvaluationResult[] = []
  const foundIn = new Map<string, string>()
  for (const path of paths) {
    const parsed = resultSchema.safeParse(parseJson(await readFile(path, 'utf8')))
    if (!parsed.success) {
      const [{ path: key, message }] = parsed.error.issues
      throw new InvalidInputError(
        `${path} is no result of an evaluation (${key.join('.') || 'whole file'}: ${message}). Write it with: liverank evaluate LOG --json`,
      )
    }
    const result = resultOf(parsed.data)
    for (const { log } of result.logs) {
      const other = foundIn.get(log)
      if (other !== undefined)
        throw new InvalidInputError(`${other} and ${path} both have results of the log ${log}: omit one of the files.`)
      foundIn.set(log, path)
    }
    results.push(result)
  }
  return results
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
