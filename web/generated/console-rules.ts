/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** A condition on an attribute of an item or user, such as a price below 20. If you pass several comparisons, all must hold. If the value of the attribute is a list, `eq` and `in` hold if they hold for one element. An item or user without the attribute meets only the condition `exists: false`. */
export type AttributeCondition = {
  /** The attribute must equal this value, and have the same type. */
  eq?: string | number | boolean | null | undefined;
  /** Name of an attribute of the items on screen (`anchorItemIds` of the request), such as brand. The item must have the same value as one of them, of the same type. If a value is a list, one equal element is enough. Only rules of slates may use this field. */
  equalsAnchor?: string | null | undefined;
  /** Name of an attribute of the user for whom the slate is, such as city. The item must have the same value, of the same type. If a value is a list, one equal element is enough. Only rules of slates may use this field. */
  equalsUser?: string | null | undefined;
  /** With true, the item or user must have the attribute. With false, the item or user must not have it. */
  exists?: boolean | null | undefined;
  /** The value is a number greater than this. */
  gt?: number | null | undefined;
  /** The value is a number of at least this. */
  gte?: number | null | undefined;
  /** The attribute must equal one of these values, and have the same type. */
  in?: Array<string | number | boolean> | null | undefined;
  /** Names of attributes of the user, 1 to 10, such as city and birthplace. The item must have a value of one of them, in the sense of `equalsUser`. Only rules of slates may use this field. */
  inUser?: Array<string> | null | undefined;
  /** The value is a number less than this. */
  lt?: number | null | undefined;
  /** The value is a number of at most this. */
  lte?: number | null | undefined;
  /** Name of the attribute, such as brand. */
  name: string;
  /** A share from 0 to 10, such as 0.2. The value must be a number near that of an item on screen for the same attribute: it may differ by at most this share of the number on screen. With 0.2 and a price of 100 on screen, prices from 80 to 120 match. Only rules of slates may use this field. */
  withinShareOfAnchor?: number | null | undefined;
};

/** Raises or lowers the scores of some items. */
export type BoostInput = {
  /** Factor, 0 to 1,000, by which the score of each item that the filter selects is multiplied. A factor below 1 lowers the score. */
  factor: number;
  /** The items whose scores change. */
  filter: ItemFilter;
};

/** Code of an error. For a GraphQL error, the code is in `extensions.code`. For an error object in the data, it is in `code`. */
export type ErrorCode =
  /** The answer has more bytes than the service sends at once. Ask for fewer entries or fields. If `extensions` of the error has `applied: true`, the operation was a mutation, and the service has carried it out. */
  | 'ANSWER_TOO_LARGE'
  /** The HTTP body is not a GraphQL request in JSON. */
  | 'BAD_REQUEST'
  /** An argument, a variable or an element of the input (such as one event) is wrong. The message names it. */
  | 'BAD_USER_INPUT'
  /** The role of the caller may not do this, or may not do it for this user. Or the service does not allow the origin of the web page, or the `Host` header of the request. Nothing was done. */
  | 'FORBIDDEN'
  /** The document is not valid GraphQL. */
  | 'GRAPHQL_PARSE_FAILED'
  /** The document does not fit the schema. */
  | 'GRAPHQL_VALIDATION_FAILED'
  /** The service has a defect. The log of the service has the details. */
  | 'INTERNAL_SERVER_ERROR'
  /** The file of the model is damaged, or the model needs something that the service does not have, such as a feature. */
  | 'MODEL_CONTRACT'
  /** Something that the operation names does not exist, such as an item, a model or a key. */
  | 'NOT_FOUND'
  /** `operationName` is not the name of an operation in the document. */
  | 'OPERATION_RESOLUTION_FAILURE'
  /** The WebSocket message or the HTTP body is too large. The text of the error says how to split it. */
  | 'PAYLOAD_TOO_LARGE'
  /** The request has the SHA-256 hash of a document, but no persisted operation has this hash. */
  | 'PERSISTED_QUERY_NOT_FOUND'
  /** The request has only the hash of a document, and the service has no persisted operations. Send the document itself. */
  | 'PERSISTED_QUERY_NOT_SUPPORTED'
  /** The service runs only persisted operations, and the document of the request is not one of them. */
  | 'PERSISTED_QUERY_ONLY'
  /** The operation exceeds a limit, such as the number of nested fields. The message names the limit. */
  | 'QUERY_TOO_COMPLEX'
  /** The caller sends too many operations, or runs too many at the same time. Send the operation again later. If `extensions` of the error has `retryAfterMs`, wait for this number of milliseconds. */
  | 'RATE_LIMITED'
  /** The token or the key is missing, not valid, expired or revoked. Nothing was done. */
  | 'UNAUTHENTICATED'
  /** The store did not answer, or the service has too much to do. Send the same operation again. If `extensions` of the error has `retryAfterMs`, wait for this number of milliseconds first. */
  | 'UNAVAILABLE'
  /** The stored data of one user is damaged. The service records nothing about this user until an operator has repaired the data. */
  | 'UNREADABLE_STATE';

