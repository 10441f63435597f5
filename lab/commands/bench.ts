import { type DefineCommand, examples } from '../../src/commands/program.ts'

export const benchCommand: DefineCommand = (program) => {
  program
    .command('bench')
    .summary('run a benchmark')
    .description('Runs a benchmark, in a clone. Its own --help says what it measures and takes.')
    .argument('<name>', 'a benchmark; a name that does not exist lists them all')
    .argument('[options...]', 'options of the benchmark')
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText('after', examples('liverank bench recommend --help'))
    .action(async (name: string, options: string[]) => {
      const { runBench } = await import('./run-bench.ts')
      await runBench(name, options)
    })
}
