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
from arvo.attributes import Attributes
from arvo.broker import AsyncBroker, Broker, Publish
from arvo.contract import Contract, OrchestratorSpec, VersionedContract, VersionSpec
from arvo.domain import Domain
from arvo.errors import (
    AlreadyAnsweredError,
    BrokenAttribute,
    BrokerError,
    ConfigViolation,
    ContractError,
    ContractViolation,
    DataError,
    Error,
    EvaluationError,
    EventError,
    ExecutionViolation,
    ExpressionError,
    FactoryError,
    Issue,
    LimitError,
    MisfitError,
    RecordError,
    SubjectError,
    TransactionViolation,
    VersionError,
    Violation,
    is_violation,
)
from arvo.handler import AsyncHandler, Domains, Handler, Input, handler
from arvo.memory import AsyncMemory, Memory, Record
from arvo.output import Output, OutputDict, Resumed, ResumedDict
from arvo.resumable import AsyncResumable, Contracts, Resumable, ResumableInput, WorkflowDomains, resumable
from arvo.schema import Schema

__all__ = [
    "AlreadyAnsweredError",
    "AsyncBroker",
    "AsyncHandler",
    "AsyncMemory",
    "AsyncResumable",
    "Attributes",
    "BrokenAttribute",
    "Broker",
    "BrokerError",
    "ConfigViolation",
    "Contract",
    "ContractError",
    "ContractViolation",
    "Contracts",
    "DataError",
    "Dataschema",
    "Domain",
    "Domains",
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
    "ManagedId",
    "Memory",
    "MisfitError",
    "OrchestratorSpec",
    "Output",
    "OutputDict",
    "Publish",
    "Record",
    "RecordError",
    "Resumable",
    "ResumableInput",
    "Resumed",
    "ResumedDict",
    "Schema",
    "Subject",
    "SubjectError",
    "TransactionViolation",
    "Version",
    "VersionError",
    "VersionSpec",
    "VersionedContract",
    "Violation",
    "WorkflowDomains",
    "encode_uri",
    "handler",
    "is_properly_encoded",
    "is_violation",
    "resumable",
    "set_limits",
]
