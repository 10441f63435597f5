import type { Command } from 'commander'
import { PathOption } from '../../src/commands/checked-paths.ts'
import { numberFrom } from '../../src/commands/option-parsers.ts'
import { writableFolder } from '../../src/commands/path-checks.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import type { DiscoveryCommandOptions, RegretCommandOptions } from './run-exploration.ts'

/** Defines the command `liverank exploration` with its subcommands. */
export const explorationCommand: DefineCommand = (program) => {
  const exploration = program
    .command('exploration')
    .summary('measure what it costs and brings to show some items at random (exploration)')
    .helpCommand(false)
    .description(
      'Measures the costs and benefits of exploration, with simulated shoppers. With exploration, some lists of recommended items have an exploration slot. This position shows an item drawn at random, so that new items are seen too. The command `regret` measures how many clicks such slots cost. The command `discovery` measures how much sooner the service finds out that shoppers like a new item.',
    )
    .addHelpText(
      'after',
      examples(
        'liverank exploration regret --rounds 10000 --out ./regret   # shows 10,000 slots to simulated shoppers',
        'liverank exploration discovery --seeds 1 --days 7 --out ./discovery   # simulates one shop for a week',
      ),
    )
  addRegret(exploration)
  addDiscovery(exploration)
}

function addRegret(exploration: Command): void {
  exploration
    .command('regret')
    .summary('measure the clicks that an exploration slot loses')
    .description(
      `Measures how many clicks exploration slots (positions that show an item drawn at random) cost. Each slot shows one of 20 new
items to a simulated shopper, who clicks with a probability that the simulation knows. The cost of a slot is the highest
click probability among the 20 items, minus the click probability of the item shown. The command adds up the costs of all
slots. For comparison, it does the same with two other kinds of slots. The first kind draws all items with equal probability.
The second kind always shows the item for which the service predicts the highest click probability. The command writes a
chart (regret.svg) and the numbers (regret.json).`,
    )
    .option('--rounds <n>', 'show this number of slots to simulated shoppers', numberFrom(100, 10_000_000), 100_000)
    .option(
      '--seed <n>',
      'use this seed, a number that decides everything random. With the same seed, the result is the same',
      numberFrom(0, 1e9),
      1,
    )
    .option(
      '--gamma <n>',
      'set how strongly slots prefer items for which the service predicts a high click probability. With a number near 0, they draw all items equally often. With a higher number, they more often show the item with the highest prediction (default: the number in the domain (configuration), such as 300 in e-commerce)',
      numberFrom(1e-9, 1e12),
    )
    .addOption(outOption('regret.json', 'regret.svg'))
    .addHelpText('after', examples('liverank exploration regret --rounds 10000   # shows 10,000 slots to simulated shoppers'))
    .action(async (options: RegretCommandOptions) => {
      const { runRegret } = await import('./run-exploration.ts')
      await runRegret(options)
    })
}

function addDiscovery(exploration: Command): void {
  exploration
    .command('discovery')
    .summary('measure how long it takes to find a good new item')
    .description(
      `Measures how long the service takes to find good new items, with and without exploration slots (positions that show an item
drawn at random). The command simulates shoppers who use the real service. A good item belongs to the sixth
of the items that shoppers like most. Such an item is found when it has become visible 20 times outside exploration slots. The
command prints how many hours this takes from its arrival, and writes the result to discovery.json.`,
    )
    .option(
      '--seeds <n>',
      'simulate this number of shops. A shop has a seed, a number that decides everything random in it: 1 for the first shop, 2 for the second, and so on',
      numberFrom(1, 100),
      3,
    )
    .option('--days <n>', 'simulate this number of days in each shop', numberFrom(2, 365), 14)
    .option(
      '--shoppers <n>',
      'simulate this number of shoppers in each shop. Chance decides when each of them visits the shop',
      numberFrom(1, 1e6),
      1500,
    )
    .option(
      '--items <n>',
      'put this number of items into each shop. A fifth of them arrive during the simulated days',
      numberFrom(50, 1e6),
      400,
    )
    .option(
      '--times <n>',
      'multiply the share of recommendation lists that have an exploration slot by this number. With 0.5, half as many lists have a slot',
      numberFrom(0.01, 100),
      1,
    )
    .option(
      '--listings <share>',
      'set how many of the pages that the shop itself sorts (search results and lists of a category) shoppers see, as a share from 0 to 1. Instead of the other pages, they see recommendations. With 0, they see only recommendations, as in a feed',
      numberFrom(0, 1),
      1,
    )
    .option(
      '--model <name>',
      'rank with the model of this name: a folder in MODEL_DIR, or a model of the package. With an empty name, no model ranks',
      'default',
    )
    .addOption(outOption('discovery.json'))
    .addHelpText('after', examples('liverank exploration discovery --seeds 1 --days 7   # simulates one shop for a week'))
    .action(async (options: DiscoveryCommandOptions) => {
      const { runDiscovery } = await import('./run-exploration.ts')
      await runDiscovery(options)
    })
}

function outOption(...files: readonly string[]): PathOption {
  return new PathOption(
    '--out <dir>',
    'write the results into this folder',
    writableFolder(() => files),
  ).default('exploration')
}
