import { Option } from 'commander'
import { numberFrom } from '../../src/commands/option-parsers.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import type { ReplayOptions } from './run-replay.ts'

export const replayCommand: DefineCommand = (program) => {
  program
    .command('replay')
    .summary('send the events of a log to a server, and evaluate its recommendations')
    .description(
      `Sends the events of a log to a server as apps would. Each session subscribes to a slate (list of recommended items), sends its events,
and waits for the new slate after each event. The command measures how well the slates predict on which item the user acts next. It compares
them with three simple methods: popular items, items similar to the latest one, and recently seen items.`,
    )
    .argument('<folder>', 'a folder with events.jsonl.gz and, if items have attributes, items.jsonl.gz')
    .option(
      '--url <url>',
      'address of a running server with CLOCK=events and without data, such as ws://127.0.0.1:4000/graphql. If the server asks for a key or token, set the environment variable LIVERANK_TOKEN to one of an admin (default: start one)',
    )
    .addOption(
      new Option(
        '--store <kind>',
        'where the server that the command starts keeps its data. both: run once with each store, and fail if the metrics differ (default: both)',
      ).choices(['memory', 'redis', 'both']),
    )
    .option('--redis <url>', 'an empty Redis for the server that the command starts (default: start one)')
    .option(
      '--model <name>',
      'model of the server that the command starts: a name in MODEL_DIR, or a folder. none: rank without a model (default: default)',
    )
    .option(
      '--surface-attribute <name>',
      'the key of eventAttributes that names the surface (place in the app), if it is not surface',
    )
    .option('--limit <n>', 'stop after this many events', numberFrom(1, 1e9))
    .option(
      '--score-from <share>',
      'evaluate only the slates after this share of the events, 0 to 1. The earlier events only build up the state of the service',
      numberFrom(0, 1),
      0,
    )
    .option(
      '--in-flight <n>',
      'how many events to send at the same time. With 1, events keep the order of the log, so that you can compare metrics. With more, only the events of one session keep their order. Use this to measure speed',
      numberFrom(1, 10_000),
      1,
    )
    .option('--json', 'print the metrics as JSON')
    .addHelpText('after', examples('liverank replay ./history --store memory --score-from 0.6 --model models/own'))
    .action(async (folder: string, options: ReplayOptions) => {
      const { runReplay } = await import('./run-replay.ts')
      await runReplay(folder, options)
    })
}
