import { InvalidInputError } from '../../src/errors.ts'

/** A number given on the command line. @throws InvalidInputError naming the option and its bounds */
export function numberOption(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new InvalidInputError(`--${name} is ${text}: give a number from ${least} to ${most}.`, name)
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

export type StoreName = 'embedded' | 'redis'

/** The stores to measure. @param text embedded, redis or both @throws InvalidInputError */
export function storesOption(text: string): readonly StoreName[] {
  const choice = choiceOption('store', text, ['embedded', 'redis', 'both'])
  return choice === 'both' ? ['embedded', 'redis'] : [choice]
}
