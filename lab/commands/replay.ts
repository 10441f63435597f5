import { Option } from 'commander'
import { numberFrom } from '../../src/commands/option-parsers.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import type { ReplayOptions } from './run-replay.ts'

export const replayCommand: DefineCommand = (program) => {
  program
    .command('replay')
    .summary('replay a log through the public API and evaluate the slates')
    .description(
      `Replays a log through the public API as apps would: each active session subscribes to a slate (list of recommended items), sends its events, and waits for the new slate
after each event. Measures how well the slates predict the next item of the session, and compares them with three simple methods: most
popular items, items similar to the latest, and recently seen items.`,
    )
    .argument('<folder>', 'a data folder: events.jsonl.gz and, if items have attributes, items.jsonl.gz')
    .option(
      '--url <url>',
      'a running server, such as ws://127.0.0.1:4000/graphql, with CLOCK=events and an empty store. If the server asks for a key or token, set the environment variable LIVERANK_TOKEN to one of an admin (default: start one)',
    )
    .addOption(
      new Option(
        '--store <kind>',
        'store of the server that the command starts. both: replay once on each store, and require equal metrics (default: both)',
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
