import { existsSync, readdirSync } from 'node:fs'
import { extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { InvalidInputError } from '../../src/errors.ts'

/** Beside `lab`, in TypeScript and compiled alike. */
const FOLDER = join(import.meta.dirname, '../../bench')
const EXTENSION = extname(import.meta.filename)

/** Runs the benchmark of this name with its arguments. @throws InvalidInputError naming all benchmarks if there is none of this name */
export async function runBench(name: string, args: string[]): Promise<void> {
  const path = join(FOLDER, `${name}${EXTENSION}`)
  if (!/^[a-z-]+$/.test(name) || !existsSync(path)) {
    const names = readdirSync(FOLDER).flatMap((file) => (extname(file) === EXTENSION ? file.slice(0, -EXTENSION.length) : []))
    throw new InvalidInputError(`Unknown benchmark ${name}. Use one of ${names.join(', ')}.`)
  }
  const { default: bench } = (await import(pathToFileURL(path).href)) as { default: (args: string[]) => Promise<void> }
  await bench(args)
}
