import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** What a server answers to a command, as bytes; nothing if undefined. */
export type PlayedAnswer = (command: readonly string[], port: number) => string | undefined | Promise<string>

/** A server on loopback that is played by a test: it speaks the protocol of Redis, and answers what the test says. */
export class PlayedRedis {
  /** What it was asked, on all connections. */
  readonly commands: string[][] = []
  answer: PlayedAnswer
  readonly #server: Server
  readonly #clients = new Set<Socket>()

  private constructor(server: Server, answer: PlayedAnswer) {
    this.#server = server
    this.answer = answer
  }

  /** It is closed when the running test has finished. */
  static async start(answer: PlayedAnswer): Promise<PlayedRedis> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const played = new PlayedRedis(server, answer)
    server.on('connection', (client) => played.#serve(client))
    onTestFinished(() => {
      played.hangUp()
      server.close()
    })
    return played
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Cuts every connection. */
  hangUp(): void {
    for (const client of this.#clients) client.destroy()
  }

  #serve(client: Socket): void {
    this.#clients.add(client)
    client.on('error', () => {}).once('close', () => this.#clients.delete(client))
    const write = (answer: string | undefined) => {
      if (answer !== undefined && !client.destroyed) client.write(answer, 'latin1')
    }
    let unread = ''
    let before: Promise<unknown> = Promise.resolve()
    client.setEncoding('latin1').on('data', (chunk: string) => {
      unread += chunk
      for (let next = firstCommand(unread); next; next = firstCommand(unread)) {
        unread = unread.slice(next.bytes)
        this.commands.push(next.command)
        const answer = this.answer(next.command, this.port)
        if (answer instanceof Promise) before = Promise.all([answer, before]).then(([bytes]) => write(bytes))
        else write(answer)
      }
    })
  }
}

/** The first command of what a client has sent, if the whole of it is there. */
function firstCommand(bytes: string): { command: string[]; bytes: number } | undefined {
  const [head, count] = /^\*(\d+)\r\n/.exec(bytes) ?? []
  if (head === undefined) return undefined
  const command: string[] = []
  let at = head.length
  for (let i = 0; i < Number(count); i++) {
    const [line, length] = /^\$(\d+)\r\n/.exec(bytes.slice(at, at + 16)) ?? []
    if (line === undefined) return undefined
    const end = at + line.length + Number(length)
    if (bytes.length < end + 2) return undefined
    command.push(bytes.slice(at + line.length, end))
    at = end + 2
  }
  return { command, bytes: at }
}

/** A string, as Redis sends it. */
export function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`
}

/** An array of strings, numbers and arrays, as Redis sends it. */
export function array(...elements: readonly (string | number | null | readonly unknown[])[]): string {
  const element = (one: unknown): string => {
    if (one === null) return '$-1\r\n'
    if (Array.isArray(one)) return array(...one)
    return typeof one === 'number' ? `:${one}\r\n` : bulk(String(one))
  }
  return `*${elements.length}\r\n${elements.map(element).join('')}`
}

/** What an honest server answers to what clients ask of their own accord: the only node of a cluster, if it is asked for that. */
export const honest: PlayedAnswer = ([name, first], port) => {
  switch (`${name} ${name === 'cluster' ? first : ''}`.trim().toLowerCase()) {
    case 'info':
      return bulk('redis_version:7.0.0\r\nrole:master\r\nloading:0\r\n')
    case 'cluster slots':
      return array([0, 16_383, ['127.0.0.1', port, 'node']])
    case 'cluster info':
      return bulk('cluster_state:ok\r\n')
    case 'subscribe':
      return array('subscribe', first, 1)
    case 'get':
      return bulk('value')
    case 'ping':
      return '+PONG\r\n'
    default:
      return '+OK\r\n'
  }
}
