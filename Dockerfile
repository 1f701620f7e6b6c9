# docker build -t segue .
FROM debian:12 AS builder
WORKDIR /src
# The packages first: this layer stays until the list in ./dev changes.
COPY dev ./
RUN ./dev install build
COPY . .
RUN ./dev build release segued segue && strip build/release/bin/segued build/release/bin/segue

FROM debian:12-slim
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends \
       ca-certificates libabsl20220623 libboost-json1.81.0 libcurl4 libgrpc++1.51 libpcre2-8-0 \
       libprometheus-cpp-core1.0 libprometheus-cpp-pull1.0 libprotobuf32 libre2-9 librocksdb7.8 \
       libssl3 libyaml-cpp0.7 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin segue \
    && install -d -o segue -g segue /var/lib/segue
COPY --from=builder /src/build/release/bin/segued /src/build/release/bin/segue /usr/local/bin/
COPY LICENSE /usr/share/doc/segue/
# A library that the list above misses fails the build here, not at the first start.
RUN ! ldd /usr/local/bin/segued /usr/local/bin/segue | grep 'not found'
# By number: Kubernetes can then see that it is not root.
USER 10001
VOLUME /var/lib/segue
# gRPC, HTTP, metrics.
EXPOSE 50051 8080 9464
# Health is asked over gRPC (grpc.health.v1), by Kubernetes' own probe.
HEALTHCHECK NONE
ENTRYPOINT ["segued"]
CMD ["--grpc-address=0.0.0.0:50051", "--http-address=0.0.0.0:8080", \
     "--metrics-address=0.0.0.0:9464", "--data-dir=/var/lib/segue"]
