import { PathArgument } from './checked-paths.ts'
import { readableFolder } from './path-checks.ts'
import { type DefineCommand, examples } from './program.ts'

/** Defines the command `liverank upload-model`. */
export const uploadModelCommand: DefineCommand = (program) => {
  program
    .command('upload-model')
    .summary('upload a model to a service, and register it')
    .description(
      `Uploads a model into the store of a running service, and registers it: the service checks the model, but does not use it yet. All
processes of the service read the model from the store, so no host needs its folder. Set the environment variable LIVERANK_TOKEN to the key or
token of an admin.`,
    )
    .addArgument(
      new PathArgument(
        '<folder>',
        'upload the model in this folder: model.onnx, and metrics.json if it is there',
        readableFolder,
      ),
    )
    .option('--name <name>', 'give the model this name. By default, it has the name of its folder')
    .option('--url <url>', 'upload to the service with this address', 'http://127.0.0.1:4000/graphql')
    .addHelpText(
      'after',
      examples('# upload a model that liverank train wrote', 'LIVERANK_TOKEN=lrk_… liverank upload-model models/2026-12-07'),
    )
    .action(async (folder: string, options: { readonly name?: string; readonly url: string }) => {
      const { runUploadModel } = await import('./run-upload-model.ts')
      await runUploadModel(folder, options)
    })
}
