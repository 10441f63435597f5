import { fork } from 'node:child_process'
import { once } from 'node:events'
import { extname, join } from 'node:path'
import { LiverankError } from '../../src/errors.ts'
import type { BurstFigures, Load, LoadCall, LoadFigures, OneUserFigures, RefreshFigures } from './live-load.ts'

const PROGRAM = join(import.meta.dirname, `live-load${extname(import.meta.filename)}`)

/** The process that makes the load. */
export interface LoadProcess {
  /** Opens a phone for each of this many users. */
  open(users: number): Promise<void>
  /** Closes all phones. */
  close(): Promise<void>
  load(load: Load): Promise<LoadFigures>
  burst(users: number): Promise<BurstFigures>
  oneUser(devices: number, events: number): Promise<OneUserFigures>
  /** Resolves when each phone has a slate that no event caused. */
  refreshed(): Promise<RefreshFigures>
  stop(): Promise<void>
}

/** @param url http://…/graphql of the service */
export function startLoad(url: string): LoadProcess {
  const child = fork(PROGRAM, [url])
  let calls = 0
  const ended = once(child, 'exit')
  const failed = ended.then((): never => {
    throw new LiverankError('UNAVAILABLE', 'The process that makes the load has ended.')
  })
  // Whoever waits for an answer hears of it.
  failed.catch(() => {})
  const call = async <T>(called: LoadCall): Promise<T> => {
    const id = calls++
    const answered = new Promise<T>((resolve, reject) => {
      const onMessage = (message: { id: number; result: T; error?: string }) => {
        if (message.id !== id) return
        child.off('message', onMessage)
        if (message.error === undefined) resolve(message.result)
        else reject(new LiverankError('UNAVAILABLE', `The load failed: ${message.error}`))
      }
      child.on('message', onMessage)
    })
    child.send({ id, call: called })
    return Promise.race([answered, failed])
  }
  return {
    open: (users) => call({ call: 'open', users }),
    close: () => call({ call: 'close' }),
    load: (load) => call({ call: 'load', load }),
    burst: (users) => call({ call: 'burst', users }),
    oneUser: (devices, events) => call({ call: 'oneUser', devices, events }),
    refreshed: () => call({ call: 'refreshed' }),
    stop: async () => {
      child.kill()
      await ended
    },
  }
}
