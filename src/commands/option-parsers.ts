import { readdir } from 'node:fs/promises'
import { InvalidArgumentError, Option } from 'commander'
import { InvalidInputError } from '../errors.ts'
import { sentenceOf } from '../logging/error-sentences.ts'

/**
 * Makes a parser of a numeric option for Commander. It throws InvalidArgumentError if the value is not from `least` to `most`, both
 * included.
 */
export function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Give a number from ${least} to ${most}.`)
  }
}

/** Makes a parser of an integer option; see `numberFrom`. */
export function wholeNumberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`)
  }
}

/** Makes an option that may be given several times. Its value is the list of what was given, empty without any. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description}. You can repeat this option`)
    .argParser<readonly string[]>((value, before) => [...before, value])
    .default([], 'none')
}

/** Checks that folders can be read, before work begins on them. @throws InvalidInputError naming the first unreadable folder */
export async function checkFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    try {
      await readdir(folder)
    } catch (error) {
      throw new InvalidInputError(sentenceOf(error) ?? `${folder} cannot be read: ${String(error)}`)
    }
  }
}