/** A condition on a feature of the item or user, such as a click rate above 0.1. All given comparisons must hold. In the filter of `RulesInput`, the feature may also be about the user and the item, such as how often the user viewed the item. It may also be about the user or the context of the request alone. */
export type FeatureCondition = {
  /** With true, the feature must have a value for the item or user. With false, its value must be null. */
  exists?: boolean | null | undefined;
  /** The value is a number greater than this. */
  gt?: number | null | undefined;
  /** The value is a number of at least this. */
  gte?: number | null | undefined;
  /** The value is a number less than this. */
  lt?: number | null | undefined;
  /** The value is a number of at most this. */
  lte?: number | null | undefined;
  /** Name of the feature, such as item_ctr_7d. The feature must consist of a single number. */
  name: string;
};

/** Selects items. Pass exactly one field. To join several filters, use `and`. `and: []` selects every item. */
export type ItemFilter =
  {   /** All of these filters select the item. */
  and: Array<ItemFilter>; attribute?: never; feature?: never; not?: never; or?: never; user?: never; }
  |  { and?: never;   /** An attribute of the item meets this condition. */
  attribute: AttributeCondition; feature?: never; not?: never; or?: never; user?: never; }
  |  { and?: never; attribute?: never;   /** A feature, such as the click rate of the item, meets this condition. */
  feature: FeatureCondition; not?: never; or?: never; user?: never; }
  |  { and?: never; attribute?: never; feature?: never;   /** This filter does not select the item. */
  not: ItemFilter; or?: never; user?: never; }
  |  { and?: never; attribute?: never; feature?: never; not?: never;   /** At least one of these filters selects the item. */
  or: Array<ItemFilter>; user?: never; }
  |  { and?: never; attribute?: never; feature?: never; not?: never; or?: never;   /** A condition for an uploaded attribute of the user who gets the slate. If the attribute meets this condition, the filter selects every item. If not, it selects no item. Only rules of slates may use this field. */
  user: AttributeCondition; };

/** At most `limit` items of a slate have the same value of the attribute. */
export type LimitPerInput = {
  /** Attribute of the items, such as brand. If its value is a list, each element counts. */
  attribute: string;
  /** Only items that this filter selects count, and only they are limited. If absent, all items. The filter may not use features. The filters of all limits together have at most 20 conditions. */
  filter?: ItemFilter | null | undefined;
  /** Largest number of items with one value, 1 to 1,000. */
  limit: number;
};

/** Puts an item at a fixed position, whatever its score. */
export type PinInput = {
  /** The item to pin. Pin each item only once. */
  itemId: string;
  /** Position in the slate: 1 is the top. In a request, it is at most `first`. In standing rules, it is at most 100. */
  position: number;
};

