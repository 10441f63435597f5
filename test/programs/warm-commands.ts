import { z } from 'zod'
import { COMMANDS } from '../../lab/commands/commands.ts'
import { runCli } from '../../src/commands/program.ts'

/**
 * A program that runs commands of `liverank`, one after the other, as its parent process asks: it has loaded by then what a command
 * of its own process would load first. For commands that refuse what they are given.
 */
const request = z.object({ id: z.number(), args: z.array(z.string()), env: z.record(z.string(), z.string()) })

/** The end of the process of a command. */
class Exit extends Error {
  readonly code: number
  constructor(code: number) {
    super(`exit ${code}`)
    this.code = code
  }
}

let said = { out: '', errors: '' }
process.stdout.write = (chunk: string | Uint8Array) => {
  said.out += chunk
  return true
}
process.stderr.write = (chunk: string | Uint8Array) => {
  said.errors += chunk
  return true
}
process.exit = (code) => {
  throw new Exit(Number(code ?? 0))
}

async function run(args: readonly string[]): Promise<number> {
  process.exitCode = undefined
  try {
    await runCli(COMMANDS, [...args])
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof Exit) return error.code
    throw error
  }
}

/** A module sets it once, before the ONNX runtime reads it: see `src/ranking/onnx-telemetry-off.ts`. */
const SET_BY_MODULE = 'ORT_DISABLE_TELEMETRY'

/** Changes the environment of the process itself: libraries in native code do not see an object that takes its place. */
function setEnvironment(env: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(env, name) && name !== SET_BY_MODULE) delete process.env[name]
  Object.assign(process.env, env)
}

process.on('message', async (message) => {
  const { id, args, env } = request.parse(message)
  said = { out: '', errors: '' }
  setEnvironment(env)
  const code = await run(args)
  process.send!({ id, code, ...said })
})
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
