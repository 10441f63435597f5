import { hash } from 'node:crypto'

/** Above 0, below 1: a hash of the text, as good as drawn, and the same whenever and wherever it is asked. */
export function hashedChance(text: string): number {
  return (Number.parseInt(hash('sha1', text, 'hex').slice(0, 12), 16) + 0.5) / 2 ** 48
}
