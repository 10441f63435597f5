import { buildTrainingEnvironment } from '../test/support/build-training-environment.ts'

/** What the setup of the tests does, while something else runs. What cannot be built is said there. */
await buildTrainingEnvironment()
