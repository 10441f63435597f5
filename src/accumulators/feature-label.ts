import type { Feature } from './accumulator.ts'

/** What explains how a value is computed, at the end of a sentence: a label leaves it out. */
const COMPUTED = /, (?:decayed|smoothed|weighted|excluding|computed as|taken as|as uploaded|from clicks and).*$/
const FLAG = /^1 if (.*), 0 if /
const WITHIN_PARENTHESES = / \([^)]*\)/g
const END_OF_SENTENCE = /[.:;](?:\s|$)/

/**
 * Returns what a feature is called before people who do not know its name, such as `Click rate of the item`: its own label, or else the first
 * sentence of its description without how the value is computed. `1 if the item is new, 0 if it is not` becomes `Whether the item is new`.
 */
export function featureLabel({ label, description }: Pick<Feature, 'label' | 'description'>): string {
  if (label !== undefined) return label
  const [sentence] = description.split(END_OF_SENTENCE)
  const plain = sentence.replace(WITHIN_PARENTHESES, '').replace(COMPUTED, '')
  const flag = FLAG.exec(plain)
  return flag ? `Whether ${flag[1]}` : plain
}

/** Returns a label as a part of another one: without a capital letter at its start, unless an abbreviation begins it. */
export function withinLabel(label: string): string {
  return /^[A-Z][a-z]/.test(label) ? label[0].toLowerCase() + label.slice(1) : label
}
