import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import type { Redis } from 'ioredis'

/** A command that Redis carried out. */
export interface RedisCommand {
  /** In lower case. */
  readonly name: string
  /** Each as Redis prints it: bytes that cannot be printed are escaped. */
  readonly args: readonly string[]
  /** Who sent it: `lua`, or an address and a port. */
  readonly source: string
}

const LINE = /^\+\d+\.\d+ \[\d+ (\S+)\] (.*)$/
const END = 'the end of what is observed'

/**
 * All commands that a Redis carried out while `act` ran, in its order. ioredis has a monitor of its own, but it fails if a command of another
 * connection and the answer to MONITOR arrive together.
 */
export async function commandsDuring(redis: Redis, act: () => Promise<void>): Promise<RedisCommand[]> {
  const socket = connect(redis.options.port ?? 6379, redis.options.host)
  try {
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
    await once(socket, 'connect')
    socket.write('MONITOR\r\n')
    const { value: answer } = await lines.next()
    if (answer !== '+OK') throw new Error(`Redis answered MONITOR with ${answer}.`)
    await act()
    await redis.echo(END)
    const commands: RedisCommand[] = []
    for (;;) {
      const { value: line, done } = await lines.next()
      const [, source, text] = LINE.exec(line ?? '') ?? []
      if (done || text === undefined) throw new Error(`Redis ended MONITOR with ${line}.`)
      const [name, ...args] = [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part]) => part)
      if (args[0] === END) return commands
      commands.push({ name: name.toLowerCase(), args, source })
    }
  } finally {
    socket.destroy()
  }
}
