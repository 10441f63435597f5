import { describe, expect, it } from 'vitest'
import { STANDARD_VS_KNN, VsKnn } from '../../../lab/evaluation/vs-knn.ts'

function learned(keep?: number): VsKnn {
  const knn = new VsKnn(keep)
  for (const itemId of ['a', 'b', 'c']) knn.learn('A', itemId)
  for (const itemId of ['a', 'b', 'b']) knn.learn('B', itemId)
  for (const itemId of ['b', 'd']) knn.learn('C', itemId)
  return knn
}

describe('VS-KNN', () => {
  it('scores the items of similar sessions by how late the shared item came', () => {
    // Weights of [a, b] are 1/4 and 1: A and B share 5/4, C shares 1.
    const scores = learned().scores('mine', ['a', 'b'], STANDARD_VS_KNN)
    expect(Object.fromEntries(scores)).toEqual({ a: 2.5, b: 3.5, c: 1.25, d: 1 })
    // Of [b, x] the shared item is the one before the last: its weight is 1/4, and it counts 1/2².
    const earlier = learned().scores('mine', ['b', 'x'], STANDARD_VS_KNN)
    expect(Object.fromEntries(earlier)).toEqual({ a: 2 / 16, b: 3 / 16, c: 1 / 16, d: 1 / 16 })
  })

  it('uses linear weights and cosine similarity if the options say so', () => {
    const linear = learned().scores('mine', ['a', 'b'], { ...STANDARD_VS_KNN, weighting: 'linear' })
    expect(linear.get('c')).toBe(1.5)
    const cosine = learned().scores('mine', ['a', 'b'], { ...STANDARD_VS_KNN, similarity: 'cosine' })
    expect(cosine.get('c')).toBeCloseTo(1.25 / Math.sqrt(3), 12)
  })

  it('uses the k most similar sessions of a sample of the latest', () => {
    const two = learned().scores('mine', ['a', 'b'], { ...STANDARD_VS_KNN, k: 2 })
    expect([...two.keys()].sort()).toEqual(['a', 'b', 'c'])
    const latest = learned().scores('mine', ['a', 'b'], { ...STANDARD_VS_KNN, sample: 1 })
    expect([...latest.keys()].sort()).toEqual(['b', 'd'])
    // Of equally similar sessions the later one counts.
    const later = learned().scores('mine', ['a'], { ...STANDARD_VS_KNN, k: 1 })
    expect([...later.keys()].sort()).toEqual(['a', 'b'])
  })

  it('does not use the session as its own neighbour, and gives no scores to new items', () => {
    const knn = learned()
    knn.learn('mine', 'n')
    expect(knn.scores('mine', ['n'], STANDARD_VS_KNN).size).toBe(0)
    expect([...knn.scores('other', ['n'], STANDARD_VS_KNN).keys()]).toEqual(['n'])
  })

  it('gives the same scores when it keeps no more sessions than a sample takes', () => {
    const bounded = new VsKnn(10)
    const whole = new VsKnn(1000)
    for (let session = 0; session < 100; session++) {
      for (const knn of [bounded, whole]) {
        knn.learn(`s${session}`, 'a')
        knn.learn(`s${session}`, `i${session % 7}`)
        knn.end(`s${session}`)
      }
    }
    const options = { ...STANDARD_VS_KNN, sample: 10 }
    expect([...bounded.scores('mine', ['a'], options)].sort()).toEqual([...whole.scores('mine', ['a'], options)].sort())
  })
})
