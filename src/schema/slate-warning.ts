import type { SlateWarning as SlateWarningModel, WarningCode } from '../slate/slate.ts'
import { builder } from './builder.ts'

const SlateWarningCode = builder.enumType('SlateWarningCode', {
  description:
    'Kind of a warning of a slate. *Rules* say which items a slate may contain, and where. A *pin* is a rule that puts an item at a fixed position.',
  values: {
    AFTER_SHORTENED: {
      description:
        'The slates before this one (`afterSlate`) have more than 1,000 items. The slate leaves out only the latest 1,000 of these items.',
    },
    AFTER_UNKNOWN: {
      description:
        'The service does not know the slate that the request named in `afterSlate`. Perhaps it was made more than 30 minutes ago, is not a slate of this user, or is no longer kept. So the new slate may repeat items of earlier slates.',
    },
    CANDIDATE_REPEATED: {
      description:
        'The request has the same item more than once in `candidates`. The item counts once, at its first place, with its first score. `itemIds` names the items.',
    },
    CANDIDATE_UNKNOWN: {
      description:
        'Some `candidates` of the request are not in the catalogue: they were never uploaded, or were deleted. The slate leaves them out. `itemIds` names them.',
    },
    MODEL_NOT_LOADED: {
      description:
        'The model that should have ranked the slate is not active, or the process cannot load it. Instead, another model or a fixed rule ranked the slate.',
    },
    NOT_KEPT: {
      description:
        'The service could not store the slate. So if an event names this slate later, the service does not know which items the slate contained.',
    },
    PIN_CONFLICT: {
      description: 'A pinned item is not at its position, or is not shown, because it conflicts with another pin.',
    },
    PIN_UNAVAILABLE: { description: 'A pinned item is not shown, because it is unavailable or another rule removes it.' },
    SOURCE_DROPPED: {
      description: 'A source failed or was too slow. So the service made the slate without the candidates of this source.',
    },
    TOO_FEW_ITEMS: { description: 'The slate is shorter than requested, because too few items meet the rules.' },
    NOTHING_TO_COMPARE: {
      description:
        'The rule `filter` compares items with the user or with the items on screen, but the user or these items lack the value. So the filter selects no item.',
    },
    UNDECLARED_ATTRIBUTE: {
      description:
        'The `context` of the request has an attribute that the domain does not declare, so the attribute has no effect. There are no such warnings if the domain declares no attributes of the context.',
    },
    UNKNOWN_ATTRIBUTE: { description: 'A rule names an attribute that no item has, perhaps by mistake.' },
    UNKNOWN_EVENT_TYPE: {
      description:
        'The rule `seen` names an event type that the domain does not declare, perhaps by mistake. The rule still applies to events of this type, if there are any.',
    },
    UNKNOWN_FEATURE: {
      description: 'A standing rule (a rule that is stored in the service) names a feature that no longer exists.',
    },
    VALUE_NOT_COUNTED: {
      description:
        'An attribute in the `context` of the request is not of the type that the domain declares, or is too long or too large. So it has no effect, or only a part of it has one.',
    },
  } satisfies Record<WarningCode, { description: string }>,
})

export const SlateWarning = builder.objectRef<SlateWarningModel>('SlateWarning').implement({
  description:
    'A problem of a slate, such as a rule that could not be met. (Rules say which items a slate may contain, and where.) You can show the slate all the same.',
  fields: (t) => ({
    code: t.expose('code', { type: SlateWarningCode, description: 'Kind of the problem.' }),
    message: t.exposeString('message', { description: 'What is wrong, where, and what to do, in English.' }),
    field: t.string({
      nullable: true,
      description:
        'Path of the wrong part of the rules, or of the wrong field of the request. For example, `pin.0.itemId` is the item of the first element of the rule `pin`. `afterSlate` and `context.country` are fields of the request. Null if the problem is in neither of them.',
      resolve: ({ field }) => field,
    }),
    itemIds: t.field({
      type: ['ID'],
      description:
        'Ids of the items that the warning is about, if its kind is `CANDIDATE_UNKNOWN` or `CANDIDATE_REPEATED`. Otherwise empty.',
      resolve: ({ itemIds = [] }) => [...itemIds],
    }),
  }),
})
