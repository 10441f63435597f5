import { MAX_NEIGHBOURS } from '../catalogue/neighbour-lists.ts'
import { InvalidInputError } from '../errors.ts'
import type { NeighbourPart } from '../state/neighbour-part.ts'
import { checkId, checkNumber } from './field-checks.ts'
import type { RefusedRow } from './uploads.ts'

/** An uploaded list of one item, before it is checked. */
export interface NeighbourListInput {
  readonly itemId: string
  readonly neighbours: readonly { readonly itemId: string; readonly score: number }[]
}

/** Checks the lists of a part, and puts them into columns. @returns the part, and the lists that are invalid */
export function checkedPart(lists: readonly NeighbourListInput[]): { part: NeighbourPart; refused: readonly RefusedRow[] } {
  const part: NeighbourPart = { itemIds: [], counts: [], neighbourIds: [], scores: [] }
  const refused: RefusedRow[] = []
  const known = new Set<string>()
  for (const [index, list] of lists.entries()) {
    try {
      const neighbours = checkedNeighbours(list, known)
      known.add(list.itemId)
      part.itemIds.push(list.itemId)
      part.counts.push(neighbours.size)
      part.neighbourIds.push(...neighbours.keys())
      part.scores.push(...neighbours.values())
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error
      refused.push({ index, message: error.message, field: error.field })
    }
  }
  return { part, refused }
}

/** Returns the score of each neighbour. Of a neighbour that the list names twice, the higher score counts. */
function checkedNeighbours({ itemId, neighbours }: NeighbourListInput, known: ReadonlySet<string>): Map<string, number> {
  checkId(itemId, 'itemId')
  if (known.has(itemId)) throw new InvalidInputError(`The part has another list of the item ${itemId}.`, 'itemId')
  if (neighbours.length > MAX_NEIGHBOURS)
    throw new InvalidInputError(
      `The list has ${neighbours.length} neighbours; at most ${MAX_NEIGHBOURS} are allowed.`,
      'neighbours',
    )
  const scores = new Map<string, number>()
  for (const [i, { itemId: neighbourId, score }] of neighbours.entries()) {
    const field = `neighbours.${i}`
    checkId(neighbourId, `${field}.itemId`)
    checkNumber(score, `${field}.score`)
    if (score <= 0) throw new InvalidInputError(`${field}.score is ${score}: send a number above 0.`, `${field}.score`)
    if (neighbourId === itemId)
      throw new InvalidInputError(`${field}.itemId is the item of the list itself: leave it out.`, `${field}.itemId`)
    scores.set(neighbourId, Math.max(score, scores.get(neighbourId) ?? 0))
  }
  return scores
}
