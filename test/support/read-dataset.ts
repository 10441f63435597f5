import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What `dataset.json` says of a training set, as far as tests look at it. */
interface Header {
  readonly features: string[]
  readonly label: string
  readonly objective: string
  readonly monotone: object
  readonly positionFeature: string | null
}

type SplitName = 'train' | 'validation' | 'test'

/** Reads a training set from its folder: its header, and the rows of a split. */
export function readDataset(folder: string) {
  const file = (name: string) => readFileSync(join(folder, name))
  const header: Header = JSON.parse(file('dataset.json').toString())
  const numbersOf = (name: string) => new Uint8Array(file(name)).buffer
  const split = (name: SplitName) => ({
    features: new Float32Array(numbersOf(`${name}.features.f32`)),
    labels: new Float32Array(numbersOf(`${name}.labels.f32`)),
    groups: new Uint32Array(numbersOf(`${name}.groups.u32`)),
  })
  /** Returns the values of a feature in the rows of a split; undefined in each row if the set lacks the feature. */
  const column = (name: SplitName, feature: string) => {
    const { features } = split(name)
    const [at, width] = [header.features.indexOf(feature), header.features.length]
    return Array.from({ length: features.length / width }, (_, row) => (at < 0 ? undefined : features[row * width + at]))
  }
  return { header, file, split, column }
}
