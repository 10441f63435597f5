import type { RedisCommands } from '../../src/state/redis/scripts.ts'
import type { Bytes, Reply } from './redis-model.ts'

type Argument = string | Buffer | number | readonly Argument[]

/** The methods that src/state calls, whatever they are called: a command that the model lacks is refused by name. */
export function commandsBy(
  send: (command: string, args: readonly Bytes[]) => Promise<Reply>,
  besides: Partial<Record<string, unknown>> = {},
): RedisCommands {
  const methods = new Proxy(Object.create(null), {
    get: (_, method: string) => {
      if (method in besides) return besides[method]
      // Nothing is told of connections that close: what follows from them must come out right without.
      if (method === 'on') return () => {}
      if (method === 'multi') return () => transactionBy(send)
      const [, command, isBuffer] = /^(.*?)(Buffer)?$/.exec(method)!
      return async (...args: Argument[]) => {
        const reply = await send(command, args.flat(2).map(bytesOf))
        if (command === 'hgetall') return Object.fromEntries(pairs(textOf(reply) as string[]))
        return isBuffer ? bufferOf(reply) : textOf(reply)
      }
    },
  })
  return methods as RedisCommands
}

/** Collects commands until `exec` sends all of them as one. */
function transactionBy(send: (command: string, args: readonly Bytes[]) => Promise<Reply>): unknown {
  const commands: [string, ...Bytes[]][] = []
  const chain: unknown = new Proxy(Object.create(null), {
    get: (_, command: string) => {
      if (command === 'exec') return async () => textOf(await send('exec', [JSON.stringify(commands)]))
      return (...args: Argument[]) => {
        commands.push([command, ...args.flat(2).map(bytesOf)])
        return chain
      }
    },
  })
  return chain
}

function bytesOf(argument: Argument): Bytes {
  if (Buffer.isBuffer(argument)) return argument.toString('latin1')
  const text = String(argument)
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

function bufferOf(reply: Reply): unknown {
  if (Array.isArray(reply)) return reply.map(bufferOf)
  return typeof reply === 'string' ? Buffer.from(reply, 'latin1') : reply
}

function textOf(reply: Reply): unknown {
  if (Array.isArray(reply)) return reply.map(textOf)
  return typeof reply !== 'string' || isAscii(reply) ? reply : Buffer.from(reply, 'latin1').toString('utf8')
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about bytes.
  return /^[\x00-\x7f]*$/.test(text)
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]] as [string, string]] : []))
}
