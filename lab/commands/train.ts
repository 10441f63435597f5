import { Option } from 'commander'
import { numberFrom } from '../../src/commands/option-parsers.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import { FEATURE_CHOICES } from '../learning/feature-choices.ts'
import type { TrainOptions } from './run-train.ts'

export const trainCommand: DefineCommand = (program) => {
  program
    .command('train')
    .summary('train a ranking model on logs')
    .description(
      `Trains a model that ranks items, and writes it into a folder. The command processes the events of a log again. It computes the features
(numbers about users and items) that the service would have computed, and fits the model to them. The first run builds a Python environment
of about 400 MB.`,
    )
    .argument(
      '<folder...>',
      `a log that a service recorded: its DATA_DIR (with its archive, or that of ARCHIVE_DIR), an archive alone, or a folder of liverank export.
Or a folder with a log from elsewhere: events.jsonl.gz, with items.jsonl.gz if items have attributes, and slates.jsonl.gz if events have a
recommendationId`,
    )
    .option('--out <dir>', 'the model folder to create, which must not exist (default: models/<date>)')
    .option('--until <share>', 'use only the first part of each log: this share of its events, 0 to 1', numberFrom(0.01, 1), 1)
    .option(
      '--decisions <n>',
      'number of decisions (moments at which the service could have ranked items) to learn from, at most, in each log. They are a random sample',
      numberFrom(100, 1e7),
      20_000,
    )
    .addOption(labelOption())
    .option(
      '--window <hours>',
      'with the label impressions: the time in hours, from the first impression of a slate (list of recommended items), in which an action on its items counts',
      numberFrom(0.001, 24 * 90),
      24,
    )
    .option(
      '--surface-attribute <name>',
      'for a log from elsewhere: the key of eventAttributes that names the surface (place in the app), if it is not surface',
    )
    .option(
      '--within-sessions',
      'with the label next_item: leave out the first item of each session, so that the model learns only from later items',
    )
    .option(
      '--negatives <n>',
      'with the label next_item: number of candidates that the user did not choose, which the training set keeps for each decision. They are drawn at random',
      numberFrom(1, 1000),
      50,
    )
    .option('--dataset <dir>', 'write the training set into this folder, which must not exist, and fit no model')
    .option('--compare <dir>', 'also evaluate the model in this folder, on the same test data')
    .addOption(featuresOption())
    .option('--seed <n>', 'seed of the random numbers for samples and for the fit', numberFrom(0, 2 ** 31 - 1), 7)
    .addHelpText(
      'after',
      examples('liverank train ./data --out models/own', 'liverank train ./history --label next_item --decisions 50000'),
    )
    .action(async (folders: string[], options: TrainOptions) => {
      const { runTrain } = await import('./run-train.ts')
      await runTrain(folders, options)
    })
}

function labelOption(): Option {
  return new Option(
    '--label <label>',
    `what the model learns to predict. next_item: the item on which the user acts next. impressions: for each shown item, whether the user clicked
it, put it into the cart or bought it. auto: the command looks whether at least half of the clicks, cart events and purchases follow an
impression of the item (the event that the item became visible). If so in each log, auto means impressions. If so in no log, it means
next_item`,
  )
    .choices(['next_item', 'impressions', 'auto'])
    .default('auto')
}

function featuresOption(): Option {
  return new Option(
    '--features <kind>',
    'portable: features that mean the same in any shop. any_domain: portable features that all built-in domains have. all: every feature',
  )
    .choices(FEATURE_CHOICES)
    .default('portable')
}
