import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { UnfinishedMessage } from '../../src/server/unfinished-message.ts'

interface Frame {
  readonly length: number
  readonly isFinal: boolean
  readonly isCompressed: boolean
  readonly pings: number
}

const frame = fc.record<Frame>({
  length: fc.oneof(fc.nat(200), fc.constantFrom(0, 125, 126, 65_535, 65_536)),
  isFinal: fc.boolean(),
  isCompressed: fc.boolean(),
  pings: fc.nat(2),
})

/** A frame of a client, whose payload looks like headers. */
function bytesOf(opcode: number, length: number): Buffer {
  const size =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 0xff]
        : [127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((by) => (length >> by) & 0xff)]
  return Buffer.concat([Buffer.from([opcode, size[0] | 0x80, ...size.slice(1), 1, 2, 3, 4]), Buffer.alloc(length, 0x81)])
}

it('the part of a message that has arrived is counted, in whatever chunks it comes, and nothing between messages', () => {
  fc.assert(
    fc.property(
      fc.array(frame, { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 70_000 })),
      (frames, cuts) => {
        const message = new UnfinishedMessage()
        let isFragmented = false
        let fragments = 0
        for (const { length, isFinal, isCompressed, pings } of frames) {
          const first = (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | (isFragmented ? 0 : 1)
          const bytes = Buffer.concat([...Array.from({ length: pings }, () => bytesOf(0x89, 3)), bytesOf(first, length)])
          for (let at = 0, cut = 0; at < bytes.length; cut++) {
            const end = Math.min(bytes.length, at + (cuts[cut] ?? bytes.length))
            message.append(bytes.subarray(at, end))
            at = end
            if (at < bytes.length && at > pings * 9) expect(message.bytes).toBeGreaterThanOrEqual(fragments + at - pings * 9)
          }
          isFragmented = !isFinal
          fragments = isFinal ? 0 : fragments + bytes.length - pings * 9
          if (isFinal) expect(message.bytes).toBe(0)
          else expect(message.bytes).toBeGreaterThanOrEqual(fragments)
        }
      },
    ),
  )
})

it('compressed fragments count as what they may unpack to, and a message that came whole does not', () => {
  const message = new UnfinishedMessage()
  message.append(bytesOf(0x41, 1000))
  expect(message.bytes).toBeGreaterThan(1_000_000)
  message.append(bytesOf(0x00, 60_000))
  expect(message.bytes).toBeGreaterThan(2 ** 21)
  expect(message.bytes).toBeLessThan(2 ** 21 + 100_000)
  message.append(bytesOf(0x80, 10))
  expect(message.bytes).toBe(0)
  message.append(bytesOf(0xc1, 60_000).subarray(0, 50_000))
  expect(message.bytes).toBeLessThan(60_000)
})
