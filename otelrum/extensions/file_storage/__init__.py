"""Extension `file_storage`: what was acknowledged survives a crash."""

from otelrum.collector.component import Factory
from otelrum.extensions.file_storage.config import FileStorageConfig
from otelrum.extensions.file_storage.extension import FileStorage

FACTORY = Factory(type="file_storage", config=FileStorageConfig, create=FileStorage)
