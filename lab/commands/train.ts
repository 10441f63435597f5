import { join } from 'node:path'
import { Option } from 'commander'
import { PathArgument, PathOption } from '../../src/commands/checked-paths.ts'
import { numberFrom } from '../../src/commands/option-parsers.ts'
import { anyLog, newPath, onlyIf, readableFolder } from '../../src/commands/path-checks.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import { surfaceAttributeOption } from '../../src/commands/surface-attribute-option.ts'
import { featuresOption } from './features-option.ts'
import { givenOrderOption } from './given-order-option.ts'
import type { TrainOptions } from './run-train.ts'

/** Defines the command `liverank train`. */
export const trainCommand: DefineCommand = (program) => {
  program
    .command('train')
    .summary('train a ranking model on logs')
    .description(
      `Trains a model that ranks items, and writes it into a folder. The command reads the events of a log in order. It takes moments at which
the service could have recommended items. For these, it computes the features (numbers about users and items) that the service would have had.
From these features, the model learns to predict which item the user chooses. The first run builds a Python environment of about 400 MB.`,
    )
    .addArgument(logArgument())
    .addOption(outOption())
    .option(
      '--until <share>',
      'use only this share of the events of each log, from the beginning. For example, 0.6 is the first 60 %',
      numberFrom(0.01, 1),
      1,
    )
    .option(
      '--decisions <n>',
      'learn from a random sample of at most this many decisions in each log. A decision is a moment at which the service could have recommended items',
      numberFrom(100, 1e7),
      20_000,
    )
    .addOption(labelOption())
    .addOption(windowOption())
    .addOption(surfaceAttributeOption('for a data folder: '))
    .addOption(givenOrderOption('for a data folder: '))
    .option('--within-sessions', 'with the label next_item: do not learn from the first action of each session (visit)')
    .option(
      '--negatives <n>',
      'with the label next_item: for each decision, learn from the item that the user chose, and from this many other items, drawn at random',
      numberFrom(1, 1000),
      50,
    )
    .addOption(
      new PathOption(
        '--dataset <dir>',
        'write the training set (features and labels) into this folder, which must not exist, and fit no model',
        newPath('a training set is never overwritten: give another --dataset, or remove the folder.'),
      ),
    )
    .addOption(compareOption())
    .addOption(keepTrainedOption())
    .addOption(featuresOption('set which features the model uses'))
    .addOption(easeOption())
    .option('--seed <n>', 'use this seed: the same seed draws the same random samples', numberFrom(0, 2 ** 31 - 1), 7)
    .addHelpText(
      'after',
      examples(
        '# train on the log of a service',
        'liverank train ./data --out models/own',
        '# train on the log of another system, in a data folder',
        'liverank train ./history --label next_item --decisions 50000',
      ),
    )
    .action(async (folders: string[], options: TrainOptions) => {
      const { runTrain } = await import('./run-train.ts')
      await runTrain(folders, options)
    })
}

function easeOption(): Option {
  return new Option(
    '--ease',
    'for a data folder: also learn from neighbour lists, such as liverank offline computes. The command computes them at five points of the log, each time from the events before this point',
  )
}

function logArgument(): PathArgument {
  return new PathArgument(
    '<folder...>',
    'learn from the log in this folder. For the log of a service, pass the folder in its setting DATA_DIR or in ARCHIVE_DIR (which contains its old log files). A folder that liverank export wrote works too. For the log of another system, pass a data folder: a folder with the file events.jsonl.gz. It also needs the file items.jsonl.gz if items have attributes, and slates.jsonl.gz if events name a slate (list of recommended items) by the field recommendationId',
    anyLog,
  )
}

function outOption(): Option {
  const check = newPath('a model is never overwritten: give another --out, or remove the folder.')
  return new PathOption(
    '--out <dir>',
    'write the model into this folder, which must not exist yet',
    onlyIf(({ options }) => options.dataset === undefined, check),
  ).default(join('models', new Date().toISOString().slice(0, 10)), 'models/<date>')
}

function labelOption(): Option {
  return new Option(
    '--label <label>',
    `set what the model learns to predict. With next_item, it learns on which item the user acts next. With impressions, it learns which of the
shown items the user clicks, puts into the cart or buys. With auto, the command chooses impressions if each log says which items users had seen
before they clicked, and next_item if no log says this. If only some logs say it, the command stops`,
  )
    .choices(['next_item', 'impressions', 'auto'])
    .default('auto')
}

function windowOption(): Option {
  return new Option(
    '--window <hours>',
    'with the label impressions: count a click or purchase only if it comes within this many hours after its slate was first seen',
  )
    .argParser(numberFrom(0.001, 24 * 90))
    .default(24)
}

function compareOption(): Option {
  return new PathOption(
    '--compare <dir>',
    'also evaluate the model in this folder, so that you can compare the new model with it. The command evaluates both on events from which the new model did not learn',
    readableFolder,
  )
}

function keepTrainedOption(): Option {
  return new Option(
    '--keep-trained',
    'keep the trained model even if it ranks no better than simpler methods. Without this option, the model that comes with Liverank then takes its place',
  )
}
