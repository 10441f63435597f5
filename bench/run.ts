import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../src/commands/command-line.ts'
import { InvalidInputError } from '../src/errors.ts'

/** `npm run bench -- <name>` runs the file of that name, whose default export takes the arguments that are left. */
runCommand('bench', async () => {
  const [name = '', ...args] = process.argv.slice(2)
  const path = join(import.meta.dirname, `${name}.ts`)
  if (!/^[a-z-]+$/.test(name) || name === 'run' || !existsSync(path)) {
    const names = readdirSync(import.meta.dirname).flatMap((file) => /^(?!run\.)(.+)\.ts$/.exec(file)?.[1] ?? [])
    throw new InvalidInputError(`There is no benchmark named ${name}: ${names.join(', ')}.`)
  }
  const { default: bench } = (await import(path)) as { default: (args: string[]) => Promise<void> }
  await bench(args)
})
