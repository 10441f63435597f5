import { type Command, Option } from 'commander'
import { PathOption } from '../../src/commands/checked-paths.ts'
import { wholeNumberFrom } from '../../src/commands/option-parsers.ts'
import { writableFolder } from '../../src/commands/path-checks.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import type { SimulateOptions } from './run-simulate.ts'
import { tasteStrengthOption, tastesOption } from './tastes-option.ts'

/** Defines the command `liverank simulate`. */
export const simulateCommand: DefineCommand = (program) => {
  const simulate = program
    .command('simulate')
    .summary('simulate shoppers: write their events to files, or let them use a server')
    .description(
      'Simulates a shop and its shoppers, who view, click and buy items. Pass either --out, which writes their events into a folder, or --url, which sends them to a running service.',
    )
    .addOption(
      new PathOption(
        '--out <dir>',
        'write the events (events.jsonl.gz), the items (items.jsonl.gz) and a description (README.md) into this folder. With --tastes, also write the attributes of the shoppers (users.jsonl.gz)',
        writableFolder(() => ['events.jsonl.gz', 'items.jsonl.gz', 'users.jsonl.gz', 'README.md']),
      ),
    )
    .option(
      '--url <url>',
      'send the events to the service at this address, such as http://127.0.0.1:4000/graphql. If callers need a key, set the environment variable LIVERANK_TOKEN to one with the role backend',
    )
  addShopOptions(simulate)
  simulate
    .option('--start <date>', 'with --out: begin the simulation on this day (default: 2026-01-05)')
    .option('--no-impressions', 'with --out: write no impressions (events that items became visible)')
    .option('--sessions <n>', 'with --url: stop after this number of visits (default: 200)', wholeNumberFrom(1, 1_000_000_000))
    .option(
      '--rate <n>',
      'with --url: send at most this many events a second, without pauses. By default, the command makes the pauses of people sixty times shorter',
      wholeNumberFrom(1, 1_000_000),
    )
    .option('--live', 'with --url: get recommendations by subscriptions over WebSocket instead of queries')
    .addHelpText(
      'after',
      examples(
        'liverank simulate --out ./shop --shoppers 500   # writes the events of 500 shoppers into ./shop',
        'liverank simulate --url http://127.0.0.1:4000/graphql --live   # sends events to a running service',
      ),
    )
    .action(async (options: SimulateOptions) => {
      const { runSimulate } = await import('./run-simulate.ts')
      await runSimulate(options)
    })
}

/** Adds the options that say which shop and which shoppers are simulated. */
function addShopOptions(simulate: Command): void {
  simulate
    .option('--seed <n>', 'the same seed simulates the same shop and the same shoppers', wholeNumberFrom(0, 4_294_967_295), 1)
    .option('--items <n>', 'put this number of items into the simulated shop', wholeNumberFrom(1, 1_000_000), 400)
    .option(
      '--shoppers <n>',
      'simulate this number of shoppers, who visit the shop at random times',
      wholeNumberFrom(1, 1_000_000),
      2000,
    )
    .option(
      '--days <n>',
      'simulate this number of days, during which some of the items and shoppers arrive',
      wholeNumberFrom(1, 3650),
      14,
    )
    .addOption(searchOption())
    .addOption(
      tastesOption(
        'give shoppers these attributes, and let what they like depend on them. With --url, the command uploads them before the first visit. By default, shoppers have no attributes',
      ),
    )
    .addOption(tasteStrengthOption())
}

function searchOption(): Option {
  return new Option(
    '--search',
    'let shoppers see search results as slates, on the surface search. With --out, they see them in the order of the search engine. With --url, the service ranks them, as candidates with ordered: true. By default, the shop shows search results without the service, and reports no impressions of them',
  )
}
