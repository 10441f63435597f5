import type { RedisConnection } from '../../src/state/redis/connection.ts'
import type { RedisCommands } from '../../src/state/redis/scripts.ts'
import { type Bytes, isWrite, type Reply } from './redis-model.ts'
import { keysOf } from './script-models.ts'
import { commandsBy } from './simulated-commands.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { SimulatedNode, SimulatedRedis } from './simulated-redis.ts'
import type { World } from './world.ts'

const COMMAND_TIMEOUT_MS = 2000
const CLOSED = 'Connection is closed.'
const PORT = 7000

/** How long things take on their way. */
export interface Weather {
  /** ms that a message takes, as a rule. */
  readonly latency: number
  /** How likely a message takes up to 5 s. */
  stalls: number
}

/** Between whom, and through what, messages go. */
export interface Ends {
  readonly process: SimulatedProcess
  readonly redis: SimulatedRedis
  readonly world: World
  readonly weather: Weather
}

interface Sent {
  readonly command: string
  readonly args: readonly Bytes[]
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
}

/** One connection between a process and a node, until it breaks: what is sent arrives in order, and so do the replies. */
class Wire {
  readonly #node: SimulatedNode
  readonly #process: SimulatedProcess
  readonly #redis: SimulatedRedis
  readonly #world: World
  readonly #weather: Weather
  /** Sent, and not yet at the node: undone by whoever loses them. */
  #underway: (() => void)[] = []
  /** At the node, behind a WAIT. */
  #inbox: Sent[] = []
  #isWaiting = false
  #isBroken = false
  /** How many writes the node had after the last one of this connection. */
  #written = 0
  #lastArrival = 0
  #lastReply = 0

  constructor(node: SimulatedNode, { process, redis, world, weather }: Ends) {
    this.#node = node
    this.#process = process
    this.#redis = redis
    this.#world = world
    this.#weather = weather
  }

  send(sent: Sent): void {
    this.#lastArrival = Math.max(this.#lastArrival, this.#world.now + this.#delay())
    const undo = this.#world.at(this.#lastArrival, () => {
      this.#underway = this.#underway.filter((each) => each !== undo)
      this.#inbox.push(sent)
      this.#serve()
    })
    this.#underway.push(undo)
  }

  /** What is under way is lost from some point on, unless the node is down: then all of it. No reply arrives any more. */
  break(): void {
    this.#isBroken = true
    this.#isWaiting = false
    this.#inbox = []
    this.loseSome()
  }

  /** Messages from some point on never arrive. */
  loseSome(): void {
    const from = this.#node.isUp ? this.#world.chance.between(0, this.#underway.length + 1) : 0
    for (const undo of this.#underway.splice(from)) undo()
  }

  #serve(): void {
    while (!this.#isWaiting) {
      const sent = this.#inbox.shift()
      if (!sent) return
      if (sent.command === 'wait') this.#wait(sent)
      else this.#reply(this.#execute(sent))
    }
  }

  #execute({ command, args, resolve, reject }: Sent): () => void {
    const where = `${this.#process.name} → ${this.#node.name} ${command}`
    try {
      const owner = this.#redis.nodeOf(command, args)
      if (keysOf(command, args).length > 0 && owner !== this.#node) throw new Error(`MOVED 0 ${owner.name}:${PORT}`)
      const reply = this.#node.execute(command, args)
      if (isWrite(command)) this.#written = this.#node.offset
      this.#world.note(where, args, reply)
      return () => resolve(reply)
    } catch (error) {
      const { message } = error as Error
      this.#world.note(where, args, message)
      // A page of a log that is copied a second time, since the first reply was lost, is refused.
      if (!/^(OOM|MOVED|ERR The ID specified in XADD) /.test(message)) this.#world.defects.push(error as Error)
      return () => reject(error as Error)
    }
  }

  /** Blocks what is behind it on this connection. */
  #wait({ args, resolve }: Sent): void {
    this.#isWaiting = true
    this.#node.whenReplicated(this.#written, Number(args[1]), (replicas) => {
      if (this.#isBroken) return
      this.#world.note(`${this.#process.name} → ${this.#node.name} wait`, args, replicas)
      this.#isWaiting = false
      this.#reply(() => resolve(replicas))
      this.#serve()
    })
  }

  #reply(settle: () => void): void {
    this.#lastReply = Math.max(this.#lastReply, this.#world.now + this.#delay())
    this.#world.at(this.#lastReply, () =>
      this.#process.deliver(() => {
        if (!this.#isBroken) settle()
      }),
    )
  }

  #delay(): number {
    const { chance } = this.#world
    const { latency, stalls } = this.#weather
    return chance.happens(stalls) ? chance.number() * 5000 : latency * (0.5 + chance.number())
  }
}

/** A way from a process to a node, whose commands end as ioredis ends them. */
abstract class Client {
  readonly node: SimulatedNode
  protected readonly ends: Ends
  protected wire: Wire
  /** Without a reply so far, in the order of sending. */
  protected readonly unfulfilled: Sent[] = []

