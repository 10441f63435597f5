import { type Command, Help } from 'commander'
import { COMMANDS } from '../../lab/commands/commands.ts'
import { OPERATOR_COMMANDS } from '../../src/commands/operator-commands.ts'
import { EXIT, programOf } from '../../src/commands/program.ts'
import { cell, page, table } from './markdown.ts'

const EXIT_MEANINGS: Record<keyof typeof EXIT, string> = {
  ok: 'The command is done.',
  failed: 'The command failed. For example, a file has wrong data, Redis does not answer, or `doctor` found a problem.',
  usage: 'An argument or option is wrong. For example, an option is unknown, or a file does not exist.',
  configuration: 'A setting or the domain (configuration) is wrong. For example, a setting names a model that does not exist.',
}

const SOURCE = 'the --help of each command'
const MAIN_PAGE = 'commands.md'
/** Commands that have a page with others of their kind; all others stand on the main page. */
const PAGES: Record<string, { readonly title: string; readonly intro: string; readonly commands: readonly string[] }> = {
  'commands-keys.md': {
    title: 'Commands for keys',
    intro: `This page describes the commands of the program \`liverank\` that create, list and revoke static keys. The guide [authenticate clients](../guides/authenticate-clients.md#keys-for-servers) explains when to use a key. In a clone of the repository, write \`npm run keys -- list\` instead of \`liverank keys list\`.
The page [commands](commands.md) lists all commands, and says which settings they read. The [glossary](../concepts/glossary.md) explains the terms of this project.`,
    commands: ['keys'],
  },
  'commands-models.md': {
    title: 'Commands for models',
    intro:
      'This page describes some commands of the program `liverank`. The page [commands](commands.md) lists all commands, and says how to run them and which settings they read. A *log* is a list of past events, such as clicks. The service writes one. A [data folder](data-folder.md) contains the log of another system. The [glossary](../concepts/glossary.md) explains the terms of this project.',
    commands: ['convert', 'train', 'verify-features'],
  },
  'commands-evaluation.md': {
    title: 'Commands for evaluation',
    intro:
      'This page describes the commands of the program `liverank` that measure how well methods rank. The page [commands](commands.md) lists all commands, and says how to run them and which settings they read. A *log* is a list of past events, such as clicks. The service writes one. A [data folder](data-folder.md) contains the log of another system. The [glossary](../concepts/glossary.md) explains the terms of this project.',
    commands: ['evaluate', 'evaluation-summary', 'replay', 'off-policy'],
  },
  'commands-simulation.md': {
    title: 'Commands for simulation and measurement',
    intro: `This page describes the commands of the program \`liverank\` that simulate shops, or measure the service. In a clone of the repository, write \`npm run simulate -- --out ./shop\` instead of \`liverank simulate --out ./shop\`.
The page [commands](commands.md) lists all commands, and says which settings they read. The [glossary](../concepts/glossary.md) explains the terms of this project.`,
    commands: ['demo', 'simulate', 'cold-start', 'exploration', 'bench'],
  },
}

/** The pages on commands in docs/reference, from what --help prints. */
export function commandsPages(): Readonly<Record<string, string>> {
  const { commands } = programOf(COMMANDS)
  const sections = (names: readonly string[]) =>
    commands.filter((command) => names.includes(command.name())).flatMap((command) => [command, ...command.commands].map(section))
  const elsewhere = Object.values(PAGES).flatMap((one) => one.commands)
  const main = page(
    SOURCE,
    '# Commands',
    `This page describes the program \`liverank\`. It has several commands, such as \`liverank import ./history\`. In a clone of the repository, write \`npm run import -- ./history\` instead.
All commands read the same [settings](settings.md), which are environment variables. The most important ones are \`DOMAIN\` (the configuration), and \`DATA_DIR\` or \`REDIS_URL\` (the place of the data). If the domain in \`DOMAIN\` cannot be used, the command ends with exit code 78 before it reads or writes any data. But \`doctor\` reports such a domain as a problem, and \`bench\` does not read it: benchmarks always measure the domain \`e-commerce\`.
A command checks all paths in its arguments and options before it begins. If it cannot use one of them, it ends with exit code 2 and a sentence that names the path.
In the usage line of a command, \`<name>\` is a value that you must give, and \`...\` means that you may give several values. \`[options]\` stands for the options of the command, which the table below the line lists. You need not give an option, unless its command says so.
[CONTRIBUTING](../../CONTRIBUTING.md) lists the other npm scripts of a clone. The [glossary](../concepts/glossary.md) explains the terms of this project.`,
    overview(commands),
    ...sections(commands.map((command) => command.name()).filter((name) => !elsewhere.includes(name))),
    '## Exit codes',
    table(
      ['code', 'meaning'],
      Object.entries(EXIT).map(([name, code]) => [String(code), EXIT_MEANINGS[name as keyof typeof EXIT]]),
    ),
  )
  const others = Object.entries(PAGES).map(([name, { title, intro, commands: names }]) => [
    `docs/reference/${name}`,
    page(SOURCE, `# ${title}`, intro, ...sections(names)),
  ])
  return { [`docs/reference/${MAIN_PAGE}`]: main, ...Object.fromEntries(others) }
}

function overview(commands: readonly Command[]): string {
  const help = new Help()
  const operators = new Set(programOf(OPERATOR_COMMANDS).commands.map((command) => command.name()))
  return table(
    ['command', 'what you use it for', 'Does the container image have it?'],
    commands.map((command) => {
      const name = command.name()
      const elsewhere = Object.keys(PAGES).find((path) => PAGES[path].commands.includes(name)) ?? ''
      return [
        `[\`${name}\`](${elsewhere}#liverank-${name})`,
        help.subcommandDescription(command),
        operators.has(name) ? 'yes' : 'no',
      ]
    }),
  )
}

function titleOf(command: Command): string {
  const parent = command.parent
  return parent?.parent ? `${parent.name()} ${command.name()}` : command.name()
}

function section(command: Command): string {
  const help = new Help()
  const args = help.visibleArguments(command).map((one) => [`\`${one.name()}\``, cell(help.argumentDescription(one))])
  const options = help
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .map((one) => [`\`${one.flags}\``, cell(help.optionDescription(one))])
  const parts = [
    `## liverank ${titleOf(command)}`,
    cell(command.description()),
    `Usage:\n\`\`\`sh\nliverank ${titleOf(command)} ${command.usage()}\n\`\`\``,
    command.commands.length > 0
      ? `Here, \`[command]\` is one of ${command.commands.map((one) => `\`${one.name()}\``).join(', ')}. The next sections describe each of them.`
      : '',
    args.length > 0 ? table([`argument of \`liverank ${titleOf(command)}\``, 'what the command does with it'], args) : '',
    options.length > 0 ? table([`option of \`liverank ${titleOf(command)}\``, 'what the command does with it'], options) : '',
    examplesOf(command),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** What the help text says after the options. */
function examplesOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) })
  command.outputHelp()
  const lines = (text.split('\nExamples:\n')[1] ?? '').split('\n').map((line) => line.trim())
  const shown = lines.filter((line) => line !== '')
  const intro = shown.filter((line) => !line.startsWith('#')).length === 1 ? 'An example' : 'Examples'
  return shown.length === 0 ? '' : `${intro} of \`liverank ${titleOf(command)}\`:\n\`\`\`sh\n${shown.join('\n')}\n\`\`\``
}
