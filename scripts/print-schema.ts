import { writeFileSync } from 'node:fs'
import { printedSchema } from '../src/schema/schema.ts'
import { deviceSchema } from './device-schema.ts'

writeFileSync('schema.graphql', printedSchema())
writeFileSync('device.graphql', deviceSchema())
