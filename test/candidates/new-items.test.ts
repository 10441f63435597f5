import { expect, it } from 'vitest'
import { NEW_FOR, newItemsSource } from '../../src/candidates/trending.ts'
import { Catalogue } from '../../src/catalogue/catalogue.ts'
import { START } from '../support/settable-clock.ts'
import { candidateRequest, userWhoDid } from '../support/user-who-did.ts'

const nothing = { sets: [], lists: [], strengths: [] }

it('new items come in order from the latest, up to the quota, and only if the rules admit them', () => {
  const catalogue = new Catalogue({})
  const added = { old: NEW_FOR + 1, fortnight: NEW_FOR, sold: 3, b: 2, a: 1 }
  for (const [itemId, ago] of Object.entries(added))
    catalogue.set(itemId, { attributes: {}, available: true, updatedAt: START, addedAt: START - ago, deleted: false })
  const request = candidateRequest(userWhoDid([]), { catalogue, admits: (itemId) => itemId !== 'sold' })
  const { itemIds, scores, reason } = newItemsSource(9).candidates(request, nothing)
  expect(itemIds).toEqual(['a', 'b', 'fortnight'])
  expect(scores).toEqual([1, 1 / 2, 1 / 3])
  expect(reason(0)).toEqual({ code: 'NEW' })
  expect(newItemsSource(2).candidates(request, nothing).itemIds).toEqual(['a', 'b'])
  expect(newItemsSource(2).reads(request)).toEqual({})
})
