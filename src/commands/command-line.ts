import { readdir } from 'node:fs/promises'
import { InvalidInputError } from '../errors.ts'
import { exitCodeOf, sentenceOf } from '../start-errors.ts'

/** A number given on the command line. @throws InvalidInputError naming the option and its bounds */
export function numberOption(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= least && value <= most)) {
    throw new InvalidInputError(`--${name} is ${text}; a number from ${least} to ${most} is allowed.`, name)
  }
  return value
}

/** One of several words. @throws InvalidInputError naming the option and all of them */
export function choiceOption<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((allowed) => allowed === text)
  if (choice === undefined) {
    const [last, ...others] = [...choices].reverse()
    const allowed = others.length === 0 ? last : `${others.reverse().join(', ')} or ${last}`
    throw new InvalidInputError(`--${name} is ${text}; ${allowed} is allowed.`, name)
  }
  return choice
}

/** Runs a command: what the user can mend becomes a sentence and exit code 2, or 78 for the domain; a defect a stack and exit code 1. */
export function runCommand(name: string, main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    const sentence = sentenceOf(error)
    console.error(sentence === undefined ? error : `${name}: ${sentence}`)
    process.exitCode = exitCodeOf(error)
  })
}

/** Makes sure that folders can be read before work begins on them. @throws InvalidInputError naming the first that cannot */
export async function checkFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    try {
      await readdir(folder)
    } catch (error) {
      throw new InvalidInputError(sentenceOf(error) ?? `${folder} cannot be read: ${String(error)}`)
    }
  }
}
