import { type DefineCommand, examples } from './program.ts'

export const serveCommand: DefineCommand = (program) => {
  program
    .command('serve')
    .summary('run the service')
    .description(
      'Runs the service until it gets SIGTERM or SIGINT. Settings are environment variables: docs/reference/settings.md lists them.',
    )
    .addHelpText(
      'after',
      examples(
        'liverank serve',
        'REDIS_URL=redis://127.0.0.1:6379 PORT=8080 liverank serve',
        'DOMAIN=news DATA_DIR=/var/lib/liverank liverank serve',
      ),
    )
    .action(async () => {
      const { serve } = await import('../serve.ts')
      await serve(process.env)
    })
}
