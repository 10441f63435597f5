import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { RankingTurns, type Turn, type TurnRequest, URGENCIES, type Urgency } from '../../src/slate/ranking-turns.ts'
import { checkProperty } from '../support/check-property.ts'

/** Turns whose event loop is turned by hand. */
function turning(concurrency: number) {
  const deferred: (() => void)[] = []
  const turns = new RankingTurns({ concurrency, now: () => 0, defer: (callback) => deferred.push(callback) })
  /** Lets the event loop turn once. */
  const turn = async () => {
    for (const callback of deferred.splice(0)) callback()
    await Promise.resolve()
    await Promise.resolve()
  }
  return { turns, turn }
}

interface Wanted extends TurnRequest {
  readonly turn: Turn
  readonly name: string
}

/** Takes turns, notes in which order they are granted, and ends each when it is told to. */
function crowd(concurrency: number) {
  const { turns, turn } = turning(concurrency)
  const granted: Wanted[] = []
  const ask = (name: string, userId: string, urgency: Urgency, together?: string) => {
    const wanted: Wanted = { name, userId, urgency, together, turn: turns.take({ userId, urgency, together }) }
    void wanted.turn.granted.then((isGranted) => isGranted && granted.push(wanted))
    return wanted
  }
  /** Ends the turns one after another until nobody waits. @returns the names in the order in which they had their turns */
  const playOut = async () => {
    await turn()
    for (let ended = 0; ended < granted.length; ended++) {
      granted[ended].turn.end()
      await turn()
    }
    return granted.map(({ name }) => name)
  }
  return { turns, turn, ask, granted, playOut }
}

