import { PathArgument, PathOption } from '../../src/commands/checked-paths.ts'
import { readableFile } from '../../src/commands/path-checks.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import { summaryPage } from './summary-page-check.ts'

/** Defines the command `liverank evaluation-summary`. */
export const evaluationSummaryCommand: DefineCommand = (program) => {
  program
    .command('evaluation-summary')
    .summary('summarise evaluations on several logs')
    .description(
      `Reads the results of several evaluations, and says on which logs the evaluated model is better or worse than all other methods, beyond
chance. It writes a Markdown page, and a chart beside it. Use it if the logs were evaluated one by one. For all logs at once, use: liverank
evaluate --summary`,
    )
    .addArgument(new PathArgument('<result...>', 'read this file, which liverank evaluate --json printed', readableFile))
    .addOption(
      new PathOption('--out <file>', 'write the page to this file, and the chart beside it (.svg)', summaryPage).default(
        'evaluation-summary.md',
      ),
    )
    .addHelpText(
      'after',
      examples(
        '# evaluate two logs, one after the other, and summarise both',
        'liverank evaluate ./spring --json > spring.json',
        'liverank evaluate ./autumn --json > autumn.json',
        'liverank evaluation-summary spring.json autumn.json',
      ),
    )
    .action(async (results: string[], { out }: { readonly out: string }) => {
      const { runEvaluationSummary } = await import('./run-evaluation-summary.ts')
      await runEvaluationSummary(results, out)
    })
}
