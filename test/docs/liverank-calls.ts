import { type Command, CommanderError } from 'commander'
import { COMMANDS } from '../../lab/commands/commands.ts'
import { runBench } from '../../lab/commands/run-bench.ts'
import { programOf } from '../../src/commands/program.ts'
import { fuzzCommand } from '../fuzz/command.ts'
import { commandsOf, type ShellCommand } from './shell-commands.ts'

/** A call of `liverank`, directly or by a script of package.json. */
export interface LiverankCall {
  readonly variables: ReadonlyMap<string, string>
  /** Arguments after `liverank`. */
  readonly args: readonly string[]
}

/** Scripts that start `liverank`, with the arguments that they give it: `npm run train` gives `train`. */
type Scripts = Readonly<Record<string, string>>

const PROGRAM = /(?:lab|src)\/commands\/main\.[jt]s$|^test\/fuzz\/run\.ts$/
/** Stands for the name of any benchmark. */
const ANY_BENCHMARK = 'NAME'
/** What a mention in a sentence may leave out: "run `liverank export`". */
const LEFT_OUT = new Set([
  'commander.missingArgument',
  'commander.optionMissingArgument',
  'commander.missingMandatoryOptionValue',
  'commander.help',
])

/** Returns the calls of `liverank` in shell text: direct ones, by npx, in containers, and by scripts of npm. */
export function liverankCalls(text: string, scripts: Scripts): LiverankCall[] {
  return commandsOf(text).flatMap((command) => callOf(command, scripts) ?? [])
}

function callOf({ variables, words }: ShellCommand, scripts: Scripts): LiverankCall | undefined {
  const [program, ...rest] = words
  if (program === 'liverank') return { variables, args: rest }
  if (program === 'npx' && rest[0] === 'liverank') return { variables, args: rest.slice(1) }
  if (program === 'npm') return callByNpm(variables, rest, scripts)
  if (program === 'docker' && rest.some((word) => word === 'run' || word === 'exec')) return callInContainer(rest)
  return undefined
}

function callByNpm(variables: LiverankCall['variables'], words: readonly string[], scripts: Scripts): LiverankCall | undefined {
  const name = words[0] === 'run' ? words.slice(1).find((word) => !word.startsWith('-')) : words[0]
  const script = name === undefined || !Object.hasOwn(scripts, name) ? undefined : commandsOf(scripts[name]).at(-1)
  const at = script?.words.findIndex((word) => PROGRAM.test(word)) ?? -1
  if (!name || !script || at < 0) return undefined
  const given = script.words[at] === 'test/fuzz/run.ts' ? ['fuzz'] : script.words.slice(at + 1)
  // npm keeps what stands before `--` for itself.
  const [first, ...others] = words.slice(words.indexOf(name) + 1)
  if (first !== undefined && first !== '--') throw new Error(`npm does not pass on ${first}: write it after --.`)
  return { variables, args: [...given, ...others] }
}

/** A container of the image `liverank` gets its variables by the option `-e`. */
function callInContainer(words: readonly string[]): LiverankCall | undefined {
  const at = words.lastIndexOf('liverank')
  if (at < 0) return undefined
  const passed = words.flatMap((word, i) => (words[i - 1] === '-e' ? [word] : []))
  const variables = new Map(passed.map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)]))
  return { variables, args: words.slice(at + 1) }
}

/**
 * Returns what `liverank` would say against the arguments, by the definitions of its commands and benchmarks. Runs nothing.
 * @param isMention whether the call stands in a sentence, which may leave out arguments and values
 */
export async function problemOf(args: readonly string[], isMention: boolean): Promise<string | undefined> {
  if (args.length === 0) return undefined
  const program = programOf([...COMMANDS, fuzzCommand])
  withoutEffect(program)
  try {
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 || (isMention && LEFT_OUT.has(error.code)) ? undefined : error.message
  }
  return args[0] === 'bench' ? benchProblem(args.slice(1)) : undefined
}

/** Keeps the commands from doing and printing anything. */
function withoutEffect(command: Command): void {
  command.configureOutput({ writeOut: () => {}, writeErr: () => {} })
  if (command.commands.length === 0) command.action(() => {})
  for (const one of command.commands) withoutEffect(one)
}

/** A benchmark reads its options itself, and then prints its help. */
async function benchProblem([name, ...options]: readonly string[]): Promise<string | undefined> {
  if (name === ANY_BENCHMARK) return undefined
  try {
    await runBench(name, [...options, '--help'])
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
