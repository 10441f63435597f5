import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DATASET_FILE, type DatasetHeader, type Split } from '../../lab/learning/dataset-writer.ts'

/** Reads a training set from its folder: its header, and the rows of a split. */
export function readDataset(folder: string) {
  const file = (name: string) => readFileSync(join(folder, name))
  const header: DatasetHeader = JSON.parse(file(DATASET_FILE).toString())
  const numbersOf = (name: string) => new Uint8Array(file(name)).buffer
  const featuresOf = (name: Split) => new Float32Array(numbersOf(`${name}.features.f32`))
  const split = (name: Split) => ({
    features: featuresOf(name),
    labels: new Float32Array(numbersOf(`${name}.labels.f32`)),
    groups: new Uint32Array(numbersOf(`${name}.groups.u32`)),
  })
  /** Returns the values of a feature in the rows of a split; undefined in each row if the set lacks the feature. */
  const column = (name: Split, feature: string) => {
    const features = featuresOf(name)
    const [at, width] = [header.features.indexOf(feature), header.features.length]
    return Array.from({ length: features.length / width }, (_, row) => (at < 0 ? undefined : features[row * width + at]))
  }
  return { header, file, split, column }
}
