import { expect, it } from 'vitest'
import { figuresOf, numberOf } from '../support/bench-figures.ts'

it('the benchmark of stored slates finds that they take less space than JSON', async () => {
  const figures = await figuresOf('slates', '--store', 'embedded', '--users', '10', '--rounds', '3')
  const bytes = (name: string) => numberOf(figures, `embedded ${name}`, 'bytes', 'mean')
  expect(bytes('packed') * 2).toBeLessThan(bytes('as JSON'))
  expect(bytes('packed, without the features that the model read') * 2).toBeLessThan(bytes('packed'))
  expect(numberOf(figures, 'embedded reading what events need', 'toJson')).toBeLessThan(1)
})
