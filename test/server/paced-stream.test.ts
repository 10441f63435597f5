import { expect, it } from 'vitest'
import { pacedStream } from '../../src/server/paced-stream.ts'

async function* counted(asked: number[]): AsyncGenerator<number> {
  for (let n = 0; n < 3; n++) {
    asked.push(n)
    yield n
  }
}

it('the stream asks for the next message once there are points for it', async () => {
  const asked: number[] = []
  const waits = [1, 1, 0, 0, 0]
  const stream = pacedStream(counted(asked), () => Promise.resolve(waits.shift()!))
  expect(await stream.next()).toEqual({ done: false, value: 0 })
  expect([asked, waits]).toEqual([[0], [1, 1, 0, 0, 0]])
  expect(await stream.next()).toEqual({ done: false, value: 1 })
  expect([asked, waits]).toEqual([
    [0, 1],
    [0, 0],
  ])
  expect(await stream.next()).toEqual({ done: false, value: 2 })
  expect(await stream.next()).toEqual({ done: true, value: undefined })
})

it('the stream can end at once while it waits', async () => {
  const asked: number[] = []
  const stream = pacedStream(counted(asked), () => 3_600_000)
  await stream.next()
  const waiting = stream.next()
  await stream.return!()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(asked).toEqual([0])
})
