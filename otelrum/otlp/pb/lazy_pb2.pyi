from collections.abc import Iterable as _Iterable
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar

from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from google.protobuf.internal import containers as _containers

DESCRIPTOR: _descriptor.FileDescriptor

class Request(_message.Message):
    __slots__ = ("resources",)
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    resources: _containers.RepeatedCompositeFieldContainer[ResourceGroup]
    def __init__(self, resources: _Iterable[ResourceGroup | _Mapping] | None = ...) -> None: ...

class ResourceGroup(_message.Message):
    __slots__ = ("resource", "schema_url", "scopes")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_URL_FIELD_NUMBER: _ClassVar[int]
    resource: _containers.RepeatedScalarFieldContainer[bytes]
    scopes: _containers.RepeatedCompositeFieldContainer[ScopeGroup]
    schema_url: bytes
    def __init__(self, resource: _Iterable[bytes] | None = ..., scopes: _Iterable[ScopeGroup | _Mapping] | None = ..., schema_url: bytes | None = ...) -> None: ...

class ScopeGroup(_message.Message):
    __slots__ = ("items", "schema_url", "scope")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_URL_FIELD_NUMBER: _ClassVar[int]
    scope: _containers.RepeatedScalarFieldContainer[bytes]
    items: _containers.RepeatedScalarFieldContainer[bytes]
    schema_url: bytes
    def __init__(self, scope: _Iterable[bytes] | None = ..., items: _Iterable[bytes] | None = ..., schema_url: bytes | None = ...) -> None: ...
