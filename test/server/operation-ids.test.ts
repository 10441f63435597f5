import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { IdInUseError, OperationIds } from '../../src/server/operation-ids.ts'
import { checkProperty } from '../support/check-property.ts'

const subscribe = (id: string) => ({ type: 'subscribe', id, payload: { query: '{ a }' } })
const complete = (id: string) => ({ type: 'complete', id })
const sent = (message: object) => JSON.stringify(message)
const ownOf = (message: unknown) => (message as { id: string }).id

it('an operation is never answered with the result of an earlier one with the same id', () => {
  const ids = new OperationIds()
  const first = ownOf(ids.incoming(subscribe('same')))
  expect(() => ids.incoming(subscribe('same'))).toThrow(IdInUseError)
  expect(ownOf(ids.incoming(complete('same')))).toBe(first)
  const second = ownOf(ids.incoming(subscribe('same')))
  expect(second).not.toBe(first)
  for (const type of ['next', 'error', 'complete']) expect(ids.outgoing(sent({ id: first, type }))).toBeUndefined()
  expect(ids.outgoing(sent({ id: second, type: 'next' }))).toBe(sent({ id: 'same', type: 'next' }))
  expect(ids.outgoing(sent({ id: second, type: 'complete' }))).toBe(sent({ id: 'same', type: 'complete' }))
  expect(ids.incoming(complete('same'))).toBeUndefined()
})

it('messages that belong to no operation do not change', () => {
  const ids = new OperationIds()
  for (const message of ['no JSON', null, 7, [], { type: 'ping', id: 'a' }, { type: 'subscribe' }, { type: 'subscribe', id: '' }])
    expect(ids.incoming(message)).toBe(message)
  const pong = sent({ type: 'pong', payload: { id: '1' } })
  expect(ids.outgoing(pong)).toBe(pong)
})

it('each message of the server has the id of its operation, in any order, and finished operations have none', () =>
  checkProperty(
    fc.property(
      fc.array(
        fc.record({
          what: fc.constantFrom('subscribe', 'complete', 'next', 'last'),
          id: fc.constantFrom('a', '1', '2', '__proto__', '"', '\u2028', ''),
          pick: fc.nat(20),
        }),
        { maxLength: 60 },
      ),
      (steps) => {
        const ids = new OperationIds()
        /** All operations that began: by own id, the id of the client, and whether it is over. */
        const begun: { own: string; id: string; isOver: boolean }[] = []
        for (const { what, id, pick } of steps) {
          const open = begun.find((one) => one.id === id && !one.isOver)
          if (what === 'subscribe' && id !== '') {
            if (open) expect(() => ids.incoming(subscribe(id))).toThrow(IdInUseError)
            else begun.push({ own: ownOf(ids.incoming(subscribe(id))), id, isOver: false })
          } else if (what === 'complete' && id !== '') {
            expect(ids.incoming(complete(id))).toEqual(open && complete(open.own))
            if (open) open.isOver = true
          } else if (begun.length > 0) {
            const one = begun[pick % begun.length]
            const type = what === 'last' ? 'complete' : 'next'
            expect(ids.outgoing(sent({ id: one.own, type }))).toBe(one.isOver ? undefined : sent({ id: one.id, type }))
            one.isOver ||= type === 'complete'
          }
        }
        expect(new Set(begun.map(({ own }) => own)).size).toBe(begun.length)
      },
    ),
    200,
  ))
