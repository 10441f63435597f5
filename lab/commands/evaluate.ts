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
      `Measures how well rankings predict the next items of sessions in a test period. If impressions explain at least half of the clicks,
carts and purchases, also measures how well rankings predict the outcomes of impressions. Compares a model with other methods on the same
rows. Without --model, trains a model for each log on the events before its test period.`,
    )
    .argument('<folder...>', 'events.jsonl.gz and, if items have attributes, items.jsonl.gz')
    .addOption(new Option('--only <what>', 'evaluate only this').choices(['next_item', 'impressions']))
    .option('--model <dir>', 'the model folder to evaluate as the full system')
    .addOption(repeatable('--beside <dir>', 'another model folder to evaluate, under its own name'))
    .addOption(new Option('--features <kind>', 'features of the trained model').choices(FEATURE_CHOICES).default('portable'))
    .option(
      '--test-from <share>',
      'for logs without eventAttributes.split: share of the events before the test period',
      numberFrom(0.05, 0.98),
      0.75,
    )
    .option('--delays <minutes>', 'delays of user state and of shared state to evaluate, or none', '1,60,1440')
    .option('--surface-attribute <name>', 'the event attribute that names the surface, if it is not eventAttributes.surface')
    .option('--window <hours>', 'how long after an impression an action counts as its outcome', numberFrom(0.001, 24 * 90), 24)
    .option('--rows <n>', 'evaluate a sample of at most this many rows (default: all)', numberFrom(10, 1e9))
    .option('--delay-rows <n>', 'rows to evaluate with delays', numberFrom(10, 1e9), 3000)
    .option('--diversities <list>', 'diversity strengths of the slates, 0 to 1 (default: the usual ones)')
    .option('--slate-rows <n>', 'rows to make slates for', numberFrom(10, 1e9), 3000)
    .option('--svg <dir>', 'also write diversity-<log>.svg into this folder')
    .option('--report <file>', 'the HTML report to write', 'evaluation.html')
    .option('--json', 'print the metrics as JSON')
    .option('--seed <n>', 'seed of samples', numberFrom(0, 2 ** 31 - 1), 7)
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
