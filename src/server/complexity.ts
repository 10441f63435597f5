import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

type FieldPoints = number | { readonly field?: number; readonly multiplier?: number }
/** What the schema declares as the `complexity` of a field. */
type Declared = FieldPoints | ((args: object, context: unknown) => FieldPoints)

/** Points of a field for which the schema declares none, such as `__typename`. */
const FIELD = 1
/** Assumed length of a list for which the schema declares no multiplier. */
const ENTRIES = 10

/** What the complexity of an operation depends on. */
export interface CountedOperation {
  readonly schema: GraphQLSchema
  readonly operation: OperationDefinitionNode
  /** Fragments of the document, by name. */
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** Values of the variables, coerced to their types. */
  readonly variables: Readonly<Record<string, unknown>>
  /** Given to the functions with which the schema declares complexities. */
  readonly context: unknown
}

/** The complexity of an operation. */
export interface Complexity {
  readonly points: number
  /** Whether it is the same with all variables. */
  readonly isFixed: boolean
}

/**
 * Returns the complexity of an operation of a valid document, as the plugin of Pothos counts it. Visits each selection once: what a
 * fragment selects has the same points wherever it is spread.
 */
export function complexityOf({ schema, operation, fragments, variables, context }: CountedOperation): Complexity {
  const known = new Map<SelectionSetNode, number>()
  let isFixed = true
  const ofSelections = (set: SelectionSetNode, type: GraphQLNamedType | undefined): number => {
    let points = known.get(set)
    if (points !== undefined) return points
    points = 0
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) points += ofField(selection, type)
      else {
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
        const condition = fragment?.typeCondition?.name.value
        if (fragment) points += ofSelections(fragment.selectionSet, condition === undefined ? type : schema.getType(condition))
      }
    }
    known.set(set, points)
    return points
  }
  const ofField = (node: FieldNode, type: GraphQLNamedType | undefined): number => {
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined
    if (!field) return FIELD
    let declared = field.extensions.complexity as Declared | undefined
    if (typeof declared === 'function') {
      isFixed = false
      try {
        declared = declared(getArgumentValues(field, node, variables), context)
      } catch (error) {
        // An argument is null that must not be: the field is not resolved, and the answer has this error.
        if (error instanceof GraphQLError) return FIELD
        throw error
      }
    }
    const own = typeof declared === 'number' ? { field: declared } : (declared ?? {})
    const entries = own.multiplier ?? (isListType(getNullableType(field.type)) ? ENTRIES : 1)
    const inside = node.selectionSet ? ofSelections(node.selectionSet, getNamedType(field.type)) : 0
    return (own.field ?? FIELD) + inside * Math.max(entries, 0)
  }
  const points = ofSelections(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined)
  return { points, isFixed }
}
