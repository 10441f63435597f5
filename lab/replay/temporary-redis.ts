import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { Readable } from 'node:stream'
import { Redis } from 'ioredis'
import { LiverankError } from '../../src/errors.ts'
import { atProcessEnd } from '../at-process-end.ts'
import { makeScratchFolder, type ScratchFolder } from '../scratch-folder.ts'

/** Somebody else may take a free port before the server has it. */
const PORTS_TO_TRY = 5

/** A redis-server of one's own, with nothing in it, on loopback; ends with `stop`. */
export interface TemporaryRedis {
  readonly url: string
  /** Process id; another one after `restart`. */
  readonly pid: number
  /** Stops it, and starts it again with what it held. Resolves when it answers again. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** @throws LiverankError CONFIGURATION when redis-server cannot be started */
export async function startTemporaryRedis(): Promise<TemporaryRedis> {
  const folder = await makeScratchFolder('redis')
  try {
    return await startIn(folder)
  } catch (error) {
    folder.remove()
    throw error
  }
}

async function startIn(folder: ScratchFolder): Promise<TemporaryRedis> {
  let port = await freePort()
  const start = () => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder.path]
    return spawn(process.env.REDIS_SERVER ?? 'redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  }
  let server = start()
  // From the start on: it would outlive a command that is ended before it answers.
  const withdraw = atProcessEnd(() => server.kill('SIGKILL'))
  try {
    for (let tries = 1; !(await hasPort(server, tries === PORTS_TO_TRY)); tries++) {
      port = await freePort()
      server = start()
    }
  } catch (error) {
    withdraw()
    throw error
  }
  const url = `redis://127.0.0.1:${port}`
  const end = async (ask: () => unknown) => {
    const ended = once(server.removeAllListeners('error'), 'exit')
    await ask()
    await ended
  }
  return {
    url,
    get pid() {
      return server.pid!
    },
    restart: async () => {
      const admin = new Redis(url, { retryStrategy: null })
      // It answers by closing the connection.
      await end(() => admin.shutdown('SAVE').catch(() => {}))
      server = start()
      await hasPort(server, true)
    },
    stop: async () => {
      await end(() => server.kill('SIGTERM'))
      withdraw()
      folder.remove()
    },
  }
}

/**
 * Resolves when the server answers, or has ended because its port is taken.
 * @param isLast if it is, a port that is taken is an error too
 * @returns whether the server answers
 */
function hasPort(server: ChildProcessByStdio<null, Readable, null>, isLast: boolean): Promise<boolean> {
  return new Promise<boolean>((resolve, reject) => {
    const fail = (reason: string) =>
      reject(
        new LiverankError(
          'CONFIGURATION',
          `redis-server did not start (${reason}): install it, or pass the URL of an empty Redis with --redis.`,
        ),
      )
    let said = ''
    server.once('error', ({ message }) => fail(message))
    // Only now all that it said is here.
    server.once('close', (code) => {
      if (said.includes('Address already in use') && !isLast) resolve(false)
      else fail(`exit code ${code}`)
    })
    server.stdout.on('data', (text: Buffer) => {
      said += String(text)
      if (said.includes('Ready to accept connections')) resolve(true)
    })
  })
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
