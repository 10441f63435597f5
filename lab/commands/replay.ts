import { Option } from 'commander'
import { PathArgument } from '../../src/commands/checked-paths.ts'
import { numberFrom } from '../../src/commands/option-parsers.ts'
import { dataFolder } from '../../src/commands/path-checks.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import { surfaceAttributeOption } from '../../src/commands/surface-attribute-option.ts'
import type { ReplayOptions } from './run-replay.ts'

/** Defines the command `liverank replay`. */
export const replayCommand: DefineCommand = (program) => {
  program
    .command('replay')
    .summary('send the events of a log to a server, and evaluate its recommendations')
    .description(
      `Sends the events of a log to a server, as apps would. After each event, the server sends a new slate. The command measures how well
the slates predict on which item the user acts next. It compares them with three simple lists: popular items, the latest items on which the
user acted, and items similar to these.`,
    )
    .addArgument(
      new PathArgument(
        '<folder>',
        'use the log in this folder: events.jsonl.gz and, if items have attributes, items.jsonl.gz',
        dataFolder,
      ),
    )
    .option(
      '--url <url>',
      'use the server with this address, such as ws://127.0.0.1:4000/graphql. It must have no data, and run with CLOCK=events. If it asks for a key or token, set the environment variable LIVERANK_TOKEN to that of an admin (default: start a server)',
    )
    .addOption(
      new Option(
        '--store <kind>',
        'start a server with its data in memory or in redis. both: run once with each, and fail if the metrics differ (default: both)',
      ).choices(['memory', 'redis', 'both']),
    )
    .option('--redis <url>', 'with --store redis or both: use the empty Redis with this address (default: start a Redis)')
    .option(
      '--model <name>',
      'start a server that ranks with this model: a folder of MODEL_DIR, or the path of another folder. none: rank without a model (default: default)',
    )
    .addOption(surfaceAttributeOption())
    .option('--limit <n>', 'stop after this many events', numberFrom(1, 1e9))
    .option('--score-from <share>', 'send all events, but evaluate only the slates after this share of them', numberFrom(0, 1), 0)
    .option(
      '--in-flight <n>',
      'send this many events at the same time. With 1, each run gives the same metrics. With more, the run is faster, but only the events of one session keep their order',
      numberFrom(1, 10_000),
      1,
    )
    .option('--json', 'print the metrics as JSON')
    .addHelpText(
      'after',
      examples(
        '# send the whole log, and evaluate the slates of the last 40 %',
        'liverank replay ./history --store memory --score-from 0.6 --model models/own',
      ),
    )
    .action(async (folder: string, options: ReplayOptions) => {
      const { runReplay } = await import('./run-replay.ts')
      await runReplay(folder, options)
    })
}