/** Rules for a slate: each field is a rule. In a request, a rule that is absent or null comes from the standing rules (rules that are stored in the service). */
export type RulesInput = {
  /** Up to 50 boosts, which multiply the scores of some items. If several boosts select an item, all apply. */
  boost?: Array<BoostInput> | null | undefined;
  /** How much the items of the slate should differ from each other, 0 to 1. With 0, items are ranked by score alone. With 1, they are ranked only by how much they differ from the items above them. */
  diversity?: number | null | undefined;
  /** Ids of items that must not appear, at most 10,000. */
  exclude?: Array<string> | null | undefined;
  /** With true, items that the user bought (an event with the role `PURCHASE`) do not appear, if they are among the latest 150 items on which the user acted. They are left out in addition to those of `seen`. */
  excludePurchased?: boolean | null | undefined;
  /** With true, the latest 150 items on which the user acted, for example by a view, do not appear. They are left out in addition to those of `seen`. `seen: [{}]` leaves out the same items. */
  excludeSeen?: boolean | null | undefined;
  /** Only items that this filter selects may appear. */
  filter?: ItemFilter | null | undefined;
  /** Limits on the number of items with the same value of an attribute, such as 2 items of each brand. At most 10 limits. */
  limitPer?: Array<LimitPerInput> | null | undefined;
  /** Items at fixed positions. Use each position only once. */
  pin?: Array<PinInput> | null | undefined;
  /** Leaves out items on which the user acted. Each entry leaves out items by itself. At most 10 entries. If no rule sets `seen`, the domain decides: each built-in domain leaves out at least the item on which the user acted last. With `[]`, `seen` leaves out nothing. */
  seen?: Array<SeenRuleInput> | null | undefined;
};

/** Leaves out items on which the user acted, such as all that the user bought. `{}` leaves out all items on which the user acted, as far as the service knows them. */
export type SeenRuleInput = {
  /** Event types that count, 1 to 50, such as `purchase`. If absent, events of all types but impressions count. The service knows only some of the items on which a user acted. With `types`, these are the latest 150 items of each type, but at most 300 pairs of an item and a type. Without `types`, they are the latest 150 items on which the user acted within the time `expiry.pair` of the domain. If you name a type with the role `VIEW`, `CLICK` or `IMPRESSION`, all types with this role count. Of these, the service knows the latest 150 items within the same time. For an item with views and clicks, it knows only the time of the latest of both. */
  types?: Array<string> | null | undefined;
  /** Which part of these events counts. If absent, all events that the service knows. */
  within?: SeenWithinInput | null | undefined;
};

/** Which part of the events of the user counts. Pass exactly one field. */
export type SeenWithinInput =
  {   /** Events of the last hours count: a number of hours above 0 and at most 87,600. */
  hours: number; latestItems?: never; session?: never; }
  |  { hours?: never;   /** Events on this number of items count, 1 to 150: the items with the latest events. For example, 1 without `types` means the item on which the user acted last. */
  latestItems: number; session?: never; }
  |  { hours?: never; latestItems?: never;   /** With true, events since the start of the session count. This is the session that the request names, or else the latest session of the user. No event counts if the session has ended or has no event yet. The service refuses false. */
  session: boolean; };

