import { Command, CommanderError, Help } from 'commander'
import { LiverankError } from '../errors.ts'
import { sentenceOf } from '../logging/error-sentences.ts'
import { packageVersion } from '../package-root.ts'
import { refusalIn, wordsOf } from '../state/redis/redis-errors.ts'
import { checkPaths } from './checked-paths.ts'

/** Adds a subcommand to the program: its options, an example, and a loader of its code. */
export type DefineCommand = (program: Command) => void

/** Exit codes of `liverank`. 78 is EX_CONFIG: a supervisor should not restart the command until a setting has changed. */
export const EXIT = { ok: 0, failed: 1, usage: 2, configuration: 78 } as const

/** Makes the `liverank` program with these subcommands. */
export function programOf(commands: readonly DefineCommand[]): Command {
  const program = new Command('liverank')
    .description(
      'A live recommendation service. Apps send events over GraphQL, and get recommendations that change with each event.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this text')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'liverank: ')) })
    .configureHelp({ boxWrap: (text, width) => new Help().boxWrap(text.replaceAll('\n', ' '), width) })
    .showHelpAfterError('Run the command with --help to see its arguments and options.')
    .addHelpText('after', '\nRun liverank <command> --help for the options of a command, and an example.')
  for (const define of commands) define(program)
  return program
}

/**
 * Runs `liverank` with these subcommands. Checks all paths before the command begins. Prints a failure as a sentence on standard error,
 * never as a stack, and sets the exit code.
 * @param args command-line arguments after `liverank`
 * @param explain returns the error to print for an error of a command
 */
export async function runCli(
  commands: readonly DefineCommand[],
  args = process.argv.slice(2),
  explain: (error: unknown) => unknown = (error) => error,
): Promise<void> {
  try {
    await programOf(commands)
      .hook('preAction', (_, command) => checkPaths(command))
      .parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exit(endOf(explain(error)))
  }
}

/** Says what went wrong. @returns the exit code */
function endOf(error: unknown): number {
  // Commander has said it: help that was asked for, or what is wrong with the arguments.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  const sentence = sentenceOf(error)
  const isDebugged = process.env.LOG_LEVEL === 'debug' || process.env.LOG_LEVEL === 'trace'
  if (sentence === undefined) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    console.error(
      isDebugged ? error : `liverank: Unexpected error, please report it. ${message} (LOG_LEVEL=debug prints its stack.)`,
    )
    return EXIT.failed
  }
  // Callers of the service get no words of Redis: they name keys, and advise the operator.
  const refusal = refusalIn(error)
  console.error(`liverank: ${sentence}${refusal ? ` Redis says "${wordsOf(refusal)}".` : ''}`)
  if (isDebugged && error instanceof Error && error.cause !== undefined) console.error(error.cause)
  return exitCodeOf(error)
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof LiverankError)) return EXIT.failed
  if (error.code === 'BAD_USER_INPUT') return EXIT.usage
  return error.code === 'CONFIGURATION' || error.code === 'LAYOUT_MISMATCH' ? EXIT.configuration : EXIT.failed
}

/** Returns the last part of a help text. @param lines commands, or comments on them */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`
}
