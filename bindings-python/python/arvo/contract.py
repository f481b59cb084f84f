"""Contracts: what a service accepts and what it answers, version by version.

Built here from JSON Schemas, Pydantic models or functions of one's own, or loaded from JSON that any language exports.
The rules live in the core; these classes keep the host's schemas beside it and carry the types.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, Optional, TypeVar, Union, overload

from arvo import _arvo
from arvo._arvo import Event
from arvo.attributes import Attributes
from arvo.schema import AnySchema, JsonSchema, Schema, Table

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Contract", "OrchestratorSpec", "VersionSpec", "VersionedContract"]

In = TypeVar("In")
T = TypeVar("T")
UnknownKeys = Literal["strip", "strict", "passthrough"]


class VersionSpec(Generic[In]):
    """One version of a contract: what it accepts and what it may emit.

    >>> import arvo
    >>> spec = arvo.VersionSpec(
    ...     accepts={"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]},
    ...     emits={"evt.numbers.halved": {"type": "object"}},
    ... )
    """

    @overload
    def __init__(
        self: VersionSpec[dict[str, Any]],
        accepts: JsonSchema,
        emits: Union[AnySchema[Any], Mapping[str, AnySchema[Any]]],
    ) -> None: ...

    @overload
    def __init__(
        self: VersionSpec[T],
        accepts: Union[Schema[T], type[T]],
        emits: Union[AnySchema[Any], Mapping[str, AnySchema[Any]]],
    ) -> None: ...

    def __init__(self, accepts: Any, emits: Any) -> None:
        """Make one.

        Args:
            accepts: schema of the data: a JSON Schema as a mapping, a Pydantic model, or a :class:`~arvo.Schema`.
                Handler functions get what the schema makes of the data: a dict, or an instance of the model.
            emits: a schema for each type of event; for a simple contract, the one schema of its success.
        """
        self.accepts = accepts
        self.emits = emits


class OrchestratorSpec(Generic[In]):
    """One version of an orchestrator's contract: what starts a workflow and what ends it.

    >>> import arvo
    >>> spec = arvo.OrchestratorSpec(init={"type": "object"}, complete={"type": "object"})
    """

    @overload
    def __init__(self: OrchestratorSpec[dict[str, Any]], init: JsonSchema, complete: AnySchema[Any]) -> None: ...

    @overload
    def __init__(self: OrchestratorSpec[T], init: Union[Schema[T], type[T]], complete: AnySchema[Any]) -> None: ...

    def __init__(self, init: Any, complete: Any) -> None:
        """Make one; `parentSubject$$`, a text or null, is added to `init` as a required property."""
        self.init = init
        self.complete = complete


class Contract(Generic[In]):
    """A contract: uri, accepted event type, and its versions. Immutable.

    >>> import arvo
    >>> contract = arvo.Contract(
    ...     uri="#/services/half", type="com.numbers.half",
    ...     versions={"1.0.0": arvo.VersionSpec(
    ...         accepts={"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]},
    ...         emits={"evt.numbers.halved": {"type": "object"}},
    ...     )},
    ... )
    >>> contract.type, contract.versions, contract.system_error_type
    ('com.numbers.half', ('1.0.0',), 'sys.com.numbers.half.error')
    """

    __slots__ = ("_native", "_table")

    def __init__(
        self,
        *,
        uri: str,
        type: str,
        versions: Mapping[str, VersionSpec[In]],
        domain: Optional[str] = None,
        description: Optional[str] = None,
        metadata: Optional[Mapping[str, Any]] = None,
    ) -> None:
        """Make a plain contract.

        Args:
            uri: its identity, properly encoded; versions are named `{uri}/{version}` in events.
            type: the event type that it accepts: three or more parts of a-z and 0-9.
            versions: what each version accepts and emits, by version such as `1.0.0`.
            domain: where its events are processed, if not in the local flow.
            description: for people.
            metadata: for programs; a JSON object.

        Raises:
            ContractError: what is wrong with it, and where.
        """
        table = Table(uri)
        defined = {
            version: {
                "accepts": table.define(spec.accepts, version, type),
                "emits": {name: table.define(schema, version, name) for name, schema in spec.emits.items()},
            }
            for version, spec in versions.items()
        }
        self._table = table
        self._native = _arvo.Contract.plain(uri, type, defined, domain, description, metadata)

    @classmethod
    def simple(
        cls,
        *,
        uri: str,
        type: str,
        versions: Mapping[str, VersionSpec[T]],
        domain: Optional[str] = None,
        description: Optional[str] = None,
        metadata: Optional[Mapping[str, Any]] = None,
    ) -> Contract[T]:
        """Make a simple contract of root type `t`: it accepts `com.{t}` and emits `evt.{t}.success`.

        Raises:
            ContractError: what is wrong with it, and where.

        >>> import arvo
        >>> contract = arvo.Contract.simple(
        ...     uri="#/services/greet", type="greet.user",
        ...     versions={"1.0.0": arvo.VersionSpec(accepts={"type": "object"}, emits={"type": "object"})},
        ... )
        >>> contract.type, contract.version("1.0.0").emit_types
        ('com.greet.user', ('evt.greet.user.success',))
        """
        table = Table(uri)
        defined = {
            version: {
                "accepts": table.define(spec.accepts, version, f"com.{type}"),
                "emits": table.define(spec.emits, version, f"evt.{type}.success"),
            }
            for version, spec in versions.items()
        }
        return cls._of(_arvo.Contract.simple(uri, type, defined, domain, description, metadata), table)

    @classmethod
    def orchestrator(
        cls,
        *,
        uri: str,
        name: str,
        versions: Mapping[str, OrchestratorSpec[T]],
        domain: Optional[str] = None,
        description: Optional[str] = None,
        metadata: Optional[Mapping[str, Any]] = None,
    ) -> Contract[T]:
        """Make the contract of a workflow `n`: it accepts `arvo.orc.{n}` and emits `arvo.orc.{n}.done`.

        Raises:
            ContractError: what is wrong with it, and where.

        >>> import arvo
        >>> contract = arvo.Contract.orchestrator(
        ...     uri="#/orchestrators/shipment", name="shipment",
        ...     versions={"1.0.0": arvo.OrchestratorSpec(init={"type": "object"}, complete={"type": "object"})},
        ... )
        >>> contract.type, contract.metadata["completeEventType"]
        ('arvo.orc.shipment', 'arvo.orc.shipment.done')
        """
        table = Table(uri)
        defined = {
            version: {
                "init": table.define(spec.init, version, f"arvo.orc.{name}"),
                "complete": table.define(spec.complete, version, f"arvo.orc.{name}.done"),
            }
            for version, spec in versions.items()
        }
        return cls._of(_arvo.Contract.orchestrator(uri, name, defined, domain, description, metadata), table)

    @staticmethod
    def from_json(
        definition: Union[str, bytes, Mapping[str, Any]], *, unknown_keys: Optional[UnknownKeys] = None
    ) -> Contract[dict[str, Any]]:
        """Load a contract that any language exported.

        Args:
            definition: its JSON, as text or read already.
            unknown_keys: what object schemas do with unknown keys where they do not say so themselves; `strip` for
                contracts that the TypeScript reference exported, which does not tell. Absent: as JSON Schema has it.

        Raises:
            ContractError: what is wrong with it, and where.

        >>> import arvo
        >>> arvo.Contract.from_json(greet.contract.to_json()).type
        'com.greet.user'
        """
        native = _arvo.Contract.from_json(definition, unknown_keys)
        return Contract[dict[str, Any]]._of(native, Table(native.uri))

    @classmethod
    def _of(cls, native: _arvo.Contract, table: Table) -> Contract[Any]:
        contract = object.__new__(cls)
        contract._native = native
        contract._table = table
        return contract

    @property
    def uri(self) -> str:
        """Its identity."""
        return self._native.uri

    @property
    def type(self) -> str:
        """The event type that it accepts; also the source of its handler's events."""
        return self._native.type

    @property
    def domain(self) -> Optional[str]:
        """Where its events are processed; None is the local flow."""
        return self._native.domain

    @property
    def description(self) -> Optional[str]:
        """For people."""
        return self._native.description

    @property
    def metadata(self) -> dict[str, Any]:
        """For programs; a copy."""
        return self._native.metadata

    @property
    def system_error_type(self) -> str:
        """The type of its system error events, `sys.{type}.error`."""
        return self._native.system_error_type

    @property
    def versions(self) -> tuple[str, ...]:
        """All versions, lowest first."""
        return self._native.versions

    def version(self, option: str) -> VersionedContract[In]:
        """One version: `latest` (or `any`), `oldest`, or an exact one.

        Raises:
            ContractError: the contract has no such version.
        """
        return VersionedContract(self, self._native.version(option))

    def to_json(self, indent: int = 0) -> str:
        """The contract as JSON, for any language; host schemas are exported as their JSON Schema."""
        return self._native.to_json(indent)

    def to_dict(self) -> dict[str, Any]:
        """The same, read."""
        exported: dict[str, Any] = json.loads(self.to_json())
        return exported

    def __repr__(self) -> str:
        """Its uri, type and versions."""
        return f"Contract(uri={self.uri!r}, type={self.type!r}, versions={self.versions!r})"


class VersionedContract(Generic[In]):
    """One version of a contract: what a handler or a client is written against. It makes events.

    >>> event = greet.accepts({"name": "Ada"}, source="com.shop.web")
    >>> event.type, event.dataschema, event.data["name"]
    ('com.greet.user', '#/services/greet/1.0.0', 'Ada')
    """

    __slots__ = ("_native", "contract")

    def __init__(self, contract: Contract[In], native: _arvo.VersionedContract) -> None:
        """Taken from a contract by its `version`."""
        self._native = native
        self.contract = contract
        """The contract that it is a version of."""

    @property
    def uri(self) -> str:
        """The contract's uri."""
        return self._native.uri

    @property
    def version(self) -> str:
        """Which version this is."""
        return self._native.version

    @property
    def dataschema(self) -> str:
        """How events name it: `{uri}/{version}`."""
        return self._native.dataschema

    @property
    def domain(self) -> Optional[str]:
        """The contract's domain."""
        return self._native.domain

    @property
    def description(self) -> Optional[str]:
        """The contract's description."""
        return self._native.description

    @property
    def metadata(self) -> dict[str, Any]:
        """The contract's metadata; a copy."""
        return self._native.metadata

    @property
    def accepts_type(self) -> str:
        """The event type that it accepts."""
        return self._native.accepts_type

    @property
    def emit_types(self) -> tuple[str, ...]:
        """The event types that it may emit."""
        return self._native.emit_types

    @property
    def system_error_type(self) -> str:
        """The type of its system error events."""
        return self._native.system_error_type

    @property
    def system_error_dataschema(self) -> str:
        """How system error events name the contract: `{uri}/0.0.0`."""
        return self._native.system_error_dataschema

    def accepts(self, data: object, **attributes: Unpack[Attributes]) -> Event:
        """Make the event that this version accepts.

        Args:
            data: checked by the version's schema, defaults filled: a mapping, or an instance of the model.
            attributes: see :class:`~arvo.Attributes`; `source` is needed.

        Raises:
            FactoryError: the data breaks the schema; `issues` says where.
            EventError: an attribute is broken.
            SubjectError: a new subject cannot be made, because `source` is no event type.

        >>> greet.accepts({"name": "Ada"}, source="com.shop.web", to="com.greet.queue").to
        'com.greet.queue'
        """
        return self._native.accepts(data, attributes, self.contract._table.checks)

    def emits(self, type: str, data: object, **attributes: Unpack[Attributes]) -> Event:
        """Make an event of one of the types that this version emits.

        Raises:
            FactoryError: the version does not emit this type, or the data breaks its schema.
            EventError: an attribute is broken.
        """
        return self._native.emits(type, data, attributes, self.contract._table.checks)

    def system_error(self, error: BaseException, **attributes: Unpack[Attributes]) -> Event:
        """Make a system error event of an exception: its class name, its text, its traceback.

        Raises:
            EventError: an attribute is broken.

        >>> event = greet.system_error(ValueError("no name"), source="com.greet.user", subject="greeting/1")
        >>> event.data["errorMessage"]
        'no name'
        """
        return self._native.system_error(error, attributes)

    def init(self, data: object, **attributes: Unpack[Attributes]) -> Event:
        """Make the event that starts a workflow; the subject descends from data's `parentSubject$$` where that is set.

        Raises:
            FactoryError: the data breaks the schema, or the contract is no orchestrator's.
            SubjectError: the parent's subject cannot be read.
        """
        return self._native.init(data, attributes, self.contract._table.checks)

    def complete(self, data: object, **attributes: Unpack[Attributes]) -> Event:
        """Make the event that ends a workflow.

        Raises:
            FactoryError: the data breaks the schema, or the contract is no orchestrator's.
        """
        return self._native.complete(data, attributes, self.contract._table.checks)

    def __repr__(self) -> str:
        """Its dataschema and types."""
        return f"VersionedContract({self.dataschema!r}, accepts={self.accepts_type!r}, emits={self.emit_types!r})"
