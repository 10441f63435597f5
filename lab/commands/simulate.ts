import { wholeNumberFrom } from '../../src/commands/option-parsers.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import type { SimulateOptions } from './run-simulate.ts'

export const simulateCommand: DefineCommand = (program) => {
  program
    .command('simulate')
    .summary('simulate shoppers: write their events to files, or let them use a server')
    .description(
      'Simulates a shop and its shoppers. With --out, the command writes their events into a folder. With --url, the shoppers use a running server. Pass one of the two.',
    )
    .option('--out <dir>', 'write events.jsonl.gz, items.jsonl.gz and README.md into this folder')
    .option(
      '--url <url>',
      'let the simulated shoppers use the running server at this GraphQL endpoint, such as http://127.0.0.1:4000/graphql. If the server asks for a key or token, set the environment variable LIVERANK_TOKEN to one of a backend',
    )
    .option(
      '--seed <n>',
      'seed of the random numbers: the same seed makes the same shop and shoppers',
      wholeNumberFrom(0, 4_294_967_295),
      1,
    )
    .option('--items <n>', 'number of items in the catalogue', wholeNumberFrom(1, 1_000_000), 400)
    .option('--shoppers <n>', 'number of simulated people who may visit', wholeNumberFrom(1, 1_000_000), 2000)
    .option(
      '--days <n>',
      'length of the simulated time in days. New items and new shoppers arrive during this time',
      wholeNumberFrom(1, 3650),
      14,
    )
    .option('--start <date>', 'with --out: the first day of the log (default: 2026-01-05)')
    .option('--sessions <n>', 'with --url: stop after this many visits (default: 200)', wholeNumberFrom(1, 1_000_000_000))
    .option(
      '--rate <n>',
      'with --url: send up to this many events a second, without pauses (default: pause between events as people do, but sixty times as fast)',
      wholeNumberFrom(1, 1_000_000),
    )
    .option('--live', 'with --url: get slates by subscription over WebSocket instead of by query')
    .addHelpText(
      'after',
      examples('liverank simulate --out ./shop --shoppers 500', 'liverank simulate --url http://127.0.0.1:4000/graphql --live'),
    )
    .action(async (options: SimulateOptions) => {
      const { runSimulate } = await import('./run-simulate.ts')
      await runSimulate(options)
    })
}
