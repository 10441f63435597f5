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

/** Why a slate was made. */
export type SlateTrigger =
  /** An item of the previous slate was deleted or became unavailable. */
  | 'CATALOGUE'
  /** The data of the user was erased, so the version of the user begins again at a low number. Show this slate even if its version is lower than that of the slate on screen. */
  | 'ERASED'
  /** What the service knows about the user changed: by an event, by an upload about the user, or by a merge of two user ids. The slate in the answer to the mutation `recordEvent` has this trigger too. */
  | 'EVENT'
  /** The slate is the first one of a subscription, or the answer to a query. */
  | 'INITIAL'
  /** Another model became active. Or an active model now ranks for a larger or smaller share of the users. */
  | 'MODEL'
  /** For the time in the argument `refreshEveryMs` of the subscription, nothing else caused a new slate. */
  | 'REFRESH'
  /** The service can reach its store again after a failure, in which the store may have lost the latest data. So the version of the user may be lower than before. Show this slate even if its version is lower than that of the slate on screen. */
  | 'RESYNC'
  /** Standing rules (rules that are stored in the service) changed. */
  | 'RULES';

export type ShopItemsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: ItemFilter | null | undefined;
  attributes?: Array<string> | string | null | undefined;
}>;


export type ShopItemsQuery = { items: { edges: Array<{ node: { itemId: string, attributes: { [key: string]: unknown } } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type ShopCategoriesQueryVariables = Exact<{ [key: string]: never; }>;


export type ShopCategoriesQuery = { attributeFeatures: Array<{ value: string }> | null };

export type ShopItemQueryVariables = Exact<{
  itemId: string;
  attributes?: Array<string> | string | null | undefined;
}>;


export type ShopItemQuery = { item: { itemId: string, available: boolean, attributes: { [key: string]: unknown } } | null };

export type ShopTrendingQueryVariables = Exact<{
  first: number;
  attributes?: Array<string> | string | null | undefined;
}>;


export type ShopTrendingQuery = { trending: Array<{ item: { itemId: string, attributes: { [key: string]: unknown } } }> | null };

export type ShopWhyQueryVariables = Exact<{
  recommendationId: string;
  attributes?: Array<string> | string | null | undefined;
}>;


export type ShopWhyQuery = { slate: { model: string | null, policy: { name: string }, items: Array<{ position: number, score: number, baseScore: number | null, propensity: number, exploration: boolean, item: { itemId: string, attributes: { [key: string]: unknown } }, reason: { text: string }, sources: Array<{ name: string }>, contributions: Array<{ name: string, value: number | null, contribution: number }> | null }> } | null };

export type ShopFeatureMeaningsQueryVariables = Exact<{ [key: string]: never; }>;


export type ShopFeatureMeaningsQuery = { accumulators: Array<{ features: Array<{ name: string, label: string, description: string, unit: string | null }> }> | null };

export type ShopMergeMutationVariables = Exact<{
  from: string;
  into: string;
}>;


export type ShopMergeMutation = { mergeUsers:
    | { code: ErrorCode, message: string }
    | { merged: boolean }
   | null };

export type ShopPanelSlateSubscriptionVariables = Exact<{
  userId: string;
  attributes?: Array<string> | string | null | undefined;
}>;


export type ShopPanelSlateSubscription = { recommendations: { recommendationId: string, version: number, trigger: SlateTrigger, tookMs: number, items: Array<{ position: number, score: number, exploration: boolean, item: { itemId: string, attributes: { [key: string]: unknown } }, reason: { text: string } }> } };

export type ShopPanelFeaturesSubscriptionVariables = Exact<{
  userId: string;
  names?: Array<string> | string | null | undefined;
}>;


export type ShopPanelFeaturesSubscription = { userFeatures: { features: Array<{ name: string, value: number | null, breakdown: Array<{ key: string, value: number }> | null }> } };


export const ShopItemsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ShopItems"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"ItemFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"attributes"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"items"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}},{"kind":"Argument","name":{"kind":"Name","value":"orderBy"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"feature"},"value":{"kind":"StringValue","value":"item_popularity_7d","block":false}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"itemId"}},{"kind":"Field","name":{"kind":"Name","value":"attributes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"Variable","name":{"kind":"Name","value":"attributes"}}}]}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<ShopItemsQuery, ShopItemsQueryVariables>;
export const ShopCategoriesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ShopCategories"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"attributeFeatures"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"attribute"},"value":{"kind":"StringValue","value":"category","block":false}},{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"ListValue","values":[{"kind":"StringValue","value":"category_popularity_7d","block":false}]}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"30"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}}]} as unknown as DocumentNode<ShopCategoriesQuery, ShopCategoriesQueryVariables>;
export const ShopItemDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ShopItem"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"itemId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"attributes"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"item"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"itemId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"itemId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"itemId"}},{"kind":"Field","name":{"kind":"Name","value":"available"}},{"kind":"Field","name":{"kind":"Name","value":"attributes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"Variable","name":{"kind":"Name","value":"attributes"}}}]}]}}]}}]} as unknown as DocumentNode<ShopItemQuery, ShopItemQueryVariables>;
export const ShopTrendingDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ShopTrending"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"attributes"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"trending"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"item"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"itemId"}},{"kind":"Field","name":{"kind":"Name","value":"attributes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"Variable","name":{"kind":"Name","value":"attributes"}}}]}]}}]}}]}}]} as unknown as DocumentNode<ShopTrendingQuery, ShopTrendingQueryVariables>;
export const ShopWhyDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ShopWhy"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"recommendationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"attributes"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"slate"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"recommendationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"recommendationId"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"model"}},{"kind":"Field","name":{"kind":"Name","value":"policy"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"items"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"baseScore"}},{"kind":"Field","name":{"kind":"Name","value":"propensity"}},{"kind":"Field","name":{"kind":"Name","value":"exploration"}},{"kind":"Field","name":{"kind":"Name","value":"item"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"itemId"}},{"kind":"Field","name":{"kind":"Name","value":"attributes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"Variable","name":{"kind":"Name","value":"attributes"}}}]}]}},{"kind":"Field","name":{"kind":"Name","value":"reason"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"text"}}]}},{"kind":"Field","name":{"kind":"Name","value":"sources"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"contributions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"contribution"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ShopWhyQuery, ShopWhyQueryVariables>;
export const ShopFeatureMeaningsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ShopFeatureMeanings"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"accumulators"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"features"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"label"}},{"kind":"Field","name":{"kind":"Name","value":"description"}},{"kind":"Field","name":{"kind":"Name","value":"unit"}}]}}]}}]}}]} as unknown as DocumentNode<ShopFeatureMeaningsQuery, ShopFeatureMeaningsQueryVariables>;
export const ShopMergeDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ShopMerge"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"from"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"into"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"mergeUsers"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"from"},"value":{"kind":"Variable","name":{"kind":"Name","value":"from"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"into"},"value":{"kind":"Variable","name":{"kind":"Name","value":"into"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"MergeUsersPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"merged"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<ShopMergeMutation, ShopMergeMutationVariables>;
export const ShopPanelSlateDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"ShopPanelSlate"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"userId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"attributes"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"recommendations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"userId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"userId"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"surface"},"value":{"kind":"StringValue","value":"home","block":false}},{"kind":"ObjectField","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"8"}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"recommendationId"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"trigger"}},{"kind":"Field","name":{"kind":"Name","value":"tookMs"}},{"kind":"Field","name":{"kind":"Name","value":"items"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"position"}},{"kind":"Field","name":{"kind":"Name","value":"score"}},{"kind":"Field","name":{"kind":"Name","value":"exploration"}},{"kind":"Field","name":{"kind":"Name","value":"item"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"itemId"}},{"kind":"Field","name":{"kind":"Name","value":"attributes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"Variable","name":{"kind":"Name","value":"attributes"}}}]}]}},{"kind":"Field","name":{"kind":"Name","value":"reason"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"text"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ShopPanelSlateSubscription, ShopPanelSlateSubscriptionVariables>;
export const ShopPanelFeaturesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"ShopPanelFeatures"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"userId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"names"}},"type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"userFeatures"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"userId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"userId"}}},{"kind":"Argument","name":{"kind":"Name","value":"names"},"value":{"kind":"Variable","name":{"kind":"Name","value":"names"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"features"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"value"}},{"kind":"Field","name":{"kind":"Name","value":"breakdown"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}}]}}]}}]} as unknown as DocumentNode<ShopPanelFeaturesSubscription, ShopPanelFeaturesSubscriptionVariables>;