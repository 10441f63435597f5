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

/** All commands that a Redis carried out while `act` ran, in its order. */
export function commandsDuring(redis: Redis, act: () => Promise<void>): Promise<RedisCommand[]> {
  return commandsUntil(
    redis.options,
    ({ args }) => args[0] === END,
    async () => {
      await act()
      await redis.echo(END)
    },
  )
}

/**
 * Runs `act`, and resolves when the Redis has carried out the last command: with those before it, in its order. ioredis has a monitor of its
 * own, but it fails if a command of another connection and the answer to MONITOR arrive together.
 */
export async function commandsUntil(
  { port = 6379, host = '127.0.0.1' }: { readonly port?: number | undefined; readonly host?: string | undefined },
  isLast: (command: RedisCommand) => boolean,
  act = async () => {},
): Promise<RedisCommand[]> {
  const socket = connect(port, host)
  try {
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
    await once(socket, 'connect')
    socket.write('MONITOR\r\n')
    const { value: answer } = await lines.next()
    if (answer !== '+OK') throw new Error(`Redis answered MONITOR with ${answer}.`)
    await act()
    const commands: RedisCommand[] = []
    for (;;) {
      const { value: line, done } = await lines.next()
      const [, source, text] = LINE.exec(line ?? '') ?? []
      if (done || text === undefined) throw new Error(`Redis ended MONITOR with ${line}.`)
      const [name, ...args] = [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part]) => part)
      const command = { name: name.toLowerCase(), args, source }
      if (isLast(command)) return commands
      commands.push(command)
    }
  } finally {
    socket.destroy()
  }
}
