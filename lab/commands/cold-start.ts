import { InvalidArgumentError, Option } from 'commander'
import { PathOption } from '../../src/commands/checked-paths.ts'
import { wholeNumberFrom } from '../../src/commands/option-parsers.ts'
import { writableFolder } from '../../src/commands/path-checks.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import type { ColdStartCommandOptions } from './run-cold-start.ts'
import { tasteStrengthOption, tastesOption } from './tastes-option.ts'

/** Most numbers of events after which one run measures. */
const MOST_COUNTS = 20

/** Defines the command `liverank cold-start`. */
export const coldStartCommand: DefineCommand = (program) => {
  program
    .command('cold-start')
    .summary('measure how well the service recommends to users without events, by their attributes')
    .description(
      `Measures how much the attributes of users help before their first event. The command simulates shoppers whose tastes depend on
their attributes, and records their events in a service of its own. Then it asks this service for the home pages of new users. By the
clicks that each page would bring, it compares the pages with the most popular items, and with the best choice by attributes alone.
DOMAIN must name a domain with cohorts, such as examples/simulated-people.yaml.`,
    )
    .addOption(
      tastesOption('let the tastes of shoppers depend on these attributes').default(['age', 'city', 'size'], 'age,city,size'),
    )
    .addOption(tasteStrengthOption())
    .addOption(
      new Option('--events <list>', 'measure after these numbers of events, separated by commas')
        .argParser(eventCounts)
        .default([10_000, 100_000], '10000,100000'),
    )
    .option('--seeds <n>', 'simulate this number of shops, with the seeds 1, 2 and so on', wholeNumberFrom(1, 100), 3)
    .option('--items <n>', 'put this number of items into each shop', wholeNumberFrom(1, 1_000_000), 400)
    .option('--shoppers <n>', 'simulate this number of shoppers in each shop', wholeNumberFrom(1, 1_000_000), 2000)
    .option(
      '--days <n>',
      'let some of the items and shoppers arrive during this number of days. The simulation lasts longer if --events needs more time',
      wholeNumberFrom(1, 3650),
      14,
    )
    .option('--people <n>', 'measure the home pages of this number of new users', wholeNumberFrom(1, 10_000), 200)
    .option(
      '--shuffled',
      'upload the attributes of other shoppers, drawn at random. They say nothing about tastes, so the service must gain nothing',
    )
    .option(
      '--feedback',
      'let shoppers see the slates of the measured service. By default, they see those of a service that knows no attributes, so that the measured service does not influence them',
    )
    .option(
      '--model <name>',
      'rank with this model: a folder in MODEL_DIR, or a model of the package. {seed} stands for the seed of the shop. With an empty name, no model ranks',
      '',
    )
    .addOption(
      new PathOption(
        '--out <dir>',
        'also write all numbers into this folder (cold-start.json)',
        writableFolder(() => ['cold-start.json']),
      ),
    )
    .addHelpText(
      'after',
      examples('DOMAIN=examples/simulated-people.yaml liverank cold-start --seeds 1 --events 10000   # measures one shop'),
    )
    .action(async (options: ColdStartCommandOptions) => {
      const { runColdStart } = await import('./run-cold-start.ts')
      await runColdStart(options)
    })
}

function eventCounts(text: string): readonly number[] {
  const counts = text.split(',').map(Number)
  const isAscending = counts.every((count, at) => Number.isInteger(count) && count > (counts[at - 1] ?? 0) && count <= 1e9)
  if (isAscending && counts.length <= MOST_COUNTS) return counts
  throw new InvalidArgumentError(
    `Give at most ${MOST_COUNTS} whole numbers from 1 to 1,000,000,000 in ascending order, such as 10000,100000.`,
  )
}
