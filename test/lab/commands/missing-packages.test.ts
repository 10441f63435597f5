import { expect, it } from 'vitest'
import { namingMissingPackages } from '../../../lab/commands/missing-packages.ts'

/** As Node throws it when a module imports this package. */
function notFound(name: string): Error {
  return Object.assign(new Error(`Cannot find package '${name}' imported from /app/x.js`), { code: 'ERR_MODULE_NOT_FOUND' })
}

it('names all packages that only the lab imports, with versions, when one of them is missing', () => {
  const error = namingMissingPackages(notFound('linkedom'))
  expect(error).toMatchObject({
    code: 'PACKAGES_MISSING',
    message: expect.stringMatching(/, such as linkedom\. Run .*: npm install /),
  })
  const packages = String(error).split('--ignore-scripts ')[1].split(' ')
  expect(packages.map((text) => text.replace(/@[\d.]+$/, ''))).toEqual([
    '@observablehq/plot',
    'csv-parse',
    'd3-array',
    'jstat',
    'linkedom',
  ])
})

it('leaves other errors as they are, such as that a domain module lacks a package of its own', () => {
  for (const error of [notFound('left-pad'), notFound('zod'), new Error('no'), undefined])
    expect(namingMissingPackages(error)).toBe(error)
})
