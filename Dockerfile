# Two stages: the first installs what requirements-kafka.lock pins, the second has only what runs.
# What is held is decided and sent after SIGTERM, in up to 25 s: `docker stop -t 30`.
# The full image has the C compiler that setup.py compiles the hot path with.
FROM python:3.11 AS build
WORKDIR /src
RUN python -m venv /opt/otelrum
COPY requirements-kafka.lock ./
RUN /opt/otelrum/bin/pip install --no-cache-dir --require-hashes -r requirements-kafka.lock
COPY pyproject.toml setup.py README.md LICENSE ./
COPY otelrum ./otelrum
RUN /opt/otelrum/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent otelrum \
    && install -d -o otelrum -g otelrum -m 0700 /var/lib/otelrum
COPY --from=build /opt/otelrum /opt/otelrum
COPY config /etc/otelrum
# In a container, localhost is nobody: the ports are for the pod or the network. The log says the live page's token.
ENV OTELRUM_GRPC=0.0.0.0:4317 OTELRUM_HTTP=0.0.0.0:4318 OTELRUM_HEALTH=0.0.0.0:13133 OTELRUM_LIVE=0.0.0.0:4390 \
    OTELRUM_METRICS_ADDRESS=0.0.0.0:8888
USER otelrum
EXPOSE 4317 4318 8888 13133
ENTRYPOINT ["/opt/otelrum/bin/otelrum"]
CMD ["--config", "/etc/otelrum/otelrum.yaml"]
