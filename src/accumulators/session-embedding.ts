import type { Accumulator } from './accumulator.ts'
import { sessionItems } from './session.ts'

/** Compares an item's embedding with the mean embedding of the session's latest items. */
export const sessionEmbedding: Accumulator = {
  name: 'session_embedding',
  entity: 'USER_ITEM',
  description: "The mean of the uploaded vectors of the session's latest items.",
  roles: [],
  features: [
    {
      name: 'session_embedding_cosine',
      entity: 'USER_ITEM',
      description:
        "How similar the item is to the session's latest items: the cosine of its vector (an uploaded list of numbers) and the mean of theirs, from -1 to 1 (the same direction)",
      missing: 'when the item has no vector, or the session has not acted on an item with a vector',
      column: ({ user, session, itemIds, vectors }) => {
        const direction = vectors.mean(sessionItems(user, session))
        return (row) => (direction ? vectors.cosine(direction, itemIds[row]) : Number.NaN)
      },
    },
  ],
}
