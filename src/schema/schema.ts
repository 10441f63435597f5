import './scalars.ts'
import './accumulator.ts'
import './api-key.ts'
import './attribute-features.ts'
import './record-event.ts'
import './record-events.ts'
import './audit-log.ts'
import './cohort-values.ts'
import './feature-summary.ts'
import './features.ts'
import './item.ts'
import './items.ts'
import './model.ts'
import './model-upload.ts'
import './neighbour-lists.ts'
import './policy-report.ts'
import './service-status.ts'
import './recommendations.ts'
import './slate.ts'
import './standing-rules.ts'
import './upload.ts'
import './user.ts'
import './vocabulary.ts'
import './users.ts'
import './user-export.ts'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { builder } from './builder.ts'

/** The executable schema. All imports above must run first, because each adds its types to the builder. */
export const schema = builder.toSchema()

/** Returns the schema as in schema.graphql. It is sorted, so that a diff shows changes only. */
export function printedSchema(): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`
}
