import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take longest, measured on two cores. One that begins last leaves all cores but its own idle for as long as it takes. */
const LONGEST = [
  'test/fuzz/fuzz.test.ts',
  // Beside the fuzzer, which keeps several processes busy, what needs one core only.
  'test/deterministic/simulation.test.ts',
  'test/soak/soak.test.ts',
  'test/lab/commands/train.test.ts',
  'test/faults/fault-table.test.ts',
  'test/lab/replay/killed.long.test.ts',
  'test/deterministic-embedded/simulation.test.ts',
  'test/lab/commands/replay.test.ts',
  'test/main.test.ts',
  'test/state/redis/cluster.test.ts',
]

/** Starts the longest test files first, whatever an earlier run may have recorded, and the others in the usual order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files)
    const rank = ({ moduleId, project }: TestSpecification) => {
      const at = LONGEST.indexOf(relative(project.config.root, moduleId))
      return at < 0 ? LONGEST.length : at
    }
    return usual.sort((a, b) => rank(a) - rank(b))
  }
}
