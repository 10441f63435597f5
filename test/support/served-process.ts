import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** A program that serves, and where. It ends with the test, if not before. */
export interface ServedProcess {
  readonly url: string
  /** Ends it by SIGTERM. @returns its exit code */
  stop(): Promise<number | null>
}

/** Starts a program that is `liverank serve`, and waits until it serves. @throws Error with what it said when it does not */
export async function startServing(
  command: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Record<string, string> },
): Promise<ServedProcess> {
  const child: ChildProcess = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const errors = text(child.stderr!)
  for await (const line of createInterface({ input: child.stdout! })) {
    const said = JSON.parse(line) as { msg?: string; url?: string }
    if (said.msg !== 'serving') continue
    child.stdout!.resume()
    const ended = once(child, 'exit')
    const stop = async () => {
      child.kill('SIGTERM')
      return (await ended)[0] as number | null
    }
    return { url: (said.url ?? '').replace('0.0.0.0', '127.0.0.1'), stop }
  }
  throw new Error(`It did not serve:\n${await errors}`)
}
