import { type DefineCommand, examples } from '../../src/commands/program.ts'

/** Defines the command `liverank bench`. */
export const benchCommand: DefineCommand = (program) => {
  program
    .command('bench')
    .summary('run a benchmark')
    .description(
      `Runs a benchmark, which measures how fast a part of the service is. It works only in a clone of the repository. Pass --help after the
name to see what a benchmark measures and which options it has.`,
    )
    .argument('<name>', 'run this benchmark, such as recommend. With an unknown name, the command lists all names')
    .argument('[options...]', 'pass these options to the benchmark')
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText('after', examples('liverank bench recommend --help   # explains the benchmark recommend'))
    .action(async (name: string, options: string[]) => {
      const { runBench } = await import('./run-bench.ts')
      await runBench(name, options)
    })
}
