import { type DefineCommand, examples } from '../../src/commands/program.ts'

export const demoCommand: DefineCommand = (program) => {
  program
    .command('demo')
    .summary('run the service with a simulated shop')
    .description(
      'Runs the service with GraphiQL, a console in the browser for queries. If the store is new, the command first fills it with a simulated shop and its events of the last days.',
    )
    .addHelpText('after', examples('liverank demo', 'DATA_DIR=/tmp/demo PORT=8080 liverank demo'))
    .action(async () => {
      const { serveDemo } = await import('../demo/serve-demo.ts')
      await serveDemo(process.env)
    })
}
