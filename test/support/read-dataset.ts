import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  DATASET_FILE,
  type DatasetHeader,
  KINDS,
  type Part,
  type Split,
  type SplitCounts,
} from '../../lab/learning/dataset-writer.ts'

/** Reads a training set from its folder: its header, and the rows of a split. */
export function readDataset(folder: string) {
  const file = (name: string) => readFileSync(join(folder, name))
  const header: DatasetHeader & { readonly splits: Record<Split, SplitCounts>; readonly static: SplitCounts } = JSON.parse(
    file(DATASET_FILE).toString(),
  )
  const numbersOf = (name: string) => new Uint8Array(file(name)).buffer
  const featuresOf = (name: Part) => new Float32Array(numbersOf(`${name}.features.f32`))
  const split = (name: Part) => ({
    features: featuresOf(name),
    labels: new Float32Array(numbersOf(`${name}.labels.f32`)),
    groups: new Uint32Array(numbersOf(`${name}.groups.u32`)),
  })
  /** Returns the decisions of a split, besides their rows. */
  const decisions = (name: Part) => {
    const numbers = new Float64Array(numbersOf(`${name}.decisions.f64`))
    return Array.from({ length: numbers.length / 3 }, (_, at) => {
      const [time, user, kind] = numbers.subarray(at * 3, at * 3 + 3)
      return { at: time, user, kind: KINDS[kind] }
    })
  }
  /** What a part has to compare a model with other rankings. Scores are row-major, rows × rankings of the header. */
  const ranked = (name: Part = 'validation') => ({
    scores: new Float32Array(numbersOf(`${name}.rankings.f32`)),
    inSession: new Uint8Array(numbersOf(`${name}.in_session.u8`)),
  })
  /** Returns the values of a feature in the rows of a split; undefined in each row if the set lacks the feature. */
  const column = (name: Part, feature: string) => {
    const features = featuresOf(name)
    const [at, width] = [header.features.indexOf(feature), header.features.length]
    return Array.from({ length: features.length / width }, (_, row) => (at < 0 ? undefined : features[row * width + at]))
  }
  return { header, file, split, decisions, ranked, column }
}
