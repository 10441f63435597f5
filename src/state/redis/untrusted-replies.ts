import { createRequire } from 'node:module'
import { Redis } from 'ioredis'
import { ReplyBounds } from './reply-bounds.ts'

/*
 * ioredis trusts its server. A reply with arrays in arrays, a null where a channel should be, or a range of a billion slots throws out
 * of its handler of the socket, which ends the process, or uses up the memory. But without TLS, whoever stands between answers too. So
 * every connection, those to sentinels and nodes of a cluster included, closes at the first reply that cannot be one of Redis, and is
 * made anew. ioredis has no option for that: this module changes its parser and its handler of replies.
 */

/** A reply, or a part of one, as ioredis gets it. */
type Reply = Buffer | number | null | Error | readonly Reply[]

interface Parser {
  execute(chunk: Buffer): void
  returnFatalError(error: Error): void
}

interface Sent {
  readonly command: { readonly name: string; readonly args: readonly unknown[] }
}

interface Handler {
  readonly redis: {
    readonly commandQueue: { peekFront(): Sent | undefined }
    recoverFromFatalError(ofCommand: Error, error: Error, flushed: { offlineQueue: boolean }): void
  }
  returnFatalError(error: Error): void
  shiftCommand(reply: Reply): Sent | null
  returnError(error: Error & { command?: Sent['command'] }): void
}

const SLOTS = 16_384
const MOST_PORT = 65_535

const load = createRequire(createRequire(import.meta.url).resolve('ioredis'))
const parser = (load('redis-parser') as { prototype: Parser }).prototype
const handler = (load('./DataHandler') as { default: { prototype: Handler } }).default.prototype
const { execute } = parser
const { shiftCommand, returnError } = handler

const boundsOf = new WeakMap<Parser, ReplyBounds>()
/** Those that have failed. What else arrives on their connections is not read. */
const failed = new WeakSet<Parser>()

parser.execute = function (chunk) {
  if (failed.has(this)) return
  const bounds = boundsOf.get(this) ?? new ReplyBounds()
  boundsOf.set(this, bounds)
  try {
    bounds.read(chunk)
    execute.call(this, chunk)
  } catch (error) {
    failed.add(this)
    this.returnFatalError(new Error(`not a valid reply of Redis (${(error as Error).message})`))
  }
}

// Without the words that ioredis adds about itself: the fault is not in ioredis.
handler.returnFatalError = function (error) {
  this.redis.recoverFromFatalError(error, error, { offlineQueue: false })
}

handler.shiftCommand = function (reply) {
  const asked = this.redis.commandQueue.peekFront()
  // From here on, each command would get the reply of another one.
  if (!asked) throw new Error('no command waits for a reply')
  // Checks before the command leaves the queue, because commands in the queue learn of the failure.
  if (!(reply instanceof Error) && !fits(asked.command, reply))
    throw new Error(`the reply does not fit the command ${asked.command.name}`)
  return shiftCommand.call(this, reply)
}

// An error that nobody handles is printed with all that it holds. The arguments of AUTH are a password.
handler.returnError = function (error) {
  if (/^(MOVED|ASK)\b/.test(error.message) && !isRedirect(error.message)) throw new Error(`no address: ${error.message}`)
  returnError.call(this, error)
  if (error.command) error.command = { name: error.command.name, args: [] }
}

// ioredis sends these of its own accord too, and then looks at no failure. Who sends them itself still hears of it.
for (const name of ['subscribe', 'asking'] as const) {
  const send = Redis.prototype[name] as (...args: unknown[]) => Promise<unknown>
  const sendQuietly = function (this: Redis, ...args: unknown[]): Promise<unknown> {
    const sent = send.apply(this, args)
    sent.catch(() => {})
    return sent
  }
  Object.assign(Redis.prototype, { [name]: sendQuietly })
}

/** Whether a reply is one to a command. Checks the commands that ioredis itself sends, and whose replies it takes apart. */
function fits({ name, args }: Sent['command'], reply: Reply): boolean {
  if (name === 'info') return Buffer.isBuffer(reply)
  if (name === 'subscribe') return Array.isArray(reply) && Buffer.isBuffer(reply[1]) && Number.isInteger(reply[2])
  if (name === 'cluster' && String(args[0]).toUpperCase() === 'SLOTS') return areSlots(reply)
  return true
}

function isRedirect(message: string): boolean {
  const [, slot, port] = /^\w+ (\d+) \S*:(\d+)$/.exec(message) ?? []
  return slot !== undefined && isSlot(Number(slot)) && isPort(Number(port))
}

function isSlot(slot: Reply | undefined): boolean {
  return Number.isInteger(slot) && Number(slot) >= 0 && Number(slot) < SLOTS
}

function isPort(port: Reply | undefined): boolean {
  return Number.isInteger(port) && Number(port) > 0 && Number(port) <= MOST_PORT
}

function areSlots(reply: Reply): boolean {
  const isNode = (node: Reply) => Array.isArray(node) && (node[0] === null || Buffer.isBuffer(node[0])) && isPort(node[1])
  const isRange = (range: Reply) =>
    Array.isArray(range) && isSlot(range[0]) && isSlot(range[1]) && range.length > 2 && range.slice(2).every(isNode)
  return Array.isArray(reply) && reply.length <= SLOTS && reply.every(isRange)
}
