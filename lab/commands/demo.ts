import { type DefineCommand, examples } from '../../src/commands/program.ts'

/** Defines the command `liverank demo`. */
export const demoCommand: DefineCommand = (program) => {
  program
    .command('demo')
    .summary('run the service with a simulated shop')
    .description(
      'Runs the service with a demo shop. If DATA_DIR (or Redis) has no data yet, the command first fills it with 300 items and with invented events. When the service is ready, it logs a line `serving` with its address for GraphQL queries. In a browser, open the address `page` of this line: it leads to the demo shop at /demo, and to GraphiQL, an editor for queries. From then on, simulated shoppers visit the shop, with about one event a second.',
    )
    .option('--no-traffic', 'no simulated shoppers visit the shop')
    .addHelpText('after', examples('DATA_DIR=/tmp/demo PORT=8080 liverank demo   # another folder and another port'))
    .action(async ({ traffic }: { readonly traffic: boolean }) => {
      const { serveDemo } = await import('../demo/serve-demo.ts')
      await serveDemo(process.env, { hasTraffic: traffic })
    })
}