/** Kind of a warning of a slate. *Rules* say which items a slate may contain, and where. A *pin* is a rule that puts an item at a fixed position. */
export type SlateWarningCode =
  /** The slates before this one (`afterSlate`) have more than 1,000 items. The slate leaves out only the latest 1,000 of these items. */
  | 'AFTER_SHORTENED'
  /** The service does not know the slate that the request named in `afterSlate`. Perhaps it was made more than 30 minutes ago, is not a slate of this user, or is no longer kept. So the new slate may repeat items of earlier slates. */
  | 'AFTER_UNKNOWN'
  /** The request has the same item more than once in `candidates`. The item counts once, at its first place, with its first score. `itemIds` names the items. */
  | 'CANDIDATE_REPEATED'
  /** Some `candidates` of the request are not in the catalogue: they were never uploaded, or were deleted. The slate leaves them out. `itemIds` names them. */
  | 'CANDIDATE_UNKNOWN'
  /** The model that should have ranked the slate is not active, or the process cannot load it. Instead, another model or a fixed rule ranked the slate. */
  | 'MODEL_NOT_LOADED'
  /** The rule `filter` compares items with the user or with the items on screen, but the user or these items lack the value. So the filter selects no item. */
  | 'NOTHING_TO_COMPARE'
  /** The service could not store the slate. So if an event names this slate later, the service does not know which items the slate contained. */
  | 'NOT_KEPT'
  /** A pinned item is not at its position, or is not shown, because it conflicts with another pin. */
  | 'PIN_CONFLICT'
  /** A pinned item is not shown, because it is unavailable or another rule removes it. */
  | 'PIN_UNAVAILABLE'
  /** A source failed or was too slow. So the service made the slate without the candidates of this source. */
  | 'SOURCE_DROPPED'
  /** The slate is shorter than requested, because too few items meet the rules. */
  | 'TOO_FEW_ITEMS'
  /** The `context` of the request has an attribute that the domain does not declare, so the attribute has no effect. There are no such warnings if the domain declares no attributes of the context. */
  | 'UNDECLARED_ATTRIBUTE'
  /** A rule names an attribute that no item has, perhaps by mistake. */
  | 'UNKNOWN_ATTRIBUTE'
  /** The rule `seen` names an event type that the domain does not declare, perhaps by mistake. The rule still applies to events of this type, if there are any. */
  | 'UNKNOWN_EVENT_TYPE'
  /** A standing rule (a rule that is stored in the service) names a feature that no longer exists. */
  | 'UNKNOWN_FEATURE'
  /** An attribute in the `context` of the request is not of the type that the domain declares, or is too long or too large. So it has no effect, or only a part of it has one. */
  | 'VALUE_NOT_COUNTED';

export type StandingRulesBySurfaceQueryVariables = Exact<{ [key: string]: never; }>;


export type StandingRulesBySurfaceQuery = { standingRules: { edges: Array<{ node: { rules: { [key: string]: unknown }, updatedAt: string, surface: { name: string } | null } }> } | null, surfaces: Array<{ name: string }> | null };

export type PreviewUsersQueryVariables = Exact<{ [key: string]: never; }>;


export type PreviewUsersQuery = { users: { edges: Array<{ node: { id: string, userId: string } }> } | null };

export type SlatePreviewQueryVariables = Exact<{
  userId: string;
  surface?: string | null | undefined;
  rules?: RulesInput | null | undefined;
}>;


export type SlatePreviewQuery = { before: { items: Array<{ position: number, item: { id: string, itemId: string, title: string | number | boolean | null } }>, warnings: Array<{ code: SlateWarningCode, field: string | null, message: string }> } | null, after: { items: Array<{ position: number, item: { id: string, itemId: string, title: string | number | boolean | null } }>, warnings: Array<{ code: SlateWarningCode, field: string | null, message: string }> } | null };

export type PreviewedSlateFragment = { items: Array<{ position: number, item: { id: string, itemId: string, title: string | number | boolean | null } }>, warnings: Array<{ code: SlateWarningCode, field: string | null, message: string }> };

export type ItemsSelectedQueryVariables = Exact<{
  filter: ItemFilter;
}>;


export type ItemsSelectedQuery = { items: { totalCount: number | null, edges: Array<{ node: { id: string, itemId: string, title: string | number | boolean | null } }> } | null };

export type PinnedItemQueryVariables = Exact<{
  itemId: string;
  names: Array<string> | string;
}>;


export type PinnedItemQuery = { item: { id: string, available: boolean, attributes: { [key: string]: unknown } } | null };

export type PublishRulesMutationVariables = Exact<{
  surface?: string | null | undefined;
  rules: RulesInput;
}>;


export type PublishRulesMutation = { setRules:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string, field: string | null }
    | { __typename: 'SetRulesPayload', standing: { rules: { [key: string]: unknown }, updatedAt: string, surface: { name: string } | null } }
   | null };

export type RemoveStandingRulesMutationVariables = Exact<{
  surface?: string | null | undefined;
}>;


export type RemoveStandingRulesMutation = { removeRules:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string }
    | { __typename: 'RemoveRulesPayload', removed: { rules: { [key: string]: unknown }, surface: { name: string } | null } | null }
   | null };

