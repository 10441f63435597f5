import { AccumulatorSet } from '../../src/accumulators/accumulator-set.ts'
import { eCommerce } from '../../src/domain/e-commerce.ts'

/** Ids and names that operations share, so that they meet. */
export const USERS = Array.from({ length: 12 }, (_, n) => `u${n}`)
export const ITEMS = Array.from({ length: 24 }, (_, n) => `i${n}`)
export const SURFACES = ['home', 'cart', 'item_page']
export const EVENT_TYPES = [
  'view',
  'click',
  'impression',
  'add_to_cart',
  'remove_from_cart',
  'purchase',
  'search',
  'like',
  'session_start',
]
export const ATTRIBUTES = ['category', 'brand', 'price', 'title', 'segment', 'surface', 'tags', 'age']
export const EVENT_ATTRIBUTES = ['price', 'quantity', 'value', 'position', 'surface', 'query', 'device', 'locale']
export const FEATURES = [...new AccumulatorSet(eCommerce.accumulators).features.keys()]
const globalId = (type: string) => (id: string) => Buffer.from(`${type}:${id}`).toString('base64')
export const NODE_IDS = [
  ...USERS.map(globalId('User')),
  ...ITEMS.map(globalId('Item')),
  globalId('Model')('default'),
  globalId('Slate')('x'),
  globalId('User')(''),
]

/** Kinds of texts that only the service can make. Until it has made one, the placeholder is sent as it stands. */
export const LEARNED = ['recommendationId', 'endCursor', 'startCursor', 'cursor', 'eventId', 'id'] as const
export type Learned = (typeof LEARNED)[number]

/** Stands for the latest text but `back` of its kind. */
export function placeholder(kind: Learned, back: number): string {
  return `@${kind}/${back}@`
}

const PLACEHOLDER = new RegExp(`@(${LEARNED.join('|')})/(\\d+)@`, 'g')
const KEPT = 20

/** Texts that answers brought. */
export class LearnedTexts {
  readonly #texts = new Map<string, string[]>(LEARNED.map((kind) => [kind, []]))

  learn(answer: unknown): void {
    if (Array.isArray(answer)) for (const element of answer.slice(0, KEPT)) this.learn(element)
    else if (typeof answer === 'object' && answer !== null) {
      for (const [alias, value] of Object.entries(answer)) {
        const texts = this.#texts.get(alias.replace(/_\d+$/, ''))
        if (texts && typeof value === 'string') {
          texts.unshift(value)
          texts.splice(KEPT)
        } else this.learn(value)
      }
    }
  }

  fillIn(text: string): string {
    return text.replace(PLACEHOLDER, (whole, kind: string, back: string) => {
      const texts = this.#texts.get(kind) ?? []
      return texts.length === 0 ? whole : JSON.stringify(texts[Number(back) % texts.length]).slice(1, -1)
    })
  }
}
