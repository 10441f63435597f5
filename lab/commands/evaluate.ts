import { Option } from 'commander'
import { numberFrom, repeatable } from '../../src/commands/option-parsers.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import { FEATURE_CHOICES } from '../learning/feature-choices.ts'
import type { EvaluateOptions } from './run-evaluate.ts'

export const evaluateCommand: DefineCommand = (program) => {
  program
    .command('evaluate')
    .summary('compare a model with other methods on a log')
    .description(
      `Measures how well a model and other methods predict on which item a user acts next, in the last part of a log (the test period). A row
of the evaluation is a moment at which a user has just acted. For each row, every method ranks all items that are known so far. If at least
half of the clicks, cart events and purchases follow an impression of the item (the event that it became visible), the command also measures
how well the methods predict which of the shown items users choose. Without --model, it first trains a model on the events before the test
period.`,
    )
    .argument('<folder...>', 'a folder with events.jsonl.gz and, if items have attributes, items.jsonl.gz')
    .addOption(onlyOption())
    .option('--model <dir>', 'the folder of the model to evaluate (default: train one)')
    .addOption(repeatable('--beside <dir>', 'also evaluate the model in this folder, under the name of the folder'))
    .addOption(featuresOption())
    .option(
      '--test-from <share>',
      'for logs without the key split in eventAttributes: the test period begins after this share of the events, 0 to 1',
      numberFrom(0.05, 0.98),
      0.75,
    )
    .addOption(delaysOption())
    .option(
      '--surface-attribute <name>',
      'the key of eventAttributes that names the surface (place in the app), if it is not surface',
    )
    .addOption(windowOption())
    .option(
      '--rows <n>',
      'evaluate a random sample of at most this many rows, which are moments after an action (default: all)',
      numberFrom(10, 1e9),
    )
    .option(
      '--delay-rows <n>',
      'with --delays: evaluate a random sample of at most this many rows (moments after an action)',
      numberFrom(10, 1e9),
      3000,
    )
    .option(
      '--diversities <list>',
      'values of the setting diversity to compare, 0 to 1, separated by commas. A higher value mixes more kinds of items (default: 0.01,0.02,0.03,0.05,0.1,0.2)',
    )
    .option(
      '--slate-rows <n>',
      'to measure diversity, make slates (lists of recommended items) for at most this many rows (moments after an action)',
      numberFrom(10, 1e9),
      3000,
    )
    .option('--svg <dir>', 'also write a chart of the effects of diversity for each log into this folder: diversity-<log>.svg')
    .option('--report <file>', 'the HTML report to write', 'evaluation.html')
    .option('--json', 'print the metrics as JSON')
    .option('--seed <n>', 'seed of the random numbers for samples', numberFrom(0, 2 ** 31 - 1), 7)
    .addHelpText(
      'after',
      examples(
        'liverank evaluate ./history --model models/default',
        'liverank evaluate ./history --rows 3000 --delays none --report history.html',
      ),
    )
    .action(async (folders: string[], options: EvaluateOptions) => {
      const { runEvaluate } = await import('./run-evaluate.ts')
      await runEvaluate(folders, options)
    })
}

function onlyOption(): Option {
  return new Option(
    '--only <what>',
    'measure only this: the next item of users, or the choice among shown items (impressions)',
  ).choices(['next_item', 'impressions'])
}

function featuresOption(): Option {
  return new Option(
    '--features <kind>',
    'without --model: features of the model to train. portable: features that mean the same in any shop. any_domain: portable features that all built-in domains have. all: every feature',
  )
    .choices(FEATURE_CHOICES)
    .default('portable')
}

function windowOption(): Option {
  return new Option(
    '--window <hours>',
    'for impressions: the time in hours, after an item was shown, in which a click or purchase counts as its result',
  )
    .argParser(numberFrom(0.001, 24 * 90))
    .default(24)
}

function delaysOption(): Option {
  return new Option(
    '--delays <minutes>',
    `also measure how well the model ranks with late data. Either the state of the user or the totals over all users are then late by each of
these times, separated by commas. none: do not measure this`,
  ).default('1,60,1440')
}
