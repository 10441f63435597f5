import { type ParseEntry, parse } from 'shell-quote'

/** A simple command of a shell line: `PORT=0 liverank serve --workers 2`. */
export interface ShellCommand {
  /** Environment variables that are set for this command, by name. */
  readonly variables: ReadonlyMap<string, string>
  readonly words: readonly string[]
}

/** Stands for what the shell or the reader puts in: `$seed`, `N` or `FOLDER`. A number can be a name or path too. */
const PUT_IN = '1'
const PLACEHOLDER = /^(?:N|FOLDER)$/
const ASSIGNMENT = /^([A-Z][A-Z0-9_]*)=(.*)$/
const KEYWORDS = new Set(['do', 'then', 'else', 'export', 'time', 'sudo', 'exec'])

/** Returns the commands of shell text. A line that ends with a backslash goes on in the next one. */
export function commandsOf(text: string): ShellCommand[] {
  return text.replaceAll('\\\n', ' ').split('\n').flatMap(commandsOfLine)
}

function commandsOfLine(line: string): ShellCommand[] {
  const commands: string[][] = [[]]
  let isTarget = false
  for (const token of parse(line, () => PUT_IN)) {
    const word = wordOf(token)
    if (word !== undefined) {
      if (!isTarget) commands.at(-1)!.push(word)
      isTarget = false
    } else if (isRedirection(token)) isTarget = true
    else commands.push([])
  }
  return commands.filter((words) => words.length > 0).map(commandOf)
}

/** @returns undefined for an operator or a comment */
function wordOf(token: ParseEntry): string | undefined {
  if (typeof token === 'string') return PLACEHOLDER.test(token) ? PUT_IN : token
  return 'op' in token && token.op === 'glob' ? token.pattern : undefined
}

function isRedirection(token: ParseEntry): boolean {
  return typeof token === 'object' && 'op' in token && /[<>]/.test(token.op)
}

function commandOf(words: readonly string[]): ShellCommand {
  const variables = new Map<string, string>()
  let at = 0
  for (; at < words.length; at++) {
    const [, name, value] = ASSIGNMENT.exec(words[at]) ?? []
    if (name !== undefined) variables.set(name, value)
    else if (!KEYWORDS.has(words[at])) break
  }
  return { variables, words: words.slice(at) }
}
