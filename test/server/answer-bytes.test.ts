import * as fc from 'fast-check'
import { GraphQLError } from 'graphql'
import { describe, expect, it } from 'vitest'
import { AnswerBytes } from '../../src/server/answer-limits.ts'
import { checkProperty } from '../support/check-property.ts'

function bytesOf(answer: unknown): number {
  return Buffer.byteLength(JSON.stringify(answer))
}

describe('the count of the bytes of an answer', () => {
  it('says exactly whether the JSON of an answer has more bytes than allowed', async () => {
    await checkProperty(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' })), (answer) => {
        const bytes = bytesOf(answer)
        for (const most of [bytes - 1, bytes]) expect(new AnswerBytes(most).exceeds(answer)).toBe(bytes > most)
      }),
      300,
    )
  })

  it('counts times, errors and absent values as JSON writes them', () => {
    const errors = [new GraphQLError('No "such" item.', { path: ['a', 3], extensions: { code: 'NOT_FOUND' } })]
    const answer = { data: { at: new Date(0), isNew: true, none: undefined, nothing: null, list: [[], {}] }, errors }
    const bytes = bytesOf(answer)
    expect([bytes - 1, bytes].map((most) => new AnswerBytes(most).exceeds(answer))).toEqual([true, false])
  })

  it('ends at the bound: of an answer whose JSON has 400 MB, it visits what the bound holds', () => {
    let visited = 0
    const attributes = new Proxy(
      { title: 'x'.repeat(8000) },
      {
        ownKeys: (target) => {
          visited++
          return Reflect.ownKeys(target)
        },
      },
    )
    const answer = { data: Array.from({ length: 50_000 }, () => attributes) }
    expect(new AnswerBytes(1_000_000).exceeds(answer)).toBe(true)
    expect(visited).toBeLessThan(130)
  })
})
