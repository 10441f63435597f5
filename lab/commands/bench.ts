import { type DefineCommand, examples } from '../../src/commands/program.ts'

export const benchCommand: DefineCommand = (program) => {
  program
    .command('bench')
    .summary('run a benchmark')
    .description(
      `Runs a benchmark. This works only in a clone of the repository. The --help of a benchmark says what it measures, and lists
its options.`,
    )
    .argument('<name>', 'the name of the benchmark. With an unknown name, the command lists all benchmarks')
    .argument('[options...]', 'options of the benchmark')
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText('after', examples('liverank bench recommend --help'))
    .action(async (name: string, options: string[]) => {
      const { runBench } = await import('./run-bench.ts')
      await runBench(name, options)
    })
}
