import { InvalidArgumentError, type Option } from 'commander'

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

/** Lets an option be given several times. Its value is the list of what was given, empty without any. */
export function repeatable(option: Option): Option {
  option.description += '. You can repeat this option'
  return option.argParser<readonly string[]>((value, before) => [...before, value]).default([], 'none')
}
