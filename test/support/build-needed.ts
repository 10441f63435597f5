import type { TestProject } from 'vitest/node'
import { neededBuilds } from './needed-builds.ts'

/** Builds what the test files of this run need, and nothing else: most need nothing. */
export default async function setup(project: TestProject): Promise<void> {
  const needed = neededBuilds(...project.vitest.state.getPaths())
  if (needed.has('service') || needed.has('pages')) {
    const { buildPages, buildService } = await import('./build-service.ts')
    if (needed.has('service')) await buildService()
    if (needed.has('pages')) buildPages()
    // `vitest` watches the sources, and runs tests again when they change.
    if (needed.has('service')) project.onTestsRerun(buildService)
  }
  if (needed.has('python')) {
    const { buildTrainingEnvironment } = await import('./build-training-environment.ts')
    const problem = await buildTrainingEnvironment()
    if (problem !== '') console.warn(`Tests that train are skipped: ${problem}`)
    project.provide('pythonProblem', problem)
  }
}
