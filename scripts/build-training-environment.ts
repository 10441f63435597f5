import { buildTrainingEnvironment } from '../test/support/build-training-environment.ts'

/** Tells the process that started this one why the environment cannot be built; an empty text if it is built. */
const problem = await buildTrainingEnvironment()
process.send?.(problem)
// The channel would keep this process alive.
process.disconnect?.()
