import type { Accumulator } from './accumulator.ts'

/** Features of what the caller says about the candidates that a request gives. */
export const givenList: Accumulator = {
  name: 'given_list',
  entity: 'SLATE',
  description:
    'Place and score of a candidate in the list that the request gives (`candidates`), such as a list of search results.',
  roles: [],
  features: [
    {
      name: 'given_rank',
      entity: 'SLATE',
      description: 'Place of the item, from 1, among the candidates of the request',
      missing: 'when the request gives no candidates with `ordered: true`',
      column: ({ given }) => {
        const places = given?.isOrdered ? given.places : undefined
        return (row) => places?.[row] ?? Number.NaN
      },
    },
    {
      name: 'given_score',
      entity: 'SLATE',
      description: 'Score that the request gives to the item (`score` of a candidate)',
      missing: 'when the request gives the item no score',
      column: ({ given }) => {
        const scores = given?.scores
        return (row) => scores?.[row] ?? Number.NaN
      },
    },
  ],
}
