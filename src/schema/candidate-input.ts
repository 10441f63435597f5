import { LiverankError } from '../errors.ts'
import { checkId } from '../events/validate-event.ts'
import { givenItems, MAX_CANDIDATES } from '../slate/given-items.ts'
import type { GivenItems } from '../slate/slate.ts'
import { atMost, within } from './argument-checks.ts'
import { builder } from './builder.ts'

/** Largest absolute score of a candidate: scores of a search engine are far below, and sums of them stay finite. */
const MAX_SCORE = 1e12
/** Complexity of reading and ranking a given candidate: 500 took 1.2 ms more than a slate of 180 candidates of sources. */
export const CANDIDATE_COST = 5

export const CandidateInput = builder.inputType('CandidateInput', {
  description: 'An item that a request gives to be ranked.',
  fields: (t) => ({
    itemId: t.id({ required: true, description: 'Id of the item.' }),
    score: t.float({
      description:
        'A number by which you would rank the item, such as the score of a search engine: from -1e12 to 1e12. Higher is better. It is the feature `given_score`, which a model may rank by.',
    }),
  }),
})

/**
 * Checks the candidates that a request gives.
 * @returns undefined if it gives none
 * @throws LiverankError BAD_USER_INPUT naming the invalid argument
 */
export function givenOf({
  candidates,
  ordered,
}: {
  readonly candidates?: readonly (typeof CandidateInput.$inferInput)[] | null | undefined
  readonly ordered: boolean
}): GivenItems | undefined {
  if (candidates == null) {
    if (ordered) throw new LiverankError('BAD_USER_INPUT', 'ordered is true, but there are no candidates: pass candidates too.')
    return undefined
  }
  if (candidates.length === 0)
    throw new LiverankError('BAD_USER_INPUT', 'candidates is empty: pass 1 to 500 items, or leave the field out.')
  for (const [i, { itemId, score }] of atMost('candidates', candidates, MAX_CANDIDATES).entries()) {
    checkId(itemId, `candidates.${i}.itemId`)
    if (score != null) within(`candidates.${i}.score`, score, -MAX_SCORE, MAX_SCORE)
  }
  return givenItems(candidates, ordered)
}