export const PreviewedSlateFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PreviewedSlate"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Slate"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"items"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"item"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"itemId"}},{"kind":"Field","alias":{"kind":"Name","value":"title"},"name":{"kind":"Name","value":"attribute"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"StringValue","value":"title","block":false}}]}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"warnings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<PreviewedSlateFragment, unknown>;
export const StandingRulesBySurfaceDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"StandingRulesBySurface"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"standingRules"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"500"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"surface"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"rules"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"surfaces"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<StandingRulesBySurfaceQuery, StandingRulesBySurfaceQueryVariables>;
export const PreviewUsersDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PreviewUsers"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"users"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"3"}},{"kind":"Argument","name":{"kind":"Name","value":"orderBy"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"feature"},"value":{"kind":"StringValue","value":"user_events_1d","block":false}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"userId"}}]}}]}}]}}]}}]} as unknown as DocumentNode<PreviewUsersQuery, PreviewUsersQueryVariables>;
export const SlatePreviewDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"SlatePreview"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"userId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"surface"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"rules"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"RulesInput"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","alias":{"kind":"Name","value":"before"},"name":{"kind":"Name","value":"recommendations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"userId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"userId"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"surface"},"value":{"kind":"Variable","name":{"kind":"Name","value":"surface"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"10"}},{"kind":"ObjectField","name":{"kind":"Name","value":"preview"},"value":{"kind":"BooleanValue","value":true}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PreviewedSlate"}}]}},{"kind":"Field","alias":{"kind":"Name","value":"after"},"name":{"kind":"Name","value":"recommendations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"userId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"userId"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"surface"},"value":{"kind":"Variable","name":{"kind":"Name","value":"surface"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"10"}},{"kind":"ObjectField","name":{"kind":"Name","value":"preview"},"value":{"kind":"BooleanValue","value":true}},{"kind":"ObjectField","name":{"kind":"Name","value":"rules"},"value":{"kind":"Variable","name":{"kind":"Name","value":"rules"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"PreviewedSlate"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"PreviewedSlate"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Slate"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"items"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"item"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"itemId"}},{"kind":"Field","alias":{"kind":"Name","value":"title"},"name":{"kind":"Name","value":"attribute"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"StringValue","value":"title","block":false}}]}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"warnings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"field"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]} as unknown as DocumentNode<SlatePreviewQuery, SlatePreviewQueryVariables>;
export const ItemsSelectedDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ItemsSelected"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ItemFilter"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"items"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"3"}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"totalCount"}},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"itemId"}},{"kind":"Field","alias":{"kind":"Name","value":"title"},"name":{"kind":"Name","value":"attribute"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"name"},"value":{"kind":"StringValue","value":"title","block":false}}]}]}}]}}]}}]}}]} as unknown as DocumentNode<ItemsSelectedQuery, ItemsSelectedQueryVariables>;
export const PinnedItemDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"PinnedItem"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"itemId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"names"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"item"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"itemId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"itemId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"available"}},{"kind":"Field","name":{"kind":"Name","value":"attributes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"Variable","name":{"kind":"Name","value":"names"}}}]}]}}]}}]} as unknown as DocumentNode<PinnedItemQuery, PinnedItemQueryVariables>;
export const PublishRulesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"PublishRules"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"surface"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"rules"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"RulesInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"setRules"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"surface"},"value":{"kind":"Variable","name":{"kind":"Name","value":"surface"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"rules"},"value":{"kind":"Variable","name":{"kind":"Name","value":"rules"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"SetRulesPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"standing"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"surface"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"rules"}},{"kind":"Field","name":{"kind":"Name","value":"updatedAt"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"field"}}]}}]}}]}}]} as unknown as DocumentNode<PublishRulesMutation, PublishRulesMutationVariables>;
export const RemoveStandingRulesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RemoveStandingRules"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"surface"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"removeRules"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"surface"},"value":{"kind":"Variable","name":{"kind":"Name","value":"surface"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RemoveRulesPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"removed"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"surface"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"rules"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<RemoveStandingRulesMutation, RemoveStandingRulesMutationVariables>;