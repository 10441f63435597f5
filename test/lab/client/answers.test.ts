import { describe, expect, it } from 'vitest'
import { readAnswer, recordEventAnswer, slateAnswer, toSlate } from '../../../lab/client/answers.ts'
import { toRecommendationsInput } from '../../../lab/simulation/slate-request.ts'
import { LiverankError, UnavailableError } from '../../../src/errors.ts'

const row = (position: number, itemId: string) => ({ position, item: { itemId } })
const slate = (...items: unknown[]) => ({
  data: { recommendations: { recommendationId: 'r1', version: 3, fallback: false, items } },
})

describe('readAnswer', () => {
  it('returns the slate of a good answer', () => {
    const { recommendations } = readAnswer(slateAnswer, slate(row(1, 'a'), row(2, 'b')))
    expect(toSlate(recommendations)).toEqual({ recommendationId: 'r1', fallback: false, itemIds: ['a', 'b'] })
  })

  it.each([
    ['a gap in the positions', slate(row(1, 'a'), row(3, 'b')), 'positions of a slate count up from 1'],
    ['an item twice', slate(row(1, 'a'), row(2, 'a')), 'an item appears only once in a slate'],
    ['no slate', { data: { recommendations: null } }, 'recommendations'],
    ['an error', { data: null, errors: [{ message: 'no', extensions: { code: 'FORBIDDEN' } }] }, 'FORBIDDEN: no'],
    ['an error beside data', { ...slate(row(1, 'a')), errors: [{ message: 'half' }] }, 'an error: half'],
    ['something else', 'hello', 'is not a GraphQL response'],
  ])('refuses %s', (_, response, message) => {
    const read = () => readAnswer(slateAnswer, response)
    expect(read).toThrow(message)
    expect(read).toThrow(LiverankError)
    expect(read).not.toThrow(UnavailableError)
  })

  it.each(['UNAVAILABLE', 'RATE_LIMITED'])('says that the request can be repeated after %s', (code) => {
    const response = { errors: [{ message: 'later', extensions: { code } }] }
    expect(() => readAnswer(slateAnswer, response)).toThrow(UnavailableError)
  })

  it('distinguishes a recorded event from a refused one', () => {
    const recorded = { recordEvent: { __typename: 'RecordEventPayload', duplicate: false, userVersion: 1 } }
    expect(readAnswer(recordEventAnswer, { data: recorded })).toEqual(recorded)
    const refused = {
      recordEvent: { __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', message: 'no user', field: 'userId' },
    }
    expect(readAnswer(recordEventAnswer, { data: refused })).toEqual(refused)
    expect(() => readAnswer(recordEventAnswer, { data: { recordEvent: { __typename: 'NotFoundError', message: '' } } })).toThrow(
      'recordEvent',
    )
  })
})

it('asks for a category page by a filter', () => {
  const request = { userId: 'u', sessionId: 's', surface: 'category', first: 8, device: 'phone' } as const
  const asked = { userId: 'u', sessionId: 's', surface: 'category', first: 8 }
  expect(toRecommendationsInput({ ...request, category: 'bags' })).toEqual({
    ...asked,
    context: { device: 'phone' },
    rules: { filter: { attribute: { name: 'category', eq: 'bags' } } },
  })
  expect(toRecommendationsInput(request)).toEqual({ ...asked, context: { device: 'phone' } })
})
