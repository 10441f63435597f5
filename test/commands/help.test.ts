import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { COMMANDS } from '../../lab/commands/commands.ts'
import { programOf } from '../../src/commands/program.ts'

/** The names of a command from `liverank` on, such as `keys list`. */
function nameOf(command: Command): string {
  return command.parent?.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name()
}

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) })
  command.outputHelp()
  return text
}

const commands = programOf(COMMANDS).commands.flatMap(withSubcommands)

it('has the subcommands of keys and exploration', () => {
  expect(commands.map(nameOf)).toEqual(expect.arrayContaining(['keys create', 'keys list', 'keys revoke', 'exploration regret']))
})

it.each(commands.map((command) => [nameOf(command), command] as const))('gives an example in the help of %s', (name, command) => {
  const [, examples = ''] = helpOf(command).split('Examples:')
  expect(examples).toContain(`liverank ${name}`)
})
