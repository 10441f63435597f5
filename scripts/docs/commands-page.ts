import { type Command, Help } from 'commander'
import { COMMANDS } from '../../lab/commands/commands.ts'
import { OPERATOR_COMMANDS } from '../../src/commands/operator-commands.ts'
import { EXIT, programOf } from '../../src/commands/program.ts'
import { cell, page, table } from './markdown.ts'

const EXIT_MEANINGS: Record<keyof typeof EXIT, string> = {
  ok: 'The command is done.',
  failed: 'The command failed: a file has wrong data, Redis does not answer, or `doctor` found a problem, for example.',
  usage: 'An argument or option is wrong, such as a file that does not exist.',
  configuration: 'A setting or the domain is wrong, such as a model that does not exist.',
}

const SOURCE = 'the --help of each command'
const MAIN_PAGE = 'commands.md'
const RUN = '[Commands](commands.md) says how to run them, and the [glossary](../concepts/glossary.md) explains the terms.'
const LOG =
  'A *log* is a list of past events, such as clicks. The service writes one; a [data folder](data-folder.md) contains that of another system.'
/** Commands that have a page with others of their kind; all others stand on the main page. */
const PAGES: Record<string, { readonly title: string; readonly intro: string; readonly commands: readonly string[] }> = {
  'commands-keys.md': {
    title: 'Commands for keys',
    intro: `These commands create, list and revoke static keys. [Authenticate clients](../guides/authenticate-clients.md#keys-for-servers) explains when to use a key. ${RUN}`,
    commands: ['keys'],
  },
  'commands-models.md': {
    title: 'Commands for models',
    intro: `These commands prepare logs, and train, upload and check models. ${RUN} ${LOG}`,
    commands: ['convert', 'learn', 'train', 'upload-model', 'verify-features'],
  },
  'commands-evaluation.md': {
    title: 'Commands for evaluation',
    intro: `These commands measure how well methods rank. ${RUN} ${LOG}`,
    commands: ['evaluate', 'evaluation-summary', 'replay', 'off-policy'],
  },
  'commands-simulation.md': {
    title: 'Commands for simulation and measurement',
    intro: `These commands simulate shops, or measure the service. ${RUN}`,
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
    `The program \`liverank\` has several commands, such as \`liverank import ./history\`. In a clone of the repository, write \`npm run import -- ./history\` instead. [CONTRIBUTING](../../CONTRIBUTING.md) lists the other npm scripts of a clone.

- All commands read the same [settings](settings.md) from environment variables, above all \`DOMAIN\` (the configuration), and \`DATA_DIR\` or \`REDIS_URL\` (the place of the data).
- If the domain cannot be used, a command ends with exit code 78 before it reads or writes data. But \`doctor\` reports such a domain, and \`bench\` always uses the domain \`e-commerce\`.
- A command checks all paths in its arguments and options before it begins. If one cannot be used, it names the path and ends with exit code 2.
- In a usage line, \`<name>\` is a value that you must give, \`...\` allows several values, and \`[options]\` stands for the options below it. Options may be left out, unless the command says otherwise.

The [glossary](../concepts/glossary.md) explains the terms of this project.`,
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
    ['command', 'purpose', 'in the container image'],
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
  const args = help.visibleArguments(command).map((one) => line(one.name(), help.argumentDescription(one)))
  const options = help
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .map((one) => line(one.flags, help.optionDescription(one)))
  const parts = [
    `## liverank ${titleOf(command)}`,
    cell(command.description()),
    `\`\`\`sh\nliverank ${titleOf(command)} ${command.usage()}\n\`\`\``,
    command.commands.length > 0
      ? `Here, \`[command]\` is one of ${command.commands.map((one) => `\`${one.name()}\``).join(', ')}.`
      : '',
    [...args, ...options].join('\n'),
    examplesOf(command),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** An argument or option as one line of a list. Choices that its description explains are not listed again. */
function line(name: string, description: string): string {
  const text = cell(description)
  const choices = /choices: ("[^"]+"(?:, "[^"]+")*)(?:, )?/.exec(text)
  const isExplained = choices?.[1].split(', ').every((choice) => text.split(' (choices:')[0].includes(choice.slice(1, -1)))
  const shown = isExplained ? text.replace(choices![0], '').replace(' ()', '') : text
  return `- \`${name}\`: ${shown}.`.replace(/\.\.$/, '.')
}

/** What the help text says after the options. */
function examplesOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) })
  command.outputHelp()
  const lines = (text.split('\nExamples:\n')[1] ?? '').split('\n').map((line) => line.trim())
  const shown = lines.filter((line) => line !== '')
  return shown.length === 0 ? '' : `For example:\n\`\`\`sh\n${shown.join('\n')}\n\`\`\``
}
