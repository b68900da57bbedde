"""Extension `health_check`: answers a load balancer or Kubernetes whether data is taken."""

from otelrum.collector.component import Factory
from otelrum.extensions.health_check.config import HealthCheckConfig
from otelrum.extensions.health_check.extension import HealthCheck

FACTORY = Factory(type="health_check", config=HealthCheckConfig, create=HealthCheck, signals=frozenset())
