import { writeFileSync } from 'node:fs'
import { printedSchema } from '../src/schema/schema.ts'

writeFileSync('schemas/released.graphql', printedSchema())
