import { Argument, type Command, Option } from 'commander'
import { InvalidInputError, LiverankError } from '../errors.ts'
import { sentenceOf } from '../logging/error-sentences.ts'

/** What a command was called with. */
export interface Given {
  /** Arguments, without options. */
  readonly args: readonly string[]
  /** Values of options by their names, such as `out`. Defaults are among them. */
  readonly options: Readonly<Record<string, unknown>>
}

/** Checks a path before its command begins. Rejects with an error of Liverank or of the file system if the command cannot use the path. */
export type PathCheck = (path: string, given: Given) => Promise<void>

/** An option whose value is a path, or a list of paths. `liverank` checks the paths before the command begins. */
export class PathOption extends Option {
  readonly check: PathCheck

  constructor(flags: string, description: string, check: PathCheck) {
    super(flags, description)
    this.check = check
  }
}

/** An argument that is a path, or a list of paths. `liverank` checks the paths before the command begins. */
export class PathArgument extends Argument {
  readonly check: PathCheck

  constructor(name: string, description: string, check: PathCheck) {
    super(name, description)
    this.check = check
  }
}

/** Checks all paths that a command was called with. @throws InvalidInputError for the first path that the command cannot use */
export async function checkPaths(command: Command): Promise<void> {
  const given: Given = { args: command.args, options: command.opts() }
  for (const [i, argument] of command.registeredArguments.entries())
    if (argument instanceof PathArgument)
      for (const path of pathsIn(command.processedArgs[i])) await checkPath(argument, path, given)
  for (const option of command.options)
    if (option instanceof PathOption)
      for (const path of pathsIn(given.options[option.attributeName()])) await checkPath(option, path, given)
}

function pathsIn(value: unknown): readonly string[] {
  return [value].flat().filter((path) => typeof path === 'string')
}

async function checkPath(checked: PathOption | PathArgument, path: string, given: Given): Promise<void> {
  const place = checked instanceof PathOption ? `${checked.long}: ` : ''
  if (path === '') throw new InvalidInputError(`${place || `${checked.name()}: `}the path is empty. Name a path.`)
  try {
    await checked.check(path, given)
  } catch (error) {
    const sentence = sentenceOf(error)
    if (sentence === undefined || (error instanceof LiverankError && error.code === 'CONFIGURATION')) throw error
    throw new InvalidInputError(`${place}${sentence}`)
  }
}