  constructor(node: SimulatedNode, ends: Ends) {
    this.node = node
    this.ends = ends
    this.wire = new Wire(node, ends)
  }

  command(command: string, args: readonly Bytes[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const cancel = this.ends.process.after(COMMAND_TIMEOUT_MS, () => reject(new Error('Command timed out')))
      const end = (settle: () => void) => {
        cancel()
        const at = this.unfulfilled.indexOf(sent)
        if (at >= 0) this.unfulfilled.splice(at, 1)
        settle()
      }
      const sent: Sent = {
        command,
        args,
        resolve: (reply) => end(() => resolve(reply)),
        reject: (error) => end(() => reject(error)),
      }
      this.accept(sent)
    })
  }

  protected failAll(reason: string): void {
    for (const { reject } of [...this.unfulfilled]) reject(new Error(reason))
  }

  protected abstract accept(sent: Sent): void
  /** @param blockedFor ms without a way through */
  abstract cut(blockedFor: number): void

  loseSome(): void {
    this.wire.loseSome()
  }
}

/** Connects anew after a cut, and sends again what has no reply, as ioredis does with `maxRetriesPerRequest: 1`. */
class LastingClient extends Client {
  #isReady = true
  #failures = 0
  #blockedUntil = 0

  protected accept(sent: Sent): void {
    this.unfulfilled.push(sent)
    if (this.#isReady) this.wire.send(sent)
  }

  cut(blockedFor: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, this.ends.world.now + blockedFor)
    if (!this.#isReady) return
    this.#isReady = false
    this.wire.break()
    this.#failed()
  }

  #failed(): void {
    const { world, weather, process } = this.ends
    this.#failures++
    if (this.#failures % 2 === 0) this.failAll('Reached the max retries per request limit (which is 1).')
    process.after(Math.min(50 * this.#failures, 1000) + weather.latency, () => {
      if (!this.node.isUp || world.now < this.#blockedUntil) {
        this.#failed()
        return
      }
      this.#isReady = true
      this.#failures = 0
      this.wire = new Wire(this.node, this.ends)
      for (const sent of this.unfulfilled) this.wire.send(sent)
    })
  }
}

/** Ends when it breaks, as ioredis does when it is told not to retry. */
class PassingClient extends Client {
  readonly #onEnd: (() => void)[] = []
  #isEnded = false

  protected accept(sent: Sent): void {
    this.unfulfilled.push(sent)
    if (this.#isEnded) this.failAll(CLOSED)
    else if (this.node.isUp) this.wire.send(sent)
    else this.cut()
  }

  once(_: 'end', callback: () => void): void {
    this.#onEnd.push(callback)
  }

  cut(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.wire.break()
    this.ends.process.deliver(() => {
      this.failAll(CLOSED)
      for (const callback of this.#onEnd) callback()
    })
  }
}

/** What ioredis is to one process: a method a command, which resolves when the simulated server has answered. */
export class SimulatedConnection {
  readonly #clients: Client[]
  readonly connection: RedisConnection
  /** Called when the connections to a node are cut. */
  onCut: () => void = () => {}

  constructor(ends: Ends) {
    const { redis } = ends
    const lasting = redis.nodes.map((node) => new LastingClient(node, ends))
    this.#clients = [...lasting]
    const commands = commandsBy(async (command, args) => {
      const node = redis.nodeOf(command, args)
      return lasting.find((client) => client.node === node)!.command(command, args)
    })
    this.connection = {
      ...connectionOf(commands, redis),
      openMaster: (address) => {
        const client = new PassingClient(redis.nodes.find(({ name }) => name === address?.host) ?? redis.nodes[0], ends)
        this.#clients.push(client)
        return commandsBy((command, args) => client.command(command, args), {
          once: (event: 'end', callback: () => void) => client.once(event, callback),
          disconnect: () => client.cut(),
        })
      },
    }
  }

  /** @param blockedFor ms without a way through */
  cut(node: SimulatedNode, blockedFor: number): void {
    for (const client of this.#clients) if (client.node === node) client.cut(blockedFor)
    this.onCut()
  }

  /** The process has died: some of what it had sent still arrives. */
  abandon(): void {
    for (const client of this.#clients) client.loseSome()
  }
}

/** A connection that nothing disturbs, and that takes no time: for the judge. */
export function directConnection(redis: SimulatedRedis): RedisConnection {
  const commands = commandsBy(async (command, args) => redis.nodeOf(command, args).execute(command, args))
  return connectionOf(commands, redis)
}

function connectionOf(commands: RedisCommands, redis: SimulatedRedis): RedisConnection {
  return {
    commands,
    subscriber: undefined as never,
    isCluster: redis.nodes.length > 1,
    hasSentinels: false,
    inFlight: () => 0,
    nodes: () => redis.nodes.map(({ name }) => ({ host: name, port: PORT })),
    openMaster: () => commands,
    close: async () => {},
  }
}
