import { readResults } from '../verdicts/evaluation-result.ts'
import { printVerdicts } from '../verdicts/print-verdicts.ts'
import { writeSummary } from '../verdicts/summary-page.ts'

/**
 * Judges the evaluated models over all logs of these results, prints the verdicts, and writes them as a page.
 * @param paths files that `evaluate --json` printed
 * @param out path of the page
 * @throws InvalidInputError if a file is something else, or if two files have results of the same log
 */
export async function runEvaluationSummary(paths: readonly string[], out: string): Promise<void> {
  const results = await readResults(paths)
  await writeSummary(out, results)
  printVerdicts(results.flatMap(({ logs }) => logs))
  console.log(`\n${out} has the summary.`)
}
