import { writeFileSync } from 'node:fs'
import { printedDomainSchema } from '../src/domain/domain-json-schema.ts'

writeFileSync('schemas/domain.schema.json', printedDomainSchema())