describe('turns to make slates', () => {
  it('are given at once while some are free', async () => {
    const { turns, ask, granted } = crowd(2)
    ask('a', 'u1', 'push')
    ask('b', 'u2', 'refresh')
    ask('c', 'u3', 'interactive')
    await Promise.resolve()
    expect(granted.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(turns.figures).toMatchObject({ running: 2, waiting: { interactive: 1, push: 0, refresh: 0 } })
  })

  it('alternate between users, however many slates one of them waits for', async () => {
    const { ask, playOut } = crowd(1)
    for (let i = 0; i < 5; i++) ask(`a${i}`, 'a', 'push')
    for (let i = 0; i < 2; i++) ask(`b${i}`, 'b', 'push')
    ask('c0', 'c', 'push')
    expect(await playOut()).toEqual(['a0', 'a1', 'b0', 'c0', 'a2', 'b1', 'a3', 'a4'])
  })

  it('go first to callers that wait for an answer, then to events, without starving refreshes', async () => {
    const { ask, playOut } = crowd(1)
    ask('first', 'x', 'push')
    for (let i = 0; i < 100; i++) {
      ask('r', `r${i}`, 'refresh')
      ask('p', `p${i}`, 'push')
      ask('i', `i${i}`, 'interactive')
    }
    const order = await playOut()
    const among = (count: number, name: string) => order.slice(1, 1 + count).filter((found) => found === name).length
    // Of 21 turns, as the weights 16, 4 and 1 say.
    for (const [name, share] of [
      ['i', 16],
      ['p', 4],
      ['r', 1],
    ] as const)
      expect(Math.abs(among(105, name) - 5 * share)).toBeLessThanOrEqual(1)
    expect(order[1]).toBe('i')
    expect(order).toHaveLength(301)
  })

  it('are not saved up by an urgency without waiting slates', async () => {
    const { turns, ask, turn, granted, playOut } = crowd(1)
    for (let i = 0; i < 50; i++) ask('p', `p${i}`, 'push')
    await turn()
    for (let ended = 0; ended < 40; ended++) {
      granted[ended].turn.end()
      await turn()
    }
    for (let i = 0; i < 50; i++) ask('r', `r${i}`, 'refresh')
    granted[40].turn.end()
    const order = (await playOut()).slice(41)
    expect(order.slice(0, 9).filter((name) => name === 'r').length).toBeLessThanOrEqual(2)
    expect(turns.figures.waiting).toEqual({ interactive: 0, push: 0, refresh: 0 })
  })

  it('are shared by slates of a user that need only one ranking', async () => {
    const { turns, ask, turn, granted } = crowd(1)
    ask('first', 'x', 'push')
    for (let i = 0; i < 100; i++) ask(`d${i}`, 'u', 'push', 'same')
    ask('other', 'u', 'push', 'different')
    ask('next', 'v', 'push')
    await turn()
    granted[0].turn.end()
    await turn()
    expect(granted).toHaveLength(101)
    expect(turns.figures).toMatchObject({ running: 100, shared: 99 })
    for (const { turn: shared } of granted.slice(1)) shared.end()
    await turn()
    expect(granted.at(-1)!.name).toBe('next')
  })

  it('come sooner for a refresh if an event makes it urgent', async () => {
    const { ask, playOut } = crowd(1)
    ask('first', 'x', 'push')
    for (let i = 0; i < 40; i++) ask('p', `p${i}`, 'push')
    const hastened = ask('hastened', 'h', 'refresh')
    for (let i = 0; i < 40; i++) ask('q', `q${i}`, 'push')
    hastened.turn.hasten('push')
    // What is urgent already stays where it is.
    hastened.turn.hasten('refresh')
    const order = await playOut()
    expect(order.indexOf('hastened')).toBe(81)
  })

  it('go to others if a slate is no longer wanted, before or after its turn', async () => {
    const { turns, ask, turn, granted } = crowd(1)
    const first = ask('first', 'x', 'push')
    const gone = ask('gone', 'y', 'push')
    ask('last', 'z', 'push')
    gone.turn.end()
    gone.turn.end()
    expect(await gone.turn.granted).toBe(false)
    first.turn.end()
    first.turn.end()
    await turn()
    expect(granted.map(({ name }) => name)).toEqual(['first', 'last'])
    expect(turns.figures).toMatchObject({ running: 1, given: 1 })
  })

  it('end if their slate fails', async () => {
    const { turns } = turning(1)
    const request = { userId: 'u', urgency: 'interactive' } as const
    const { signal } = new AbortController()
    await expect(turns.run(request, signal, () => Promise.reject(new Error('away')))).rejects.toThrow('away')
    await expect(turns.run(request, signal, async () => 'made')).resolves.toBe('made')
    expect(turns.figures.running).toBe(0)
  })

  it.each(['before it asks', 'while it waits', 'as its turn begins'])('are not used by a caller that leaves %s', async (when) => {
    const { turns, ask, turn } = crowd(1)
    const first = ask('first', 'x', 'push')
    const client = new AbortController()
    const made = vi.fn()
    if (when === 'before it asks') client.abort()
    const answered = turns.run({ userId: 'u', urgency: 'interactive' }, client.signal, async () => made())
    if (when === 'while it waits') client.abort()
    first.turn.end()
    const turned = turn()
    if (when === 'as its turn begins') client.abort()
    await turned
    expect(await answered).toBeUndefined()
    expect(made).not.toHaveBeenCalled()
    expect(turns.figures).toMatchObject({ running: 0, waiting: { interactive: 0 } })
  })

  it('begin together, after the event loop has read the network, if slates wait', async () => {
    const { turns, turn, ask, granted } = crowd(4)
    for (let i = 0; i < 12; i++) ask(`s${i}`, `u${i}`, 'push')
    await Promise.resolve()
    expect(granted).toHaveLength(4)
    for (const { turn: ended } of granted.slice(0, 4)) ended.end()
    for (const expected of [8, 8]) {
      await turn()
      expect(granted).toHaveLength(expected)
    }
    expect(turns.figures.running).toBe(4)
  })

  it('stay within their bounds in every order of requesting, hastening, leaving and ending', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('ask' as const),
        user: fc.integer({ min: 0, max: 3 }),
        urgency: fc.constantFrom(...URGENCIES),
        together: fc.constantFrom(undefined, 'k'),
      }),
      fc.record({ kind: fc.constant('turn' as const) }),
      fc.record({ kind: fc.constant('end' as const), which: fc.nat() }),
      fc.record({ kind: fc.constant('hasten' as const), which: fc.nat(), urgency: fc.constantFrom(...URGENCIES) }),
    )
    await checkProperty(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 80 }), async (concurrency, steps) => {
        const { turns, turn, ask, granted, playOut } = crowd(concurrency)
        const asked: Wanted[] = []
        const ended = new Set<Wanted>()
        for (const taken of steps) {
          if (taken.kind === 'ask') asked.push(ask(String(asked.length), `u${taken.user}`, taken.urgency, taken.together))
          else if (taken.kind === 'turn') await turn()
          else {
            const wanted = asked[taken.which % Math.max(1, asked.length)]
            if (!wanted) continue
            if (taken.kind === 'hasten') wanted.turn.hasten(taken.urgency)
            else {
              wanted.turn.end()
              ended.add(wanted)
            }
          }
          await Promise.resolve()
          await Promise.resolve()
          const running = granted.filter((wanted) => !ended.has(wanted))
          const { figures } = turns
          expect(figures.running).toBe(running.length)
          // Slates that are made together count as one.
          const made = running.filter(({ together }) => together === undefined).length
          const shared = new Set(running.filter(({ together }) => together !== undefined).map(({ userId }) => userId)).size
          expect(made + shared).toBeLessThanOrEqual(concurrency)
          const waiting = asked.length - granted.length - asked.filter((one) => ended.has(one) && !granted.includes(one)).length
          expect(Object.values(figures.waiting).reduce((sum, count) => sum + count, 0)).toBe(waiting)
        }
        await playOut()
        // Everybody who did not leave had a turn, once.
        expect(new Set(granted).size).toBe(granted.length)
        for (const wanted of asked) expect(granted.includes(wanted) || ended.has(wanted)).toBe(true)
        expect(turns.figures.running).toBe(0)
      }),
      500,
    )
  })
})
