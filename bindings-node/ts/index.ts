// Everything that a service imports, by the reference's names.

export {
  type BrokerErrorHandler,
  createSimpleEventBroker,
  type DomainedEvent,
  type EventSubscriber,
  type ResolveOptions,
  SimpleEventBroker,
} from './broker.js';
export { Chart, type ChartSnapshot, type ChartStep, compileChart, type Logger } from './chart.js';
export { ArvoConformsError, type Breach, type ConformsOptions, conforms } from './conforms.js';
export {
  ArvoContract,
  type ArvoContractJSONSchema,
  type ArvoContractRecordJsonSchema,
  createArvoContract,
  type IArvoContract,
  type VersionedArvoContractJSONSchema,
  type VersionSpec,
  type VersionSpecs,
} from './contract.js';
export { and, assign, type Enqueue, emit, enqueueActions, log, not, or, raise, stateIn, xstate } from './creators.js';
export { ArvoDomain, type DomainContext, resolveEventDomain, resolveEventDomains } from './domain.js';
export { type Limits, setLimits } from './environment.js';
export {
  ArvoChartError,
  ArvoContractError,
  ArvoDriverError,
  ArvoEvaluationError,
  ArvoEventError,
  ArvoExpressionError,
  ArvoFactoryError,
  ArvoSubjectError,
  type BrokenAttribute,
  ConfigViolation,
  ContractViolation,
  ExecutionViolation,
  type ExpressionPlace,
  type Issue,
  isTransactionViolationError,
  isViolationError,
  type MachineProblem,
  TransactionViolation,
  TransactionViolationCause,
  type TransactionViolationCauseType,
  ViolationError,
  type ViolationErrorParam,
} from './error.js';
export { ArvoDataContentType, ArvoEvent, createArvoEvent, OTelNull } from './event.js';
export { ArvoExpression } from './expression.js';
export {
  ArvoEventFactory,
  ArvoOrchestratorEventFactory,
  createArvoError,
  createArvoEventFactory,
  createArvoOrchestratorEventFactory,
} from './factory.js';
export { ArvoEventHandler, createArvoEventHandler } from './handler.js';
export type {
  ArvoEventHandlerFunction,
  ArvoEventHandlerFunctionInput,
  ArvoEventHandlerFunctionOutput,
  ArvoEventHandlerOpenTelemetryOptions,
  ArvoEventHandlerOtelSpanOptions,
  ArvoEventHandlerParam,
  EventHandlerFactory,
  ExecuteOptions,
  IArvoEventHandler,
  IArvoEventHandler as AbstractArvoEventHandler,
  PartialExcept,
  VersionFunction,
} from './handler-types.js';
export { type History, sequenceDiagram, timeline } from './history.js';
export { createArvoEventId, parseArvoEventId } from './id.js';
export {
  type ArvoOrchestratorContract,
  ArvoOrchestratorEventTypeGen,
  createArvoOrchestratorContract,
  createSimpleArvoContract,
  type ICreateArvoOrchestratorContract,
  type InitSchema,
  type OrchestratorVersionSpecs,
  type SimpleArvoContract,
  type SimpleVersionSpecs,
} from './kinds.js';
export {
  ArvoMachine,
  type InputValidation,
  type MachineDescription,
  machineFromJson,
  setupArvoMachine,
} from './machine.js';
export type {
  ActionFunction,
  AnyMachineEvent,
  ArvoMachineContext,
  EnqueueArvoEventActionParam,
  GuardFunction,
  MachineAction,
  MachineArgs,
  MachineConfig,
  MachineEmitted,
  MachineEvent,
  MachineGuard,
  MachineInput,
  MachineOutput,
  MachineState,
  MachineTransition,
} from './machine-types.js';
export {
  type IMachineMemory,
  type MachineMemory,
  type MachineMemoryRecord,
  SimpleMachineMemory,
  // The reference's memory that records what it does: here the span of every workflow tells that.
  SimpleMachineMemory as TelemetredSimpleMachineMemory,
} from './memory.js';
export { OpenInference, OpenInferenceSpanKind } from './openinference.js';
export {
  ArvoOrchestrator,
  type ArvoOrchestratorParam,
  type ArvoOrchestratorParam as IArvoOrchestrator,
  createArvoOrchestrator,
  OrchestrationExecutionStatus,
} from './orchestrator.js';
export { ArvoResumable, createArvoResumable } from './resumable.js';
export type {
  ArvoResumableFunction,
  ArvoResumableFunctionInput,
  ArvoResumableFunctionOutput,
  ArvoResumableHandler,
  ArvoResumableParam,
  ArvoResumableState,
  ResumableServices,
  ServiceAnswer,
} from './resumable-types.js';
export {
  type AnySchema,
  type In,
  type JsonSchema,
  jsonSchema,
  type Out,
  type StandardIssue,
  type StandardResult,
  type StandardSchema,
} from './schema-types.js';
export {
  ArvoContractValidators,
  ArvoErrorSchema,
  ArvoEventIdObjectSchema,
  ArvoEventSchema,
  ArvoOrchestrationSubjectContentSchema,
  ArvoSemanticVersionSchema,
} from './schemas.js';
export type { ExecutionSpan } from './span.js';
export { openStore, Store } from './store.js';
export { DeadLetterError, type Failure, StoreError } from './store-error.js';
export type {
  Columns,
  Counts,
  Posting,
  Receipt,
  Which,
  WorkflowControl,
  WorkflowRow,
  WorkflowStatus,
} from './store-rows.js';
export { ArvoOrchestrationSubject, type ArvoOrchestrationSubjectContent } from './subject.js';
export { FileTestSuite, runArvoTestSuites, type Tested, testSuiteFromJson } from './suite.js';
export {
  ArvoSuiteError,
  type ArvoTestCase,
  type ArvoTestConfig,
  type ArvoTestStep,
  type ArvoTestSuite,
  type IArvoTestFramework,
} from './suite-types.js';
export {
  type ActiveSpan,
  ArvoExecution,
  ArvoExecutionSpanKind,
  ArvoOpenTelemetry,
  currentOpenTelemetryHeaders,
  exceptionToSpan,
  getOtelHeaderFromSpan,
  logToSpan,
  type TelemetryLogLevel,
  type TelemetrySpan,
} from './telemetry.js';
export type {
  ArvoContractRecord,
  ArvoErrorType,
  ArvoEventData,
  ArvoEventIdObject,
  ArvoEventIdParam,
  ArvoExtension,
  ArvoSemanticVersion,
  CloudEventContext,
  CloudEventExtension,
  CreateArvoEvent,
  InferArvoEvent,
  OpenTelemetryExtension,
  OpenTelemetryHeaders,
} from './types.js';
export { validateURI } from './uri.js';
export { cleanString, coalesce, coalesceOrDefault, getValueOrDefault, isNullOrUndefined } from './utils.js';
export {
  compareSemanticVersions,
  EventDataschemaUtil,
  isValidArvoSemanticVersion,
  isWildCardArvoSematicVersion,
  parseSemanticVersion,
  WildCardArvoSemanticVersion,
} from './version.js';
export {
  type InferVersionedArvoContract,
  type IVersionedArvoContract,
  type ResolveArvoContractRecord,
  VersionedArvoContract,
} from './versioned.js';
export { type Tally, Worker, type WorkerOptions } from './worker.js';
