import { hash } from 'node:crypto'

/** Returns a pseudo-random number above 0 and below 1: a hash of the text. The same text gives the same number in every process. */
export function hashedChance(text: string): number {
  return (Number.parseInt(hash('sha1', text, 'hex').slice(0, 12), 16) + 0.5) / 2 ** 48
}
