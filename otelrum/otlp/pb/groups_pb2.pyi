from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Request(_message.Message):
    __slots__ = ("resources",)
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    resources: _containers.RepeatedCompositeFieldContainer[ResourceGroup]
    def __init__(self, resources: _Optional[_Iterable[_Union[ResourceGroup, _Mapping]]] = ...) -> None: ...

class ResourceGroup(_message.Message):
    __slots__ = ("resource", "scopes", "schema_url")
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_URL_FIELD_NUMBER: _ClassVar[int]
    resource: _containers.RepeatedScalarFieldContainer[bytes]
    scopes: _containers.RepeatedCompositeFieldContainer[ScopeGroup]
    schema_url: bytes
    def __init__(self, resource: _Optional[_Iterable[bytes]] = ..., scopes: _Optional[_Iterable[_Union[ScopeGroup, _Mapping]]] = ..., schema_url: _Optional[bytes] = ...) -> None: ...

class ScopeGroup(_message.Message):
    __slots__ = ("scope", "items", "schema_url")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_URL_FIELD_NUMBER: _ClassVar[int]
    scope: _containers.RepeatedScalarFieldContainer[bytes]
    items: _containers.RepeatedScalarFieldContainer[bytes]
    schema_url: bytes
    def __init__(self, scope: _Optional[_Iterable[bytes]] = ..., items: _Optional[_Iterable[bytes]] = ..., schema_url: _Optional[bytes] = ...) -> None: ...
