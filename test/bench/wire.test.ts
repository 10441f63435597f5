import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import wire from '../../bench/wire.ts'

const figure = z.object({
  bench: z.literal('wire'),
  store: z.literal('embedded'),
  case: z.string(),
  transport: z.enum(['http', 'websocket']),
  compression: z.string(),
  answer: z.string(),
  slates: z.number(),
  medianBytes: z.number(),
  p90Bytes: z.number(),
  medianBodyBytes: z.number().optional(),
})

it('the benchmark counts the bytes of slates on the wire with each compression', async () => {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    await wire(['--users', '2', '--events', '2'])
    const figures = written.mock.calls.map(([line]) => figure.parse(JSON.parse(String(line))))
    const bytes = Object.fromEntries(figures.map((each) => [each.case, each]))
    const of = (name: string) => bytes[name].medianBytes
    expect(Object.keys(bytes)).toEqual([
      ...['http identity slate', 'http gzip slate', 'http br slate'],
      ...['websocket identity first slate', 'websocket identity later slate'],
      ...['websocket permessage-deflate first slate', 'websocket permessage-deflate later slate'],
    ])
    expect(bytes['websocket identity later slate'].slates).toBe(4)
    // Some 250 bytes an item, with its title and its reason.
    expect(of('websocket identity first slate')).toBeGreaterThan(3000)
    expect(of('http identity slate')).toBeGreaterThan(bytes['http identity slate'].medianBodyBytes!)
    for (const encoding of ['gzip', 'br']) expect(of(`http ${encoding} slate`) * 3).toBeLessThan(of('http identity slate'))
    expect(of('websocket permessage-deflate first slate') * 3).toBeLessThan(of('websocket identity first slate'))
    // Compressed together with the slate before.
    expect(of('websocket permessage-deflate later slate') * 2).toBeLessThan(of('websocket permessage-deflate first slate'))
  } finally {
    written.mockRestore()
  }
})

it('the benchmark of bytes on the wire refuses an impossible number of users', async () => {
  await expect(wire(['--users', '0'])).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
})
