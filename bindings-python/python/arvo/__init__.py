"""Contract-first, event-driven services: contracts, events, handlers, workflows, on a core that every language shares.

>>> import arvo
>>> contract = arvo.Contract.simple(
...     uri="#/services/greet", type="greet.user",
...     versions={"1.0.0": arvo.VersionSpec(accepts={"type": "object"}, emits={"type": "object"})},
... )
>>> def greet(input):
...     return arvo.Output("evt.greet.user.success", {"text": f"Hello, {input.data['name']}!"})
>>> event = contract.version("1.0.0").accepts({"name": "Ada"}, source="com.shop.web")
>>> for answer in arvo.handler(contract, {"1.0.0": greet}).execute(event):
...     print(answer.type, answer.data["text"])
evt.greet.user.success Hello, Ada!
"""

from arvo._arvo import (
    Dataschema,
    Event,
    EventId,
    Expression,
    InMemory,
    ManagedId,
    Subject,
    Version,
    encode_uri,
    is_properly_encoded,
    set_limits,
)
from arvo.async_store import AsyncStore
from arvo.attributes import Attributes
from arvo.broker import AsyncBroker, Broker, Publish
from arvo.chart import Chart, ChartStep
from arvo.conforms import Breach, Conformity, ConformityError, conforms
from arvo.contract import Contract, OrchestratorSpec, VersionedContract, VersionSpec
from arvo.domain import Domain
from arvo.errors import (
    AlreadyAnsweredError,
    BrokenAttribute,
    BrokerError,
    ChartError,
    ConfigViolation,
    ContractError,
    ContractViolation,
    DataError,
    DeadLetterError,
    Error,
    EvaluationError,
    EventError,
    ExecutionViolation,
    ExpressionError,
    FactoryError,
    Issue,
    LimitError,
    MisfitError,
    Problem,
    RecordError,
    StoreError,
    SubjectError,
    SuiteError,
    TransactionViolation,
    VersionError,
    Violation,
    is_violation,
)
from arvo.functions import Enqueue
from arvo.handler import AsyncHandler, Domains, Handler, Input, handler
from arvo.history import sequence_diagram, timeline
from arvo.machine import (
    Machine,
    MachineBuilder,
    and_,
    assign,
    emit,
    enqueue_actions,
    expr,
    log,
    machine,
    not_,
    or_,
    raise_,
    state_in,
)
from arvo.memory import AsyncMemory, Memory, Record
from arvo.orchestrator import AsyncOrchestrator, Orchestrator, orchestrator
from arvo.output import Output, OutputDict, Resumed, ResumedDict
from arvo.resumable import AsyncResumable, Contracts, Resumable, ResumableInput, resumable
from arvo.rows import Columns, Counts, Posting, Receipt, Tally, WorkflowRow
from arvo.schema import Schema
from arvo.store import Store
from arvo.suite import Adapter, Case, Config, Repeat, Step, Suite, SuiteTest
from arvo.telemetry import SpanHeaders, SpanSpec, exception_to_span, log_to_span, span_headers
from arvo.worker import AsyncWorker, Retry, Worker
from arvo.workflow import WorkflowDomains

__all__ = [
    "Adapter",
    "AlreadyAnsweredError",
    "AsyncBroker",
    "AsyncHandler",
    "AsyncMemory",
    "AsyncOrchestrator",
    "AsyncResumable",
    "AsyncStore",
    "AsyncWorker",
    "Attributes",
    "Breach",
    "BrokenAttribute",
    "Broker",
    "BrokerError",
    "Case",
    "Chart",
    "ChartError",
    "ChartStep",
    "Columns",
    "Config",
    "ConfigViolation",
    "Conformity",
    "ConformityError",
    "Contract",
    "ContractError",
    "ContractViolation",
    "Contracts",
    "Counts",
    "DataError",
    "Dataschema",
    "DeadLetterError",
    "Domain",
    "Domains",
    "Enqueue",
    "Error",
    "EvaluationError",
    "Event",
    "EventError",
    "EventId",
    "ExecutionViolation",
    "Expression",
    "ExpressionError",
    "FactoryError",
    "Handler",
    "InMemory",
    "Input",
    "Issue",
    "LimitError",
    "Machine",
    "MachineBuilder",
    "ManagedId",
    "Memory",
    "MisfitError",
    "Orchestrator",
    "OrchestratorSpec",
    "Output",
    "OutputDict",
    "Posting",
    "Problem",
    "Publish",
    "Receipt",
    "Record",
    "RecordError",
    "Repeat",
    "Resumable",
    "ResumableInput",
    "Resumed",
    "ResumedDict",
    "Retry",
    "Schema",
    "SpanHeaders",
    "SpanSpec",
    "Step",
    "Store",
    "StoreError",
    "Subject",
    "SubjectError",
    "Suite",
    "SuiteError",
    "SuiteTest",
    "Tally",
    "TransactionViolation",
    "Version",
    "VersionError",
    "VersionSpec",
    "VersionedContract",
    "Violation",
    "Worker",
    "WorkflowDomains",
    "WorkflowRow",
    "and_",
    "assign",
    "conforms",
    "emit",
    "encode_uri",
    "enqueue_actions",
    "exception_to_span",
    "expr",
    "handler",
    "is_properly_encoded",
    "is_violation",
    "log",
    "log_to_span",
    "machine",
    "not_",
    "or_",
    "orchestrator",
    "raise_",
    "resumable",
    "sequence_diagram",
    "set_limits",
    "span_headers",
    "state_in",
    "timeline",
]
