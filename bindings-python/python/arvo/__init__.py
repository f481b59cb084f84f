"""Contract-first, event-driven services: contracts, events and handlers on a core that every language shares.

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
    ManagedId,
    Subject,
    Version,
    encode_uri,
    is_properly_encoded,
    set_limits,
)
from arvo.attributes import Attributes
from arvo.contract import Contract, OrchestratorSpec, VersionedContract, VersionSpec
from arvo.domain import Domain
from arvo.errors import (
    AlreadyAnsweredError,
    BrokenAttribute,
    ConfigViolation,
    ContractError,
    ContractViolation,
    DataError,
    Error,
    EventError,
    ExecutionViolation,
    FactoryError,
    Issue,
    LimitError,
    MisfitError,
    SubjectError,
    TransactionViolation,
    VersionError,
    Violation,
    is_violation,
)
from arvo.handler import AsyncHandler, Domains, Handler, Input, handler
from arvo.output import Output, OutputDict
from arvo.schema import Schema

__all__ = [
    "AlreadyAnsweredError",
    "AsyncHandler",
    "Attributes",
    "BrokenAttribute",
    "ConfigViolation",
    "Contract",
    "ContractError",
    "ContractViolation",
    "DataError",
    "Dataschema",
    "Domain",
    "Domains",
    "Error",
    "Event",
    "EventError",
    "EventId",
    "ExecutionViolation",
    "FactoryError",
    "Handler",
    "Input",
    "Issue",
    "LimitError",
    "ManagedId",
    "MisfitError",
    "OrchestratorSpec",
    "Output",
    "OutputDict",
    "Schema",
    "Subject",
    "SubjectError",
    "TransactionViolation",
    "Version",
    "VersionError",
    "VersionSpec",
    "VersionedContract",
    "Violation",
    "encode_uri",
    "handler",
    "is_properly_encoded",
    "is_violation",
    "set_limits",
]
